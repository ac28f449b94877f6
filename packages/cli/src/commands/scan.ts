import { normaliseSourceUrl } from '@coro/shared/config/sources'
import { commandContext, type CommonOptions } from '../command-context.js'
import { createProgress } from '../print/progress.js'
import { printStatus } from '../print/results.js'
import { scanPreview } from './scan-preview.js'
import { openClient } from '../system/client.js'
import { followIngest, scanOnce } from '../system/follow-ingest.js'

interface ScanOptions extends CommonOptions {
  wait?: boolean
  dryRun?: boolean
  sample: number
}

/** `coro scan [SOURCE] [--wait | --dry-run]` */
export async function scan(source: string | undefined, options: ScanOptions): Promise<void> {
  if (options.dryRun === true) return scanPreview(source, options)
  const url = source === undefined ? undefined : normaliseSourceUrl(source, process.cwd())
  const { config, output } = commandContext(options, url === undefined ? {} : { addSources: [url] })
  const wait = options.wait === true
  await using client = await openClient(config, wait ? ['watch', 'prepare', 'embed', 'reconcile'] : ['watch'])
  if (wait) {
    const progress = createProgress(output, 'scan')
    const followed = await followIngest(client, url, progress).finally(() => progress[Symbol.dispose]())
    output.result({ ...followed.scan, status: followed.status }, () => printStatus(output, followed.status))
    return
  }
  const answer = await scanOnce(client, url)
  output.result(answer, () => {
    if (answer.sweeps.length === 0) output.say('No source is configured (CORO_SOURCES); name one: coro scan FOLDER')
    for (const sweep of answer.sweeps) {
      const writing = sweep.unsettled > 0 ? `, ${sweep.unsettled} still being written` : ''
      output.say(`${sweep.source}: ${sweep.objects} files, ${sweep.found} new, ${sweep.changed} changed${writing}`)
    }
    if (client.kind === 'local') output.say('Start Coro (npm start), or add --wait, to process them.')
  })
}
