import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { migrate } from '@coro/shared/database/migrate'
import { openDatabase, type Database } from '@coro/shared/database/open'
import { ensureSpaces, type Space } from '@coro/shared/database/spaces'
import { toBinary } from '@coro/shared/database/vectors'
import { dimension, segmentsPerRecording, type Vectors } from './synthetic.js'

const run = promisify(execFile)
const rowsPerStatement = 250

/** Coro's tables in a database of their own, which goes when it is disposed. */
export interface Store extends AsyncDisposable {
  database: Database
  url: string
}

/** url: `pglite:memory`, or a server on which a database may be made. One connection, so that its CPU time can be read. */
export async function openStore(url: string): Promise<Store> {
  if (url.startsWith('pglite:')) {
    const database = await openDatabase(url)
    await migrate(database)
    return { database, url, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() }
  }
  const name = `coro_bench_${randomBytes(4).toString('hex')}`
  const server = await openDatabase(url, { maxConnections: 1 })
  await server.pool.query(`create database ${name}`)
  const own = new URL(url)
  own.pathname = `/${name}`
  const database = await openDatabase(own.href, { maxConnections: 1 })
  await migrate(database)
  return {
    database,
    url: own.href,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]()
      await server.pool.query(`drop database ${name} with (force)`)
      await server[Symbol.asyncDispose]()
    },
  }
}

/** A server in a container of docker-compose.yml's image, or null where Docker does not answer. */
export async function startServer(): Promise<(AsyncDisposable & { url: string }) | null> {
  const settings = ['-c', 'shared_buffers=1GB', '-c', 'maintenance_work_mem=1GB', '-c', 'max_wal_size=8GB']
  const access = ['POSTGRES_USER', 'POSTGRES_PASSWORD', 'POSTGRES_DB'].flatMap((name) => ['--env', `${name}=coro`])
  const options = ['--detach', '--rm', '--publish', '127.0.0.1::5432', '--shm-size', '2g', ...access]
  const command = ['run', ...options, 'pgvector/pgvector:pg17', 'postgres', ...settings]
  const started = await run('docker', command).catch(() => null)
  if (started === null) return null
  const container = started.stdout.trim()
  const stop = async () => void (await run('docker', ['rm', '--force', '--volumes', container]))
  try {
    const { stdout } = await run('docker', ['port', container, '5432/tcp'])
    const address = stdout.split('\n')[0]!.trim()
    const ready = `for i in $(seq 120); do pg_isready -q -h 127.0.0.1 -U coro -d coro && exit 0; sleep .5; done; exit 1`
    await run('docker', ['exec', container, 'sh', '-c', ready])
    return { url: `postgres://coro:coro@${address}/coro`, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Where a recording lies: every tenth at one site, every hundredth at another. */
const siteOf = `case when i % 10 = 0 then 'tenth' when i % 100 = 1 then 'hundredth' else 'rest' end`

export interface Filled {
  space: Space
  /** By place in the vectors. */
  segmentIds: number[]
}

/** Recordings of two minutes, one begun every ten, searchable, with their vectors in a space of their own; no index. */
export async function fill({ database }: Store, vectors: Vectors): Promise<Filled> {
  const { pool } = database
  const [space] = await ensureSpaces(database, [spaceDefinition(vectors.n)])
  await pool.query(`drop index if exists coro.embedding_${space!.id}_hnsw`)
  const recordings = Math.ceil(vectors.n / segmentsPerRecording)
  await pool.query(`insert into coro.site (name, time_zone) select unnest(array['tenth', 'hundredth', 'rest']), 'UTC'`)
  await pool.query(`insert into coro.source (url) values ('file:///bench')`)
  await pool.query(
    `insert into coro.recording (source_id, key, version, size_bytes, modified_at, site_id, state, started_at, duration_s,
                                 segment_count, time_source, time_confidence)
     select o.id, i || '.wav', 'v', 1, now(), t.id, 'searchable', timestamptz '2026-01-01Z' + i * interval '10 minutes',
            ${5 * segmentsPerRecording}, least(${segmentsPerRecording}, $2 - i * ${segmentsPerRecording}), 'filename', 1
       from generate_series(0, $1::integer - 1) i cross join coro.source o join coro.site t on t.name = ${siteOf}
      order by i`,
    [recordings, vectors.n],
  )
  await pool.query(
    `insert into coro.segment (recording_id, index, start_s, end_s)
     select r.id, j, 5 * j, 5 * j + 5 from coro.recording r cross join lateral generate_series(0, r.segment_count - 1) j
      order by r.id, j`,
  )
  await pool.query(
    `update coro.recording r set first_segment_id = s.least, last_segment_id = s.most
       from (select recording_id, min(id) as least, max(id) as most from coro.segment group by 1) s
      where s.recording_id = r.id`,
  )
  await pool.query(
    `insert into coro.recording_space (recording_id, space_id, embedded, done_at)
     select id, $1, segment_count, now() from coro.recording`,
    [space!.id],
  )
  const { rows } = await pool.query<{ id: number }>('select id from coro.segment order by recording_id, index')
  const segmentIds = rows.map(({ id }) => id)
  for (let from = 0; from < vectors.n; from += rowsPerStatement) {
    const part = segmentIds.slice(from, from + rowsPerStatement)
    const places = part.map((_, i) => `($${2 * i + 1}::bigint, $${2 * i + 2}::${space!.element})`)
    await pool.query(
      `insert into coro.embedding_${space!.id} (segment_id, e) values ${places.join(', ')}`,
      part.flatMap((id, i) => [id, toBinary(rowOf(vectors, from + i), space!.element)]),
    )
  }
  await pool.query('vacuum analyze')
  return { space: space!, segmentIds }
}

export const rowOf = ({ stored }: Vectors, row: number): Float32Array =>
  stored.subarray(row * dimension, (row + 1) * dimension)

const spaceDefinition = (n: number) => ({
  name: `synthetic-${n}/raw`,
  model: `synthetic-${n}`,
  modelSha256: '0'.repeat(64),
  variant: 'raw' as const,
  frontEnd: {},
  frontEndId: 'f00000000000',
  identity: '0'.repeat(64),
  dimension,
  windowS: 5,
  hopS: 5,
  active: true,
})

/** CPU time that this connection's server process has taken so far, ms; null where it cannot be read. */
export async function serverCpuMs({ pool }: Database): Promise<number | null> {
  const { rows } = await pool
    .query<{ ns: string }>(`select split_part(pg_read_file('/proc/self/schedstat'), ' ', 1) as ns`)
    .catch(() => ({ rows: [] }))
  return rows[0] ? Number(rows[0].ns) / 1e6 : null
}
