import { normaliseSourceUrl } from '@coro/shared/config/sources'
import { commandContext, type CommonOptions } from '../command-context.js'
import { createProgress } from '../print/progress.js'
import { printStatus } from '../print/results.js'
import { scanPreview } from './scan-preview.js'
import { openClient } from '../system/client.js'
import { followIngest, scanOnce, type ScanAnswer } from '../system/follow-ingest.js'

interface ScanOptions extends CommonOptions {
  wait?: boolean
  confirmDeletions?: boolean
  dryRun?: boolean
  sample: number
}

/** `coro scan [SOURCE] [--wait | --dry-run] [--confirm-deletions]` */
export async function scan(source: string | undefined, options: ScanOptions): Promise<void> {
  if (options.dryRun === true) return scanPreview(source, options)
  const url = source === undefined ? undefined : normaliseSourceUrl(source, process.cwd())
  const { config, output } = commandContext(options, url === undefined ? {} : { addSources: [url] })
  const wait = options.wait === true
  await using client = await openClient(config, wait ? ['watch', 'prepare', 'embed', 'reconcile'] : ['watch'])
  const confirmDeletions = options.confirmDeletions === true
  if (wait) {
    if (confirmDeletions) await scanOnce(client, url, { confirmDeletions })
    const progress = createProgress(output, 'scan')
    const followed = await followIngest(client, url, progress).finally(() => progress[Symbol.dispose]())
    output.result({ ...followed.scan, status: followed.status }, () => printStatus(output, followed.status))
    return
  }
  const answer = await scanOnce(client, url, { confirmDeletions })
  output.result(answer, () => {
    if (answer.sweeps.length === 0) output.say('No source is configured (CORO_SOURCES); name one: coro scan FOLDER')
    for (const sweep of answer.sweeps) {
      output.say(sentenceOf(sweep))
    }
    if (client.kind === 'local') output.say('Start Coro (npm start), or add --wait, to process them.')
  })
}

function sentenceOf(sweep: ScanAnswer['sweeps'][number]): string {
  const {
    source,
    objects,
    found,
    changed,
    restored = 0,
    moved = 0,
    deleted = 0,
    unsettled,
    held = 0,
    passedOver = 0,
    obstacles = 0,
  } = sweep
  const rare = [
    [moved, 'moved'],
    [restored, 'back'],
    [deleted, 'gone'],
    [unsettled, 'still being written'],
    [passedOver, 'passed over'],
    [obstacles, 'that could not be taken in (coro source show)'],
  ] as const
  const more = rare.filter(([n]) => n > 0).map(([n, what]) => `, ${n} ${what}`)
  const sentence = `${source}: ${objects} files, ${found} new, ${changed} changed${more.join('')}`
  if (held === 0) return sentence
  return (
    `${sentence}\n${held} recordings of it are not there any more. That is more than half: nothing was taken away. Is ` +
    `everything mounted? If they are really gone: coro scan ${source} --confirm-deletions`
  )
}
