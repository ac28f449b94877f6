import { prepareAgain } from '@coro/shared/database/backlog'
import { saveBatch, type SpaceResult } from '@coro/shared/database/embeddings'
import { endAttempt } from '@coro/shared/database/ledger'
import { countAttempt, moveState, postpone } from '@coro/shared/database/recording-work'
import { openSegments, type OpenSegment } from '@coro/shared/database/segments'
import { spaceById, type Space } from '@coro/shared/database/spaces'
import { CoroError, errorFacts } from '@coro/shared/errors'
import { beginAttempt, isPaused, loadAfterDeaths } from '@coro/shared/process/attempt'
import type { Platform } from '@coro/shared/process/platform'
import { backoffS } from '@coro/shared/queues/backoff'
import type { Handler } from '@coro/shared/queues/consumer'
import type { Payload } from '@coro/shared/queues/registry'
import type { Embedder } from '../model/embedder.js'
import { readPreparedWindows } from './prepared-windows.js'

export interface EmbedParts {
  platform: Platform
  embedder: Embedder
  /** The spaces that this worker's network fills. */
  spaces: Space[]
  windowSamples: number
}

/** One job a batch of a recording's segments and a network: from prepared samples to vectors, or the mark of silence. */
export function embedHandler(parts: EmbedParts): Handler<'embed'> {
  const { platform } = parts
  return async (job, { signal, log }) => {
    const { database, metrics } = platform
    const spaceIds = [job.spaceId, ...job.alsoSpaceIds]
    const found = await Promise.all(spaceIds.map((spaceId) => spaceOf(parts, spaceId)))
    const work = await loadAfterDeaths(platform, job.recordingId)
    if (!work?.preparedPrefix || work.segmentCount === null) return { outcome: 'nothing to do' }
    if (!toEmbed.has(work.state)) return { outcome: 'nothing to do' }
    if (isPaused(work, 'embed')) return { outcome: 'paused' }
    // Prepared for another space: it is prepared anew for that one, and embedded then.
    const spaces = found.filter((space) => space !== null && space.frontEndId === work.frontEndId) as Space[]
    if (spaces.length === 0) return { outcome: 'nothing to do' }
    const details = {
      spaceId: job.spaceId,
      firstSegment: job.firstSegment,
      space: spaces.map(({ name }) => name).join(', '),
      count: job.count,
    }
    using begun = await beginAttempt(platform, work, 'embed', { details, signal })
    const { ledgerId } = begun
    const stop = metrics.stageSeconds.startTimer({ stage: 'embed' })
    try {
      const prepared = { prefix: work.preparedPrefix, offsetBytes: work.preparedOffset }
      const results = await attempt(parts, spaces, prepared, job, signal)
      const embedded = sum(results.map((result) => result.embedded.length))
      const silent = sum(results.map((result) => result.silentSegmentIds.length))
      const bytesIn = sum(results.map((result) => result.bytesIn))
      const bytesOut = sum(results.map(({ space, embedded }) => embedded.length * vectorBytes(space)))
      await endAttempt(database.pool, ledgerId, 'done', { details: { embedded, silent, bytesIn, bytesOut } })
      metrics.attempts.inc({ stage: 'embed', outcome: 'done' })
      for (const { space, embedded, silentSegmentIds } of results) {
        metrics.segments.inc({ space: space.name, outcome: 'embedded' }, embedded.length)
        metrics.segments.inc({ space: space.name, outcome: 'silent' }, silentSegmentIds.length)
        metrics.audioSeconds.inc({ stage: 'embed' }, (embedded.length + silentSegmentIds.length) * space.windowS)
      }
      log.debug({ recordingId: work.id, spaces: spaces.map(({ name }) => name), embedded, silent }, 'embedded')
      return { outcome: 'done' }
    } catch (error) {
      const { outcome, isOver } = await settleFailure(parts, job, ledgerId, error)
      metrics.attempts.inc({ stage: 'embed', outcome })
      if (isOver) return { outcome }
      throw error
    } finally {
      stop()
      platform.wake.call()
    }
  }
}

/** States in which a recording may owe vectors. */
const toEmbed = new Set(['embedding', 'searchable', 'failed'])

const vectorBytes = ({ dimension, element }: Space): number => dimension * (element === 'halfvec' ? 2 : 4)

/** What a batch came to in a space, and how much prepared audio was read for it. */
type Embedded = SpaceResult & { bytesIn: number }

/** The space of a job; null where it is not kept filled any more. Throws SPACE_FOREIGN. */
async function spaceOf({ platform, spaces }: EmbedParts, spaceId: number): Promise<Space | null> {
  const ours = spaces.find(({ id }) => id === spaceId)
  if (ours) return ours
  const other = await spaceById(platform.database.pool, spaceId)
  if (other?.wanted === false) return null
  throw new CoroError('SPACE_FOREIGN', `This worker's network does not fill the space ${other?.name ?? spaceId}.`, {
    disposition: 'wait',
  })
}

async function attempt(
  parts: EmbedParts,
  spaces: Space[],
  prepared: { prefix: string; offsetBytes: number },
  job: Payload<'embed'>,
  signal: AbortSignal,
): Promise<Embedded[]> {
  const { database } = parts.platform
  const open = await openSegments(database.pool, { ...job, spaceIds: spaces.map(({ id }) => id) })
  const results: Embedded[] = []
  for (const [i, space] of spaces.entries()) {
    const owed = open.filter(({ owes }) => owes[i])
    results.push(await embedInto(parts, space, prepared, owed, signal))
  }
  // Where nothing was owed any more, the accounts are settled all the same.
  await saveBatch(database, job.recordingId, results)
  return results
}

/** What some segments of a recording, in order, come to in a space. */
async function embedInto(
  { platform: { store }, embedder, windowSamples }: EmbedParts,
  space: Space,
  prepared: { prefix: string; offsetBytes: number },
  open: OpenSegment[],
  signal: AbortSignal,
): Promise<Embedded> {
  const result: Embedded = { space, embedded: [], silentSegmentIds: [], bytesIn: 0 }
  if (open.length === 0) return result
  const first = (open[0] as OpenSegment).index
  const count = (open.at(-1) as OpenSegment).index - first + 1
  const windows = await readPreparedWindows(store, {
    ...prepared,
    variant: space.variant,
    first,
    count,
    windowSamples,
  })
  result.bytesIn = windows.byteLength
  const { embeddings, silent } = await embedder.embed(windows, { signal })
  for (const { id, index } of open) {
    const row = index - first
    if (silent[row]) result.silentSegmentIds.push(id)
    else {
      const embedding = embeddings.subarray(row * space.dimension, (row + 1) * space.dimension)
      result.embedded.push({ segmentId: id, embedding })
    }
  }
  return result
}

const sum = (numbers: number[]): number => numbers.reduce((total, n) => total + n, 0)

/**
 * Write down how an attempt failed; `isOver`: the job ends, and the dispatcher brings the recording again when it is due.
 * Prepared audio that has gone is made again, which is nobody's fault.
 */
async function settleFailure(
  { platform: { database, config, metrics } }: EmbedParts,
  job: Payload<'embed'>,
  ledgerId: number,
  error: unknown,
): Promise<{ outcome: 'quarantined' | 'failed' | 'waiting'; isOver: boolean }> {
  const { pool } = database
  const reason = errorFacts(error)
  if (reason.code === 'STORAGE_GONE' || reason.code === 'PREPARED_SHORT') {
    await prepareAgain(pool, job.recordingId)
    await endAttempt(pool, ledgerId, 'waiting', reason)
    return { outcome: 'waiting', isOver: true }
  }
  if (reason.disposition === 'wait') {
    await endAttempt(pool, ledgerId, 'waiting', reason)
    return { outcome: 'waiting', isOver: false }
  }
  const attempts = await countAttempt(pool, job.recordingId)
  const ends = reason.disposition === 'reject' || attempts >= config.jobs.maxAttempts
  // A broken network (disposition crash) is not the recording's fault: it stays to be done.
  const outcome = ends && reason.disposition !== 'crash' ? 'quarantined' : 'failed'
  await moveState(pool, job.recordingId, ['embedding', 'failed'], outcome, reason)
  await endAttempt(pool, ledgerId, outcome, reason)
  if (outcome === 'failed') {
    await postpone(pool, job.recordingId, backoffS(reason.code, attempts))
    metrics.retries.inc({ stage: 'embed', code: reason.code })
  }
  return { outcome, isOver: true }
}
