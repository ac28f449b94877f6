import { accountsOf, nextToEmbed, nextToPrepare, type NextRecording } from '@coro/shared/database/dispatch'
import { wantedSpaces } from '@coro/shared/database/spaces'
import type { Platform } from '@coro/shared/process/platform'
import { enqueueEmbedding, segmentsPerJob } from '@coro/shared/queues/embed-batches'
import type { InFlight } from '@coro/shared/queues/producer'
import type { Priority } from '@coro/shared/queues/registry'
import type { Windows } from './windows.js'

/** More than any window holds: what is beyond it is kept from being doubled by its identity. */
const seen = 5000

export interface ToppedUp {
  prepare: number
  embed: number
  /** Recordings that each queue has in hand now. */
  inFlight: { prepare: number[]; embed: number[] }
  /** Places that stayed free. */
  free: { prepare: number; embed: number }
}

/**
 * Fill each queue up to its window from the backlog in the database: newest recordings first, sources in turn, paused ones
 * passed over. What is in flight is told apart by the queue, so an emptied one is filled again, and nothing is doubled.
 */
export async function topUp(platform: Platform, windows: Windows): Promise<ToppedUp> {
  // The queue first: a job that ends meanwhile has changed its recording's state before.
  const inPrepare = await platform.queues.prepare.inFlight(seen)
  const prepare = await topUpPrepare(platform, inPrepare, windows.prepare)
  const inEmbed = await platform.queues.embed.inFlight(seen)
  const embed = await topUpEmbed(platform, inEmbed, windows.embed)
  return {
    prepare: prepare.length,
    embed: embed.length,
    inFlight: { prepare: [...recordingsOf(inPrepare), ...prepare], embed: [...recordingsOf(inEmbed), ...embed] },
    free: {
      prepare: windows.prepare - inPrepare.waiting - prepare.length,
      embed: windows.embed - inEmbed.waiting - embed.length,
    },
  }
}

/** `prepare-12` and `embed-12-3-0` are about recording 12. */
const recordingsOf = ({ subjects }: InFlight): number[] => [
  ...new Set(subjects.map((subject) => Number(subject.split('-')[1])).filter((id) => id > 0)),
]

/** What failed before goes first, then what came in lately, then what has lain for long. */
const priorityOf = ({ state, isNew }: NextRecording): Priority =>
  state === 'failed' ? 'retry' : isNew ? 'new' : 'backlog'

const byPriority = (next: NextRecording[]): Map<Priority, number[]> => {
  const groups = new Map<Priority, number[]>()
  for (const recording of next) {
    const priority = priorityOf(recording)
    groups.set(priority, [...(groups.get(priority) ?? []), recording.id])
  }
  return groups
}

async function topUpPrepare(platform: Platform, inFlight: InFlight, window: number): Promise<number[]> {
  const room = window - inFlight.waiting
  if (room <= 0) return []
  const next = await nextToPrepare(platform.database.pool, {
    limit: room,
    inFlight: recordingsOf(inFlight),
    newWithinS: platform.config.jobs.newWithinS,
  })
  for (const [priority, ids] of byPriority(next)) await addPrepare(platform, ids, priority)
  return next.map(({ id }) => id)
}

/** Put recordings into the queue that prepares. */
export async function addPrepare({ queues, config, metrics }: Platform, ids: number[], priority: Priority) {
  if (ids.length === 0) return
  await queues.prepare.addAll(
    ids.map((recordingId) => ({ recordingId })),
    { priority, attempts: config.jobs.maxAttempts },
  )
  metrics.dispatched.inc({ stage: 'prepare', priority }, ids.length)
}

/** Each network has a window of its own: a worker that fills one space cannot work on another's. */
async function topUpEmbed(platform: Platform, inFlight: InFlight, window: number): Promise<number[]> {
  const { database, config } = platform
  const spaces = await wantedSpaces(database.pool)
  const added: number[] = []
  for (const model of new Set(spaces.filter(({ imported }) => !imported).map((space) => space.model))) {
    const ofModel = new Set(spaces.filter((space) => space.model === model).map(({ id }) => id))
    const mine = inFlight.subjects.filter((subject) => ofModel.has(Number(subject.split('-')[2])))
    const room = window - Math.min(inFlight.waiting, mine.length)
    if (room <= 0) continue
    const next = await nextToEmbed(database.pool, {
      limit: room,
      inFlight: recordingsOf({ ...inFlight, subjects: mine }),
      newWithinS: config.jobs.newWithinS,
      model,
    })
    let jobs = 0
    const taken: NextRecording[] = []
    const segments = new Map<number, number>()
    for (const { recordingId, segmentCount } of await accountsOf(
      database.pool,
      next.map(({ id }) => id),
    )) {
      segments.set(recordingId, segmentCount)
    }
    for (const recording of next) {
      // A long recording is many jobs: it may go beyond the window, but nothing after it.
      if (jobs >= room) break
      taken.push(recording)
      jobs += Math.ceil((segments.get(recording.id) ?? 0) / segmentsPerJob)
    }
    for (const [priority, ids] of byPriority(taken)) await addEmbed(platform, ids, priority, model)
    added.push(...taken.map(({ id }) => id))
  }
  return added
}

/** Put what recordings owe to the spaces of a network (of all, without one) into the queue that embeds. */
export async function addEmbed(platform: Platform, ids: number[], priority: Priority, model?: string) {
  if (ids.length === 0) return
  const { database, queues, config, metrics } = platform
  const accounts = await accountsOf(database.pool, ids)
  const order = new Map(ids.map((id, place) => [id, place]))
  const owed = accounts
    .filter((account) => model === undefined || account.model === model)
    .sort((a, b) => (order.get(a.recordingId) ?? 0) - (order.get(b.recordingId) ?? 0))
  await enqueueEmbedding(queues, owed, { priority, attempts: config.jobs.maxAttempts })
  metrics.dispatched.inc({ stage: 'embed', priority }, ids.length)
}
