import type { Database } from './open.js'
import { inForm, type SearchForm } from './search-forms.js'
import type { Space } from './spaces.js'

/**
 * A statement that asks a space's index without a filter, kept as those of exact searches are: the planner in SQL
 * (coro.nearest) adds half a millisecond to an index scan of one.
 */
export interface IndexStatement {
  text: string
  /** Of the prepared statement. */
  name: string
  /** Vectors of the space, about. */
  rows: number
  /** It said that it is not the right one, or the server would not take the index. */
  refused: boolean
  /** performance.now(); rows and refused are of then. */
  lookedAtMs: number
}

/** Tables grow, indexes come and go. */
const lookAgainMs = 10_000
/** Prepared statements take memory in each of the server's connections. */
const mostPrepared = 50
const byDatabase = new WeakMap<Database, Map<string, IndexStatement>>()

/**
 * The statement that asks the index of a space for k vectors with a candidate list of ef, in a form (search-forms.ts). It
 * takes $1 the query, and gives one row: here (false where it is not the right one: something is marked as deleted, or the index is gone), and
 * segment_ids and distances in no order. Null where the planner has to decide.
 */
export async function indexStatement(
  database: Database,
  space: Space,
  k: number,
  ef: number,
  form: SearchForm = 'vector',
): Promise<IndexStatement | null> {
  // The embedded database has one session, and an index on request only.
  if (database.kind !== 'postgres') return null
  const own = byDatabase.get(database) ?? new Map<string, IndexStatement>()
  byDatabase.set(database, own)
  const key = `${space.id} ${k} ${ef} ${form}`
  let statement = own.get(key)
  if (!statement) {
    if (own.size >= mostPrepared) return null
    const name = `index-${own.size + 1}`
    statement = {
      text: inForm(indexSql(space, k, ef), space, form),
      name,
      rows: 0,
      refused: true,
      lookedAtMs: -Infinity,
    }
    own.set(key, statement)
  }
  const now = performance.now()
  if (now - statement.lookedAtMs >= lookAgainMs) {
    statement.lookedAtMs = now
    statement.rows = await rowsAbout(database, space)
    statement.refused = !(await takesIndex(database, space, indexSql(space, k, ef)))
  }
  return statement.refused ? null : statement
}

/** The settings hold for this statement; the scan reads them when it begins, and that is after `g`. */
function indexSql({ id, element }: Space, k: number, ef: number): string {
  return `with g as materialized (
      select set_config('hnsw.ef_search', '${ef}', true) is not null
         and set_config('hnsw.iterative_scan', 'relaxed_order', true) is not null
         and not exists (select from coro.deleted_segment where not swept)
         and exists (select from pg_index where indexrelid = to_regclass('coro.embedding_${id}_hnsw') and indisvalid) as here)
    select (select here from g) as here, array_agg(n.id) as segment_ids, array_agg(n.d) as distances
      from (select e.segment_id as id, e.e <=> $1::${element} as d from coro.embedding_${id} e
             where (select here from g) order by e.e <=> $1::${element} limit ${k}) n`
}

async function rowsAbout({ pool }: Database, { id, element, dimension }: Space): Promise<number> {
  const { rows } = await pool.query<{ n: number }>('select coro.table_rows_about(to_regclass($1), $2) as n', [
    `coro.embedding_${id}`,
    8 + dimension * (element === 'halfvec' ? 2 : 4),
  ])
  return rows[0]?.n ?? 0
}

async function takesIndex({ pool }: Database, { id, element, dimension }: Space, text: string): Promise<boolean> {
  const any = `array_fill(0::real, array[${dimension}])::${element}`
  const { rows } = await pool.query(`explain (format json) ${text.replaceAll(`$1::${element}`, any)}`)
  return JSON.stringify(rows).includes(`"embedding_${id}_hnsw"`)
}
