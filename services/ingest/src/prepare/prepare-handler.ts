import { randomUUID } from 'node:crypto'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { PreparedAudio } from '@coro/audio/prepare-audio'
import { channelOfSetting } from '@coro/audio/read/channel-setting'
import { beginAnew, isToPrepareAnew } from '@coro/shared/database/background'
import { claimContent, saveHash, yieldOrRepeat } from '@coro/shared/database/content'
import { takeFromCancelled } from '@coro/shared/database/give-way'
import { releaseSource } from '@coro/shared/database/holds'
import { joinImported } from '@coro/shared/database/import/join-imported'
import { savePreparedFiles } from '@coro/shared/database/integrity/prepared-files'
import { endAttempt } from '@coro/shared/database/ledger'
import { inTransaction } from '@coro/shared/database/open'
import { forgetSuspicion, moveState, type RecordingWork } from '@coro/shared/database/recording-work'
import { saveSegments } from '@coro/shared/database/segments'
import { wantedSpaces, type Space } from '@coro/shared/database/spaces'
import { CoroError } from '@coro/shared/errors'
import { beginAttempt, isPaused, loadAfterDeaths, type Attempt } from '@coro/shared/process/attempt'
import type { Platform } from '@coro/shared/process/platform'
import type { Handler, JobContext } from '@coro/shared/queues/consumer'
import { preparedKey, preparedPrefix } from '@coro/shared/storage/prepared-keys'
import type { ThreadPool } from '@coro/shared/threads/thread-pool'
import { fetchOriginal } from './fetch-original.js'
import { frontEndOfSpaces } from './front-end-of-spaces.js'
import type { PrepareResult, PrepareTask } from './prepare-thread.js'
import { keepFacts, recordingFacts } from './recording-facts.js'
import { settleFailure, toPrepare } from './settle-failure.js'

export interface PrepareParts {
  platform: Platform
  pool: ThreadPool<PrepareTask, PrepareResult>
}

/** One job a recording: check it, take it through the front end, write its prepared audio and its segments. */
export function prepareHandler(parts: PrepareParts): Handler<'prepare'> {
  const { platform } = parts
  return async ({ recordingId }, context) => {
    const { database, metrics } = platform
    const work = await loadAfterDeaths(platform, recordingId)
    if (!work) return { outcome: 'nothing to do' }
    if (!isOpen(work) && !(await isToPrepareAnew(database.pool, work.id))) return { outcome: 'nothing to do' }
    // Its job was given out before: it stays in the backlog, and comes again when it may.
    if (isPaused(work, 'prepare')) return { outcome: 'paused' }
    if (work.sourceHeld) return { outcome: 'source held' }
    const spaces = await wantedSpaces(database.pool)
    if (spaces.length === 0) {
      throw new CoroError('SPACE_NONE', 'There is no embedding space yet: start an embed worker.', {
        disposition: 'wait',
      })
    }
    using begun = await beginAttempt(platform, work, 'prepare', { signal: context.signal })
    const stop = metrics.stageSeconds.startTimer({ stage: 'prepare' })
    try {
      const outcome = await attempt(parts, work, spaces, begun, context)
      metrics.attempts.inc({ stage: 'prepare', outcome })
      return { outcome }
    } catch (error) {
      const { outcome, isOver } = await settleFailure(platform, work, begun.ledgerId, error, context)
      metrics.attempts.inc({ stage: 'prepare', outcome })
      if (isOver) return { outcome }
      throw error
    } finally {
      stop()
      platform.wake.call()
    }
  }
}

const isOpen = ({ state, segmentCount }: RecordingWork): boolean =>
  state === 'discovered' || state === 'preparing' || (state === 'failed' && segmentCount === null)

async function attempt(
  { platform, pool }: PrepareParts,
  work: RecordingWork,
  spaces: Space[],
  { ledgerId, at }: Attempt,
  { signal, log }: JobContext,
): Promise<'done' | 'duplicate' | 'moved' | 'same bytes'> {
  const { database, store, config, metrics, worker } = platform
  const { frontEnd, frontEndId } = frontEndOfSpaces(spaces)
  if (isOpen(work)) await moveState(database.pool, work.id, [...toPrepare], 'preparing')
  else await beginAnew(database.pool, work.id)
  at('fetch')
  await using file = await fetchOriginal(platform, work)
  if (work.sourceFailures > 0) await releaseSource(database.pool, work.sourceId)
  const fileName = work.key.split('/').at(-1) ?? work.key
  // A thread that hangs on a file must not hold a worker for ever: a minute, and 50 kB a second.
  const limited = AbortSignal.any([signal, AbortSignal.timeout(60_000 + Math.ceil(work.sizeBytes / 50))])
  at('inspect')
  const look = await pool.run({ kind: 'inspect', path: file.path, fileName }, { signal: limited })
  if (look.kind !== 'inspect') throw new TypeError('inspect answered as prepare')
  const { inspected, sha256 } = look
  if ('refused' in inspected) {
    await saveHash(database.pool, work.id, Buffer.from(sha256, 'hex'))
    const { code, message, disposition } = inspected.refused
    throw new CoroError(code, message, { disposition })
  }
  const owner = await claimContent(database.pool, Buffer.from(sha256, 'hex'), work.id)
  if (owner !== work.id && !(await takeFromCancelled(database, work.id, owner))) {
    await keepFacts(database.pool, work.id, await recordingFacts(database.pool, work, inspected))
    if (work.hasImported) await inTransaction(database, (tx) => joinImported(tx, work.id, owner))
    const outcome = await yieldOrRepeat(database, work.id, owner, worker)
    const said = outcome === 'duplicate' ? { duplicateOf: owner } : { to: work.key, version: work.version }
    await endAttempt(database.pool, ledgerId, outcome, { details: { ...said, bytesIn: work.sizeBytes, bytesOut: 0 } })
    return outcome
  }
  const variants = [...new Set(spaces.map(({ variant }) => variant))]
  const staged = await stage(platform, variants)
  try {
    at('front end')
    const answer = await pool.run(
      {
        kind: 'prepare',
        path: file.path,
        fileName,
        outputs: staged,
        frontEnd,
        channel: channelOfSetting(work.channel),
        engine: config.engine,
      },
      { signal: limited },
    )
    if (answer.kind !== 'prepare') throw new TypeError('prepare answered as inspect')
    const { prepared, elapsedS, files } = answer
    const prefix = preparedPrefix(frontEndId, work.id)
    at('store')
    let bytesOut = 0
    for (const variant of variants) {
      const path = staged[variant] as string
      bytesOut += (await stat(path)).size
      await store.putFile(preparedKey(prefix, variant), path)
    }
    at('save')
    const warnings = [...prepared.warnings, ...importWarnings(work, sha256)]
    await save(platform, work, inspected, { ...prepared, warnings }, spaces, { prefix, frontEndId, files })
    await endAttempt(database.pool, ledgerId, 'done', {
      details: {
        bytesIn: work.sizeBytes,
        bytesOut,
        durationS: prepared.durationS,
        segments: prepared.segments.length,
        elapsedS,
        frontEnd: frontEndId,
        channel: work.channel,
      },
    })
    metrics.audioSeconds.inc({ stage: 'prepare' }, prepared.durationS)
    log.info({ recordingId: work.id, key: work.key, segments: prepared.segments.length, elapsedS }, 'prepared')
    // It got through by itself: whatever its worker died of in company was not it.
    if (work.sharedDeaths > 0) await forgetSuspicion(database.pool, work.id)
    return 'done'
  } catch (error) {
    // What the header told is worth knowing of a recording that could not be used, too.
    await keepFacts(database.pool, work.id, await recordingFacts(database.pool, work, inspected)).catch(() => undefined)
    throw error
  } finally {
    for (const path of Object.values(staged)) await rm(path, { force: true })
  }
}

/** Embeddings that were imported for other bytes than the file's. */
function importWarnings({ importedSha256 }: RecordingWork, sha256: string): PreparedAudio['warnings'] {
  if (importedSha256 === null || importedSha256 === sha256) return []
  const message = `its imported embeddings were made from other bytes (sha256 ${importedSha256})`
  return [{ code: 'IMPORT_OTHER_BYTES', message }]
}

async function stage(
  { store }: Platform,
  variants: ('raw' | 'denoised')[],
): Promise<{ raw?: string; denoised?: string }> {
  const directory = await store.stagingDir()
  return Object.fromEntries(variants.map((variant) => [variant, join(directory, `${randomUUID()}.wav`)]))
}

/** The facts of the whole file, its segments and what it owes each space: in one transaction, or not at all. */
async function save(
  { database }: Platform,
  work: RecordingWork,
  inspected: Parameters<typeof recordingFacts>[2],
  prepared: PreparedAudio,
  spaces: Space[],
  { files, ...kept }: { prefix: string; frontEndId: string; files: Parameters<typeof savePreparedFiles>[2] },
): Promise<void> {
  const header = { ...inspected.header, durationS: prepared.durationS }
  await inTransaction(database, async (tx) => {
    const moved = await moveState(tx, work.id, ['preparing'], 'embedding')
    if (!moved) {
      throw new CoroError('RECORDING_CHANGED', 'the recording changed while it was being prepared', {
        disposition: 'wait',
      })
    }
    await keepFacts(tx, work.id, await recordingFacts(tx, work, { ...inspected, header, warnings: prepared.warnings }))
    await saveSegments(
      tx,
      work.id,
      prepared.segments,
      spaces.map(({ id }) => id),
      { ...kept, offsetBytes: prepared.dataOffsetBytes, channel: work.channel },
    )
    await savePreparedFiles(tx, work.id, files)
  })
}
