import { userInfo } from 'node:os'
import { CoroError } from '@coro/shared/errors'
import type { Quarantined } from '@coro/shared/database/quarantine'
import { commandContext, type CommonOptions } from '../command-context.js'
import { table } from '../print/output.js'
import { sourceArgument } from '../source-argument.js'
import { openClient, type Client } from '../system/client.js'

interface QuarantineOptions extends CommonOptions {
  code?: string
  source?: string
  all?: boolean
  dryRun?: boolean
  by?: string
}

/** `coro quarantine list | retry [recording] [--code C] [--source S] [--all] [--dry-run]` */
export async function quarantine(action: string, id: number | undefined, options: QuarantineOptions): Promise<void> {
  const { config, output } = commandContext(options)
  const { code } = options
  const source = options.source === undefined ? undefined : sourceArgument(options.source)
  if (action === 'list') {
    await using client = await openClient(config, [])
    const all = await everyPage(client, { code, source })
    output.result(all, () => output.say(all.length === 0 ? 'Nothing is quarantined.' : quarantineTable(all)))
    return
  }
  if (action !== 'retry') throw usage(`there is no "quarantine ${action}": list or retry`)
  if (id === undefined && code === undefined && source === undefined && options.all !== true) {
    throw usage('say which: a recording id, --code CODE, --source SOURCE, or --all')
  }
  await using client = await openClient(config, [])
  const answer = await client.post<{ retried: number[]; dryRun: boolean }>('/v1/quarantine/retry', {
    ...(id === undefined ? {} : { recordingId: id }),
    ...(code === undefined ? {} : { code }),
    ...(source === undefined ? {} : { source }),
    dryRun: options.dryRun === true,
    by: options.by ?? userInfo().username,
  })
  output.result(answer, () => {
    const n = answer.retried.length
    if (answer.dryRun)
      return output.say(`${n} would be taken up again${n > 0 ? `: ${answer.retried.join(', ')}` : ''}.`)
    const later = client.kind === 'local' && n > 0 ? ' Start Coro (npm start) to process them.' : ''
    output.say(`${n} taken up again.${later}`)
  })
}

async function everyPage(client: Client, query: Record<string, string | undefined>): Promise<Quarantined[]> {
  const all: Quarantined[] = []
  for (let after: number | null = 0; after !== null;) {
    const page: { recordings: Quarantined[]; next: number | null } = await client.get('/v1/quarantine', {
      ...query,
      after,
    })
    all.push(...page.recordings)
    after = page.next
  }
  return all
}

const quarantineTable = (all: Quarantined[]): string =>
  table(
    ['id', 'code', 'first (UTC)', 'set aside (UTC)', 'attempts', 'deaths', 'key', 'reason'],
    all.map((one) => [
      one.recordingId,
      one.reason?.code ?? '-',
      shortly(one.firstAt),
      shortly(one.lastAt),
      one.attempts,
      one.sharedDeaths > 0 ? `${one.deaths} (+${one.sharedDeaths} shared)` : one.deaths,
      one.key,
      `${one.reason?.message ?? ''}${evidenceOf(one)}`,
    ]),
  )

const shortly = (instant: string | null): string => instant?.replace('T', ' ').slice(0, 19) ?? '-'

/** What is known of the last death: where, at which step, and with how much memory. */
function evidenceOf({ evidence }: Quarantined): string {
  const death = evidence.find(({ outcome }) => outcome === 'died')
  if (!death) return ''
  const { step, rssMb } = death.details
  const known = [
    `on ${death.worker}`,
    ...(typeof step === 'string' ? [`at step ${step}`] : []),
    ...(typeof rssMb === 'number' ? [`with ${rssMb} MB`] : []),
  ]
  return ` [last death ${known.join(' ')}]`
}

const usage = (message: string) => new CoroError('USAGE', message, { disposition: 'reject' })
