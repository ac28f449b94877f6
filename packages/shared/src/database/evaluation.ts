import type { PoolClient } from 'pg'
import type { Database, Queryable } from './open.js'
import type { Space } from './spaces.js'
import { toBinary, storedBytes } from './vectors.js'

export interface SearchableWindow {
  segmentId: number
  recordingId: number
  key: string
  index: number
  /** Of the recording's prepared audio. */
  preparedPrefix: string
  preparedOffset: number
  frontEndId: string | null
}

/** All windows of searchable recordings, in order, but those that came with imported embeddings; of one source by its address, or of all. */
export async function searchableWindows(queryable: Queryable, sourceUrl: string | null): Promise<SearchableWindow[]> {
  const { rows } = await queryable.query<SearchableWindow>(
    `select s.id as "segmentId", r.id as "recordingId", r.key, s.index, r.prepared_prefix as "preparedPrefix",
            coalesce(r.prepared_offset, 44) as "preparedOffset", r.front_end_id as "frontEndId"
       from coro.segment s join coro.recording r on r.id = s.recording_id join coro.source o on o.id = r.source_id
      where r.state = 'searchable' and s.index is not null and ($1::text is null or o.url = $1)
        and not exists (select from coro.deleted_segment d where d.segment_id = s.id)
      order by r.id, s.index`,
    [sourceUrl],
  )
  return rows
}

/** Vectors by segment; silent segments have none. */
export async function vectorsOf(queryable: Queryable, space: Space, ids: number[]): Promise<Map<number, Float32Array>> {
  const vectors = new Map<number, Float32Array>()
  for (let from = 0; from < ids.length; from += 500) {
    const { rows } = await queryable.query<{ id: number; e: number[] }>(
      `select segment_id as id, e from coro.embedding_${space.id} where segment_id = any($1::bigint[])`,
      [ids.slice(from, from + 500)],
    )
    for (const { id, e } of rows) vectors.set(id, Float32Array.from(e))
  }
  return vectors
}

export interface StoredRow {
  segmentId: number
  /** Number of its group. */
  group: number
}

export interface TimedAnswer {
  /** Nearest first. */
  segmentIds: number[]
  /** Round trip at the client, ms. */
  ms: number
}

/**
 * A part of a space by itself, in a temporary table laid out as the space's own, with an HNSW index: what an evaluation
 * searches. On one connection, which goes when it is disposed.
 */
export class StoredSubset implements AsyncDisposable {
  readonly #client: PoolClient
  readonly #space: Space
  readonly #prepared = new Set<string>()

  private constructor(client: PoolClient, space: Space) {
    this.#client = client
    this.#space = space
  }

  /** hnsw: whether to build the index. */
  static async create(database: Database, space: Space, stored: StoredRow[], hnsw: boolean): Promise<StoredSubset> {
    const client = await database.pool.connect()
    const subset = new StoredSubset(client, space)
    try {
      const { element, dimension, id } = space
      await client.query('drop table if exists evaluation_stored')
      await client.query(
        `create temporary table evaluation_stored (segment_id bigint, grp integer, e ${element}(${dimension}) not null)
           with (toast_tuple_target = 8160)`,
      )
      const fitsPage = storedBytes(space) <= 8000
      if (fitsPage) await client.query('alter table evaluation_stored alter column e set storage plain')
      await client.query(
        `insert into evaluation_stored
         select e.segment_id, w.grp, e.e from unnest($1::bigint[], $2::integer[]) w (id, grp)
           join coro.embedding_${id} e on e.segment_id = w.id`,
        [stored.map(({ segmentId }) => segmentId), stored.map(({ group }) => group)],
      )
      if (hnsw) {
        const { rows } = await client.query<{ options: string }>('select coro.hnsw_options() as options')
        const graph = `hnsw (e ${element}_cosine_ops) with (${rows[0]?.options})`
        await client.query(`create index on evaluation_stored using ${graph}`)
      }
      await client.query('analyze evaluation_stored')
      return subset
    } catch (error) {
      client.release(true)
      throw error
    }
  }

  /** The k nearest by comparing all. */
  exact(embedding: Float32Array, k: number): Promise<TimedAnswer> {
    const place = `$1::${this.#space.element}(${this.#space.dimension})`
    return this.#ask('exact', `order by cosine_distance(e, ${place}), segment_id`, embedding, k)
  }

  /** The k nearest of other groups, by comparing all. */
  exactOutside(embedding: Float32Array, k: number, group: number): Promise<TimedAnswer> {
    const place = `$1::${this.#space.element}(${this.#space.dimension})`
    const order = `where grp <> $3 order by cosine_distance(e, ${place}), segment_id`
    return this.#ask('outside', order, embedding, k, [group])
  }

  /** The k nearest by the index; inside withIndex. */
  hnsw(embedding: Float32Array, k: number): Promise<TimedAnswer> {
    const place = `$1::${this.#space.element}(${this.#space.dimension})`
    return this.#ask('hnsw', `order by e <=> ${place}`, embedding, k)
  }

  /** Run index searches with Coro's settings: ef_search 100, iterative scan, and no way around the index. */
  async withIndex<T>(ef: number, work: () => Promise<T>): Promise<T> {
    await this.#client.query('begin')
    try {
      await this.#client.query(
        `select set_config('hnsw.ef_search', $1, true), set_config('hnsw.iterative_scan', 'relaxed_order', true),
                set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true)`,
        [String(ef)],
      )
      return await work()
    } finally {
      await this.#client.query('rollback')
    }
  }

  async #ask(
    name: string,
    order: string,
    embedding: Float32Array,
    k: number,
    more: unknown[] = [],
  ): Promise<TimedAnswer> {
    const values = [toBinary(embedding, this.#space.element), k, ...more]
    const prepared = `evaluation-${name}-${this.#space.id}`
    this.#prepared.add(prepared)
    const began = performance.now()
    const { rows } = await this.#client.query<{ segment_id: number }>({
      name: prepared,
      text: `select segment_id from evaluation_stored ${order} limit $2`,
      values,
    })
    const ms = performance.now() - began
    return { segmentIds: rows.map((row) => row.segment_id), ms }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The embedded database has one session for all connections: nothing may stay behind.
    for (const name of this.#prepared) await this.#client.query(`deallocate "${name}"`).catch(() => undefined)
    await this.#client.query('drop table if exists evaluation_stored').catch(() => undefined)
    this.#client.release(true)
  }
}
