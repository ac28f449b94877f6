import {
  countWrong,
  mendAll,
  recordingChecks,
  spaceChecks,
  strayChecks,
} from '../database/integrity/database-checks.js'
import { existingRecordings } from '../database/integrity/prepared-files.js'
import { pendingMigrations } from '../database/migrate.js'
import { listSpaces } from '../database/spaces.js'
import { errorFacts } from '../errors.js'
import type { Platform } from '../process/platform.js'
import { checkOriginals } from './check-originals.js'
import { checkStore } from './check-store.js'
import { createFindings, type Examination, type Finding, type Findings, type Step } from './finding.js'

/** Jobs of a queue that are looked at: far more than one ever holds at once. */
const mostJobs = 20_000

const strayJobs = 'jobs are about recordings that are gone; they are removed'

/**
 * Compare database, store and queue, and with `repair` mend what can be mended safely: counts and states are set right,
 * what is missing is put back into the backlog, what belongs to nothing is deleted. Safe to repeat, and beside a running
 * system. Yields how far it has come, and returns what it found. Throws what the database, the store and the queue throw.
 */
export async function* examine(platform: Platform, asked: Examination): AsyncGenerator<Step, Finding[]> {
  const { database } = platform
  const findings = createFindings()
  await checkMigrations(platform, findings)
  const spaces = await listSpaces(database.pool)
  const checks = [
    // Vectors first: an account counts them.
    ...spaces.flatMap(strayChecks),
    ...recordingChecks,
    ...spaces.filter(({ wanted }) => wanted).flatMap(spaceChecks),
  ]
  for (const [done, check] of checks.entries()) {
    asked.signal.throwIfAborted()
    yield { part: 'database', done, total: checks.length }
    const { count, examples } = await countWrong(database.pool, check)
    const repaired = asked.repair && count > 0 ? await mendAll(database, check) : 0
    findings.add(check.code, check.sentence, examples, { count, repaired })
  }
  yield* checkStore(platform, findings, asked)
  if (asked.deep) yield* checkOriginals(platform, findings, asked)
  await checkQueues(platform, findings, asked.repair)
  return findings.list()
}

/** The files of this version against those that the database was made with; `coro migrate` applies what waits. */
async function checkMigrations({ database }: Platform, findings: Findings): Promise<void> {
  try {
    const pending = await pendingMigrations(database)
    findings.add('MIGRATION_PENDING', 'migrations wait: run "coro migrate"', pending)
  } catch (error) {
    const { code, message } = errorFacts(error)
    if (code !== 'MIGRATION_EDITED' && code !== 'DATABASE_TOO_NEW') throw error
    findings.add(code, 'the database was made by other migrations than this version has', [message])
  }
}

async function checkQueues({ database, queues }: Platform, findings: Findings, repair: boolean): Promise<void> {
  for (const queue of [queues.prepare, queues.embed]) {
    const jobs = await queue.jobs(mostJobs)
    const known = await existingRecordings(
      database.pool,
      jobs.map(({ payload }) => payload.recordingId),
    )
    const stray = jobs.filter(({ payload }) => !known.has(payload.recordingId))
    if (repair) for (const { remove } of stray) await remove()
    const examples = stray.map(({ payload }) => `recording ${payload.recordingId}`)
    findings.add('JOB_WITHOUT_RECORDING', strayJobs, examples, { repaired: repair ? stray.length : 0 })
  }
}
