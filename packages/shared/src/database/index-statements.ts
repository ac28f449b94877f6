import type { Database } from './open.js'
import { inForm, type SearchForm } from './search-forms.js'
import type { Space } from './spaces.js'
import { storedBytes } from './vectors.js'

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
  /** They are too many for `auto` to compare them all. */
  isLarge: boolean
  /** It said that it is not the right one, or the server would not take the index. */
  refused: boolean
  /** performance.now(); what is said of the space is of then. */
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
  const key = `${space.id} ${space.graph} ${k} ${ef} ${form}`
  let statement = own.get(key)
  if (!statement) {
    if (own.size >= mostPrepared) return null
    statement = { text: '', name: '', rows: 0, isLarge: false, refused: true, lookedAtMs: -Infinity }
    own.set(key, statement)
  }
  const now = performance.now()
  if (now - statement.lookedAtMs >= lookAgainMs) {
    statement.lookedAtMs = now
    const { rows, isLarge, scan } = await look(database, space, k, looked(space, k, ef))
    const text = indexSql(space, looked(space, k, ef), scan)
    statement.rows = rows
    statement.isLarge = isLarge
    setText(statement, inForm(text, space, form))
    statement.refused = !(await takesIndex(database, space, text))
  }
  return statement.refused ? null : statement
}

/** Statements named so far: a name stands for one text for ever. */
let named = 0

function setText(statement: IndexStatement, text: string): void {
  if (statement.text === text) return
  statement.text = text
  statement.name = `index-${++named}`
}

/** Candidates that a scan looks at. As coro.nearest_by_index(). */
const looked = ({ graph }: Space, k: number, ef: number): number =>
  graph === 'bits' ? Math.max(Math.floor((ef * 3) / 2), 2 * k) : ef

/** The settings hold for this statement; the scan reads them when it begins, and that is after `g`. */
function indexSql({ id, graph }: Space, candidates: number, scan: string): string {
  const table = graph === 'bits' ? `coro.embedding_${id}_bits` : `coro.embedding_${id}`
  return `with g as materialized (
      select set_config('hnsw.ef_search', '${Math.min(1000, candidates)}', true) is not null
         and set_config('hnsw.iterative_scan', 'relaxed_order', true) is not null
         and not exists (select from coro.deleted_segment where not swept)
         and exists (select from pg_index where indexrelid = to_regclass('coro.embedding_${id}_hnsw')
                        and indrelid = to_regclass('${table}') and indisvalid) as here)
    select (select here from g) as here, array_agg(n.id) as segment_ids, array_agg(n.d) as distances from (${scan}) n (id, d)`
}

async function look({ pool }: Database, space: Space, k: number, candidates: number) {
  const { rows } = await pool.query<{ rows: number; isLarge: boolean; scan: string }>(
    `select n as rows, n > coro.exact_up_to() as "isLarge",
            coro.index_scan_sql($3, $4, 'where (select here from g)', $5, $6) as scan
       from coro.table_rows_about(to_regclass($1), $2) n`,
    [`coro.embedding_${space.id}`, storedBytes(space), space.id, `$1::${space.element}`, String(k), String(candidates)],
  )
  return rows[0] ?? { rows: 0, isLarge: false, scan: '' }
}

async function takesIndex({ pool }: Database, { id, element, dimension }: Space, text: string): Promise<boolean> {
  const any = `array_fill(0::real, array[${dimension}])::${element}`
  const { rows } = await pool.query(`explain (format json) ${text.replaceAll(`$1::${element}`, any)}`)
  return JSON.stringify(rows).includes(`"embedding_${id}_hnsw"`)
}
