import { saveBatch, type EmbeddedSegment } from '@coro/shared/database/embeddings'
import { openDatabase, type Database } from '@coro/shared/database/open'
import { serverCpuMs, type Filled, type Store } from './store.js'
import { dimension, drawVectors, segmentsPerRecording, type Vectors } from './synthetic.js'
import { toBinary } from '@coro/shared/database/vectors'

const recordingsEach = 40

/** A recording whose windows are still to be embedded, as a worker meets it. */
interface OpenRecording {
  recordingId: number
  embedded: EmbeddedSegment[]
}

/**
 * Inserts into the index as embed workers make them (saveBatch: vectors, accounts, states; one recording a
 * transaction), by one writer and by two at once; and what the graph alone costs: the same number of rows by one
 * statement within the server, with the index, less the same without it.
 */
export async function measureInserts(store: Store, filled: Filled): Promise<void> {
  const { database } = store
  const fresh = drawVectors(4 * recordingsEach * segmentsPerRecording, 0, 99)
  const recordings = await openRecordings(database, filled, fresh)
  const part = (index: number) => recordings.slice(index * recordingsEach, (index + 1) * recordingsEach)
  const rows = recordingsEach * segmentsPerRecording

  const graph = await graphCost(database, filled, part(0))
  const cpuBefore = await serverCpuMs(database)
  const oneBegan = performance.now()
  await write(database, filled, part(1))
  const oneMs = performance.now() - oneBegan
  const cpuAfter = await serverCpuMs(database)
  console.log(`  one writer: ${((1000 * rows) / oneMs).toFixed(0)} rows/s, ${(oneMs / rows).toFixed(2)} ms a row`)
  if (graph !== null && cpuBefore !== null && cpuAfter !== null) {
    const cpu = (cpuAfter - cpuBefore) / rows
    const ratio = cpu / graph
    console.log(
      `  server CPU a row: ${cpu.toFixed(2)} ms, of which the graph ${graph.toFixed(2)}; ratio: ${ratio.toFixed(2)}, at most 1.30: ${ratio <= 1.3 ? 'within' : 'OVER'}`,
    )
  }
  if (database.kind === 'pglite') return
  await using second = await openDatabase(store.url, { maxConnections: 1 })
  const twoBegan = performance.now()
  await Promise.all([write(database, filled, part(2)), write(second, filled, part(3))])
  const rate = (2000 * rows) / (performance.now() - twoBegan)
  console.log(`  two writers: ${rate.toFixed(0)} rows/s, at least 300: ${rate >= 300 ? 'within' : 'UNDER'}`)
}

async function write(database: Database, { space }: Filled, recordings: OpenRecording[]): Promise<void> {
  for (const { recordingId, embedded } of recordings) {
    await saveBatch(database, recordingId, [{ space, embedded, silentSegmentIds: [] }])
  }
}

async function openRecordings({ pool }: Database, { space }: Filled, vectors: Vectors): Promise<OpenRecording[]> {
  const { rows } = await pool.query<{ recording: number; segments: number[] }>(
    `with r as (
       insert into coro.recording (source_id, key, version, size_bytes, modified_at, state, segment_count)
       select o.id, 'new-' || i || '.wav', 'v', 1, now(), 'embedding', ${segmentsPerRecording}
         from generate_series(1, $1::integer) i cross join coro.source o returning id),
     a as (insert into coro.recording_space (recording_id, space_id) select id, $2 from r),
     s as (
       insert into coro.segment (recording_id, index, start_s, end_s)
       select id, j, 5 * j, 5 * j + 5 from r cross join generate_series(0, ${segmentsPerRecording - 1}) j
       returning id, recording_id)
     select recording_id as recording, json_agg(id order by id) as segments from s group by recording_id order by 1`,
    [vectors.n / segmentsPerRecording, space.id],
  )
  return rows.map(({ recording, segments }, r) => ({
    recordingId: recording,
    embedded: segments.map((segmentId, i) => {
      const from = (r * segmentsPerRecording + i) * dimension
      return { segmentId, embedding: vectors.stored.slice(from, from + dimension) }
    }),
  }))
}

/** Server CPU that the graph takes of a row, ms; null where it cannot be read. */
async function graphCost(database: Database, { space }: Filled, recordings: OpenRecording[]): Promise<number | null> {
  const { pool } = database
  const table = `coro.embedding_${space.id}`
  await pool.query(`create unlogged table coro.bench_rows as select segment_id, e from ${table} limit 0`)
  await pool.query(`create table coro.bench_plain (like ${table} including storage including constraints)`)
  for (const { embedded } of recordings) {
    const places = embedded.map((_, i) => `($${2 * i + 1}::bigint, $${2 * i + 2}::${space.element})`)
    await pool.query(
      `insert into coro.bench_rows values ${places.join(', ')}`,
      embedded.flatMap(({ segmentId, embedding }) => [segmentId, toBinary(embedding, space.element)]),
    )
  }
  const rows = recordings.length * segmentsPerRecording
  const cost = async (into: string): Promise<number> => {
    const before = await serverCpuMs(database)
    await pool.query(`insert into ${into} (segment_id, e) select segment_id, e from coro.bench_rows`)
    const after = await serverCpuMs(database)
    return before === null || after === null ? Number.NaN : (after - before) / rows
  }
  const plain = await cost('coro.bench_plain')
  const indexed = await cost(table)
  await pool.query('drop table coro.bench_rows, coro.bench_plain')
  return Number.isNaN(indexed) ? null : indexed - plain
}
