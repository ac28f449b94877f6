import { createHash, randomUUID } from 'node:crypto'
import { migrate } from '@coro/shared/database/migrate'
// The built file: PGlite runs in a thread, and threads run JavaScript.
import { openDatabase, type Database } from '@coro/shared/database/open'
import type { SourceConfig } from '../config/sources.js'
import { insertRecording } from './recordings.js'
import { saveSegments } from './segments.js'
import { saveSource, type SourceRow } from './sources.js'
import { ensureSpaces, type Space, type SpaceDefinition } from './spaces.js'

/** A migrated PGlite in memory. It takes seconds to start: one a test file, fresh rows a test. */
export async function openTestDatabase(): Promise<Database> {
  const database = await openDatabase('pglite:memory')
  await migrate(database)
  return database
}

/** A source that no other test knows. */
export function addSource(database: Database, config: Partial<SourceConfig> = {}): Promise<SourceRow> {
  return saveSource(database, { url: `file:///sources/${randomUUID()}`, deployments: [], sites: [], ...config })
}

export interface RecordingDraft {
  key?: string
  version?: string
  siteId?: number | null
  recorderId?: number | null
  startedAt?: string | null
}

/** A recording that has just been found. */
export async function addRecording(database: Database, sourceId: number, draft: RecordingDraft = {}): Promise<number> {
  const { key = `${randomUUID()}.wav`, version = 'v1', siteId = null, recorderId = null, startedAt = null } = draft
  const object = { key, version, sizeBytes: 1000, modifiedAt: new Date('2026-01-10T00:00:00Z') }
  const id = await insertRecording(database.pool, sourceId, object, { deploymentId: null, siteId, recorderId })
  if (id === null) throw new Error(`${key} ${version} is there already`)
  if (startedAt !== null) {
    await database.pool.query('update coro.recording set started_at = $2 where id = $1', [id, startedAt])
  }
  return id
}

/** The front end of all test spaces and recordings that say nothing else. */
export const testFrontEndId = 'f00000000000'

/** A space definition as the embed service makes them, small. */
export function spaceDefinition(draft: Partial<SpaceDefinition> = {}): SpaceDefinition {
  const model = draft.model ?? `test-${randomUUID()}`
  const variant = draft.variant ?? 'denoised'
  const name = `${model}/${variant}`
  return {
    name,
    model,
    modelSha256: createHash('sha256').update(model).digest('hex'),
    variant,
    frontEnd: {},
    frontEndId: testFrontEndId,
    identity: createHash('sha256').update(name).digest('hex'),
    dimension: 8,
    windowS: 5,
    hopS: 5,
    active: false,
    ...draft,
  }
}

/** A space of its own, the only one that is kept filled. */
export async function addSpace(database: Database, draft: Partial<SpaceDefinition> = {}): Promise<Space> {
  const [space] = await ensureSpaces(database, [spaceDefinition(draft)])
  if (!space) throw new Error('no space was made')
  return space
}

/** Make a recording `embedding`, with `count` windows of 5 s and an account with each space; resolves to segment ids. */
export async function addSegments(
  database: Database,
  recordingId: number,
  spaces: Space[],
  count: number,
): Promise<number[]> {
  const spans = Array.from({ length: count }, (_, index) => ({ index, startS: index * 5, endS: index * 5 + 5 }))
  const spaceIds = spaces.map(({ id }) => id)
  await saveSegments(database.pool, recordingId, spans, spaceIds, {
    prefix: `prepared/${recordingId}`,
    offsetBytes: 44,
    frontEndId: testFrontEndId,
    channel: 'mix',
  })
  await database.pool.query(`update coro.recording set state = 'embedding' where id = $1`, [recordingId])
  const { rows } = await database.pool.query<{ id: number }>(
    'select id from coro.segment where recording_id = $1 order by index',
    [recordingId],
  )
  return rows.map(({ id }) => id)
}

/** `n` reproducible numbers in -1..1. Source: mulberry32, Tommy Ettinger, public domain. */
export function randomNumbers(seed: number, n: number): Float32Array {
  let state = seed >>> 0
  return Float32Array.from({ length: n }, () => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 31 - 1
  })
}
