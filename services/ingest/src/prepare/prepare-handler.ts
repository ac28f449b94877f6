import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { PreparedAudio } from '@coro/audio/prepare-audio'
import { channelOfSetting } from '@coro/audio/read/channel-setting'
import { beginAnew, isToPrepareAnew } from '@coro/shared/database/backlog'
import { claimContent, markDuplicate, releaseContent, saveHash } from '@coro/shared/database/content'
import { joinImported } from '@coro/shared/database/import/join-imported'
import { savePreparedFiles } from '@coro/shared/database/integrity/prepared-files'
import { endAttempt, openAttempt } from '@coro/shared/database/ledger'
import { inTransaction } from '@coro/shared/database/open'
import { countFailure, loadWork, moveState, type RecordingWork } from '@coro/shared/database/recordings'
import { saveSegments } from '@coro/shared/database/segments'
import { wantedSpaces, type Space } from '@coro/shared/database/spaces'
import { CoroError, errorFacts } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import { enqueueEmbedding } from '@coro/shared/queues/embed-batches'
import type { Handler, JobContext } from '@coro/shared/queues/consumer'
import { preparedKey, preparedPrefix } from '@coro/shared/storage/prepared-keys'
import type { ThreadPool } from '@coro/shared/threads/thread-pool'
import type { PrepareResult, PrepareTask } from './prepare-thread.js'
import { frontEndOfSpaces } from './front-end-of-spaces.js'
import { keepFacts, recordingFacts } from './recording-facts.js'

export interface PrepareParts {
  platform: Platform
  pool: ThreadPool<PrepareTask, PrepareResult>
}

/** One job a recording: check it, take it through the front end, write its prepared audio and its segments. */
export function prepareHandler(parts: PrepareParts): Handler<'prepare'> {
  const { platform } = parts
  return async ({ recordingId }, context) => {
    const { database, config, metrics, worker } = platform
    const work = await loadWork(database.pool, recordingId)
    if (!work) return { outcome: 'nothing to do' }
    if (!isOpen(work) && !(await isToPrepareAnew(database.pool, work.id))) return { outcome: 'nothing to do' }
    const spaces = await wantedSpaces(database.pool)
    if (spaces.length === 0) {
      throw new CoroError('SPACE_NONE', 'There is no embedding space yet: start an embed worker.', {
        disposition: 'wait',
      })
    }
    const { ledgerId, died } = await openAttempt(database.pool, recordingId, 'prepare', worker)
    if (died > 0) {
      const { deaths } = await countFailure(database.pool, recordingId, 'deaths')
      if (deaths >= config.jobs.maxDeaths) return setAside(platform, work, ledgerId, deaths)
    }
    const stop = metrics.stageSeconds.startTimer({ stage: 'prepare' })
    try {
      const outcome = await attempt(parts, work, spaces, ledgerId, context)
      metrics.attempts.inc({ stage: 'prepare', outcome })
      return { outcome }
    } catch (error) {
      const outcome = await settleFailure(platform, work, ledgerId, error, context)
      metrics.attempts.inc({ stage: 'prepare', outcome })
      if (outcome === 'quarantined') return { outcome }
      throw error
    } finally {
      stop()
    }
  }
}

const toPrepare = ['discovered', 'preparing', 'failed'] as const

const isOpen = ({ state, segmentCount }: RecordingWork): boolean =>
  state === 'discovered' || state === 'preparing' || (state === 'failed' && segmentCount === null)

async function attempt(
  { platform, pool }: PrepareParts,
  work: RecordingWork,
  spaces: Space[],
  ledgerId: number,
  { signal, log }: JobContext,
): Promise<'done' | 'duplicate'> {
  const { database, storages, store, queues, config, metrics } = platform
  const { frontEnd, frontEndId } = frontEndOfSpaces(spaces)
  if (isOpen(work)) await moveState(database.pool, work.id, [...toPrepare], 'preparing')
  else await beginAnew(database.pool, work.id)
  await using file = await storages.open(work.sourceUrl).localFile(work.key, work.version)
  const fileName = work.key.split('/').at(-1) ?? work.key
  // A thread that hangs on a file must not hold a worker for ever: a minute, and 50 kB a second.
  const limited = AbortSignal.any([signal, AbortSignal.timeout(60_000 + Math.ceil(work.sizeBytes / 50))])
  const look = await pool.run({ kind: 'inspect', path: file.path, fileName }, { signal: limited })
  if (look.kind !== 'inspect') throw new TypeError('inspect answered as prepare')
  const { inspected, sha256 } = look
  if ('refused' in inspected) {
    await saveHash(database.pool, work.id, Buffer.from(sha256, 'hex'))
    const { code, message, disposition } = inspected.refused
    throw new CoroError(code, message, { disposition })
  }
  const owner = await claimContent(database.pool, Buffer.from(sha256, 'hex'), work.id)
  if (owner !== work.id) {
    await keepFacts(database.pool, work.id, await recordingFacts(database.pool, work, inspected))
    await markDuplicate(database.pool, work.id, owner)
    if (work.hasImported) await inTransaction(database, (tx) => joinImported(tx, work.id, owner))
    await endAttempt(database.pool, ledgerId, 'duplicate', { details: { duplicateOf: owner } })
    return 'duplicate'
  }
  const variants = [...new Set(spaces.map(({ variant }) => variant))]
  const staged = await stage(platform, variants)
  try {
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
    for (const variant of variants) await store.putFile(preparedKey(prefix, variant), staged[variant] as string)
    const warnings = [...prepared.warnings, ...importWarnings(work, sha256)]
    await save(platform, work, inspected, { ...prepared, warnings }, spaces, { prefix, frontEndId, files })
    await endAttempt(database.pool, ledgerId, 'done', {
      details: {
        bytes: work.sizeBytes,
        durationS: prepared.durationS,
        segments: prepared.segments.length,
        elapsedS,
        frontEnd: frontEndId,
        channel: work.channel,
      },
    })
    metrics.audioSeconds.inc({ stage: 'prepare' }, prepared.durationS)
    log.info({ recordingId: work.id, key: work.key, segments: prepared.segments.length, elapsedS }, 'prepared')
    const segmentCount = prepared.segments.length
    await enqueueEmbedding(
      queues,
      spaces.map(({ id: spaceId, model }) => ({ recordingId: work.id, spaceId, model, segmentCount })),
      { priority: 'new', attempts: config.jobs.maxAttempts },
    )
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
  const facts = await recordingFacts(database.pool, work, {
    ...inspected,
    header: { ...inspected.header, durationS: prepared.durationS },
    warnings: prepared.warnings,
  })
  await inTransaction(database, async (tx) => {
    const moved = await moveState(tx, work.id, ['preparing'], 'embedding')
    if (!moved) {
      throw new CoroError('RECORDING_CHANGED', 'the recording changed while it was being prepared', {
        disposition: 'wait',
      })
    }
    await keepFacts(tx, work.id, facts)
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

/** Write down how an attempt failed; what is at fault decides whether it counts. */
async function settleFailure(
  { database, config }: Platform,
  work: RecordingWork,
  ledgerId: number,
  error: unknown,
  { log }: JobContext,
): Promise<'quarantined' | 'failed' | 'waiting'> {
  const reason = errorFacts(error)
  const { attempts } =
    reason.disposition === 'wait' ? { attempts: 0 } : await countFailure(database.pool, work.id, 'attempts')
  const ends = reason.disposition === 'reject' || attempts >= config.jobs.maxAttempts
  const outcome = reason.disposition === 'wait' ? 'waiting' : ends ? 'quarantined' : 'failed'
  if (reason.code === 'ABORTED') await moveState(database.pool, work.id, [...toPrepare], 'discovered')
  else await moveState(database.pool, work.id, [...toPrepare], ends ? 'quarantined' : 'failed', reason)
  await endAttempt(database.pool, ledgerId, outcome, reason)
  // Another copy of the same bytes may be whole where this one could not be read.
  if (ends) await releaseContent(database.pool, work.id)
  if (ends) log.warn({ recordingId: work.id, key: work.key, code: reason.code, reason: reason.message }, 'quarantined')
  return outcome
}

/** A recording that killed its worker time after time must not take the others down. */
async function setAside(
  { database, log }: Platform,
  work: RecordingWork,
  ledgerId: number,
  deaths: number,
): Promise<{ outcome: string }> {
  const reason = {
    code: 'WORKER_DIED',
    message: `The worker ended ${deaths} times while it prepared this recording. Look at its ledger, then retry it.`,
  }
  await moveState(database.pool, work.id, [...toPrepare, 'embedding', 'searchable'], 'quarantined', reason)
  await endAttempt(database.pool, ledgerId, 'quarantined', reason)
  log.error({ recordingId: work.id, key: work.key, deaths }, 'set aside')
  return { outcome: 'quarantined' }
}
