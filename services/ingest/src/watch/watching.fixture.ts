import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { claimContent, yieldOrRepeat } from '@coro/shared/database/content'
import { addSegments, addSource } from '@coro/shared/database/database.fixture'
import { saveEmbeddings } from '@coro/shared/database/embeddings'
import { ledgerOf } from '@coro/shared/database/ledger'
import type { Database } from '@coro/shared/database/open'
import type { Space } from '@coro/shared/database/spaces'
import { fileStorage } from '@coro/shared/storage/file-storage'
import { createPlaceFinder } from './place-of-key.js'
import { createSettling } from './settling.js'
import { sweep, type SweepParts } from './sweep.js'

export interface WatchedFolder extends AsyncDisposable {
  path: string
  parts: SweepParts
  /** The ids that were handed on, by call. */
  handed: number[][]
  write(key: string, content: string, ageS?: number): Promise<void>
  remove(key: string): Promise<void>
  move(from: string, to: string): Promise<void>
  /** Its recordings by key, superseded ones too. */
  rows(): Promise<Row[]>
  /** The one recording of a key that is not superseded. */
  row(key: string): Promise<Row>
  outcomes(id: number): Promise<(string | null)[]>
}

export interface Row {
  id: number
  key: string
  state: string
  missing: boolean
}

/** A folder as a source of its own, and what it takes to sweep it. */
export async function watchedFolder(database: Database): Promise<WatchedFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'coro-watch-'))
  const url = pathToFileURL(folder).href
  const source = await addSource(database, { url })
  const handed: number[][] = []
  const rows = async () =>
    (
      await database.pool.query<Row>(
        `select id, key, state, missing_since is not null as missing from coro.recording where source_id = $1
          order by key collate "C", id`,
        [source.id],
      )
    ).rows
  return {
    path: folder,
    handed,
    parts: {
      database,
      source,
      storage: fileStorage(url),
      placeOf: createPlaceFinder(database.pool, source),
      settling: createSettling(6, false),
      onRecordings: (ids) => {
        handed.push(ids)
        return Promise.resolve()
      },
      worker: 'test',
      parallel: 4,
      lastObjects: null,
      signal: new AbortController().signal,
    },
    async write(key, content, ageS = 3600) {
      const path = join(folder, key)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, content)
      const time = Math.round(Date.now() / 1000) - ageS
      await utimes(path, time, time)
    },
    remove: (key) => rm(join(folder, key)),
    async move(from, to) {
      await mkdir(dirname(join(folder, to)), { recursive: true })
      await rename(join(folder, from), join(folder, to))
    },
    rows,
    async row(key) {
      const found = (await rows()).filter((row) => row.key === key && row.state !== 'superseded')
      if (found.length !== 1) throw new Error(`${found.length} recordings of ${key}`)
      return found[0] as Row
    },
    outcomes: async (id) => (await ledgerOf(database.pool, id)).map(({ outcome }) => outcome),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/**
 * What the stages do with a recording that was found: its bytes are hashed (`content` stands for them); the first with
 * them is prepared and embedded, another is a duplicate, or takes the place of what has gone.
 */
export async function process(
  database: Database,
  space: Space,
  id: number,
  content: string,
): Promise<'searchable' | 'duplicate' | 'moved' | 'same bytes'> {
  await database.pool.query(`update coro.recording set state = 'preparing' where id = $1`, [id])
  const hash = Buffer.from(content.padEnd(32, '.'))
  const owner = await claimContent(database.pool, hash, id)
  if (owner !== id) return yieldOrRepeat(database, id, owner, 'test')
  const segments = await addSegments(database, id, [space], 2)
  await saveEmbeddings(
    database,
    space,
    id,
    segments.map((segmentId, i) => ({
      segmentId,
      embedding: Float32Array.from({ length: 8 }, (_, at) => (at === i ? 1 : 0)),
    })),
    [],
  )
  return 'searchable'
}

/** Write a file, sweep, and have it prepared and embedded; resolves to its recording, which is searchable. */
export async function takeIn(folder: WatchedFolder, space: Space, key: string, content: string): Promise<number> {
  await folder.write(key, content)
  await sweep(folder.parts)
  const { id } = await folder.row(key)
  const end = await process(folder.parts.database, space, id, content)
  if (end !== 'searchable') throw new Error(`${key} is ${end}`)
  return id
}

/** How many segments of a recording a search may find. */
export async function segmentsFound(database: Database, recording: number): Promise<number | null> {
  const { rowCount } = await database.pool.query('select from coro.matching_segments($1)', [{ recording }])
  return rowCount
}

/** How many vectors a recording has in a space, marked as deleted or not. */
export async function vectorsOf(database: Database, space: Space, recording: number): Promise<number | null> {
  const { rowCount } = await database.pool.query(
    `select from coro.embedding_${space.id} e join coro.segment s on s.id = e.segment_id where s.recording_id = $1`,
    [recording],
  )
  return rowCount
}
