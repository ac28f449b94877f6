import { userInfo } from 'node:os'
import { CoroError } from '@coro/shared/errors'
import { bytes as inBytes } from '@coro/shared/why/words'
import { commandContext, type CommonOptions } from '../command-context.js'
import { table } from '../print/output.js'
import { sourceArgument } from '../source-argument.js'
import { openClient } from '../system/client.js'

interface BacklogOptions extends CommonOptions {
  source?: string
  before?: string
  all?: boolean
  reason?: string
  by?: string
  dryRun?: boolean
}

interface Part {
  recordings: number
  bytes: number
  oldest: string | null
  newest: string | null
  dryRun: boolean
}

interface Waiting {
  stage: string
  source: string
  count: number
  oldest: string | null
}

/** `coro backlog show | cancel | restore` */
export async function backlog(action: string, options: BacklogOptions): Promise<void> {
  const { config, output } = commandContext(options)
  if (action === 'show') {
    await using client = await openClient(config, [])
    const answer = await client.get<{ waiting: Waiting[] }>('/v1/backlog')
    output.result(answer, () => {
      if (answer.waiting.length === 0) output.say('Nothing waits.')
      else output.say(waitingTable(answer.waiting))
    })
    return
  }
  if (action !== 'cancel' && action !== 'restore') {
    throw usage(`there is no "backlog ${action}": show, cancel or restore`)
  }
  if (options.source === undefined && options.all !== true) throw usage('say which: --source SOURCE, or --all')
  await using client = await openClient(config, [])
  const part = await client.post<Part>(`/v1/backlog/${action}`, {
    ...(options.source === undefined ? {} : { source: sourceArgument(options.source) }),
    ...(options.before === undefined ? {} : { before: instantOf(options.before) }),
    ...(options.reason === undefined || action === 'restore' ? {} : { reason: options.reason }),
    dryRun: options.dryRun === true,
    by: options.by ?? userInfo().username,
  })
  output.result(part, () => output.say(inWords(action, part)))
}

export const waitingTable = (waiting: Waiting[]): string =>
  table(
    ['waits for', 'source', 'recordings', 'oldest found (UTC)'],
    waiting.map(({ stage, source, count, oldest }) => [
      stage,
      source,
      count,
      oldest?.replace('T', ' ').slice(0, 19) ?? '-',
    ]),
  )

/** A date is its midnight in UTC. */
function instantOf(text: string): string {
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) throw usage(`--before ${text}: must be a date (2026-01-31) or an instant with Z`)
  return date.toISOString()
}

function inWords(action: 'cancel' | 'restore', { recordings, bytes, oldest, newest, dryRun }: Part): string {
  if (recordings === 0) return action === 'cancel' ? 'Nothing waits that fits.' : 'Nothing is cancelled that fits.'
  const range = oldest && newest ? `, from ${oldest.slice(0, 10)} to ${newest.slice(0, 10)}` : ''
  const what = `${recordings} recording${recordings === 1 ? '' : 's'} (${inBytes(bytes)}${range})`
  if (dryRun) return `${what} would be ${action === 'cancel' ? 'taken out of' : 'brought back into'} the backlog.`
  return action === 'cancel'
    ? `${what} taken out of the backlog; "coro backlog restore" brings them back.`
    : `${what} brought back into the backlog.`
}

const usage = (message: string) => new CoroError('USAGE', message, { disposition: 'reject' })
