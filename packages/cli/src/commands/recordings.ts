import type { RecordingView } from '@coro/shared/database/listing'
import { commandContext, type CommonOptions } from '../command-context.js'
import type { ConflictView } from '@coro/api/routes/recorders'
import { table, type Output } from '../print/output.js'
import { openClient, type Client } from '../system/client.js'

interface RecordingsOptions extends CommonOptions {
  state?: string
  site?: string
  recorder?: string
  key?: string
  conflicts?: boolean
}

/** `coro recordings` */
export async function recordings(options: RecordingsOptions): Promise<void> {
  const { config, output } = commandContext(options)
  await using client = await openClient(config, [])
  if (options.conflicts === true) {
    await printConflicts(client, output, options.recorder)
    return
  }
  const { state, site, recorder, key } = options
  const all = await everyPage(client, '/v1/recordings', { state, site, recorder, key })
  output.result(all, () => {
    if (all.length === 0) output.say('No recordings (yet).')
    else output.say(recordingTable(all))
  })
}

async function printConflicts(client: Client, output: Output, recorder: string | undefined): Promise<void> {
  const { conflicts } = await client.get<{ conflicts: ConflictView[] }>('/v1/conflicts', { recorder, limit: 10_000 })
  output.result(conflicts, () => {
    if (conflicts.length === 0) return output.say('No recordings of one recorder contradict each other.')
    output.say(
      table(
        ['recorder', 'from (UTC)', 'for s', 'recording', 'key', 'other', 'its key'],
        conflicts.map((pair) => [
          pair.recorder,
          pair.startedAt.replace('T', ' ').slice(0, 19),
          pair.overlapS,
          pair.recordingId,
          pair.key,
          pair.otherRecordingId,
          pair.otherKey,
        ]),
      ),
    )
  })
}

/** All pages of a list of recordings. */
export async function everyPage(
  client: Client,
  path: string,
  query: Record<string, string | undefined>,
): Promise<RecordingView[]> {
  const all: RecordingView[] = []
  for (let after: number | null = 0; after !== null;) {
    const page: { recordings: RecordingView[]; next: number | null } = await client.get(path, { ...query, after })
    all.push(...page.recordings)
    after = page.next
  }
  return all
}

export function recordingTable(recordings: RecordingView[]): string {
  return table(
    ['id', 'state', 'site', 'recorder', 'started (UTC)', 'clock', 's', 'Hz', 'segments', 'key', 'remarks'],
    recordings.map((recording) => [
      recording.recordingId,
      recording.state,
      recording.site ?? '-',
      recording.recorder ?? '-',
      recording.startedAt?.replace('T', ' ').slice(0, 19) ?? '-',
      recording.claimedAt === null ? recording.timeSource : `${recording.timeSource}, retimed`,
      recording.durationS === null ? null : Math.round(recording.durationS * 10) / 10,
      recording.sampleRateHz,
      recording.segments,
      recording.key,
      remarks(recording),
    ]),
  )
}

/** Why it is in its state, and what its header, name and path contradict each other about. */
function remarks({ reason, conflicts }: RecordingView): string {
  return [
    ...(reason ? [`${reason.code}: ${reason.message}`] : []),
    ...conflicts.map((conflict) =>
      conflict.kind === 'time'
        ? `start: ${conflict.between.join(' and ')} are ${conflict.differenceS} s apart`
        : `recorder: ${conflict.values.join(' or ')}`,
    ),
  ].join('; ')
}
