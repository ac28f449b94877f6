import { CoroError } from '@coro/shared/errors'
import { commandContext, type CommonOptions } from '../command-context.js'
import { openClient } from '../system/client.js'
import { everyPage, recordingTable } from './recordings.js'

interface QuarantineOptions extends CommonOptions {
  code?: string
  all?: boolean
}

/** `coro quarantine list | retry [recording] [--code C] [--all]` */
export async function quarantine(action: string, id: number | undefined, options: QuarantineOptions): Promise<void> {
  const { config, output } = commandContext(options)
  if (action === 'list') {
    await using client = await openClient(config, [])
    const all = await everyPage(client, '/v1/quarantine', {})
    output.result(all, () => output.say(all.length === 0 ? 'Nothing is quarantined.' : recordingTable(all)))
    return
  }
  if (action !== 'retry') throw usage(`there is no "quarantine ${action}": list or retry`)
  if (id === undefined && options.code === undefined && options.all !== true) {
    throw usage('say which: a recording id, --code CODE, or --all')
  }
  await using client = await openClient(config, [])
  const { retried } = await client.post<{ retried: number[] }>('/v1/quarantine/retry', {
    ...(id === undefined ? {} : { recordingId: id }),
    ...(options.code === undefined ? {} : { code: options.code }),
  })
  output.result({ retried }, () => {
    const later = client.kind === 'local' && retried.length > 0 ? ' Start Coro (npm start) to process them.' : ''
    output.say(`${retried.length} taken up again.${later}`)
  })
}

const usage = (message: string) => new CoroError('USAGE', message, { disposition: 'reject' })
