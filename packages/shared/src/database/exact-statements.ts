import type { Database } from './open.js'
import { kept } from './pglite/kept-statements.js'
import type { SearchFilter } from './search-filter.js'
import { inForm, type SearchForm } from './search-forms.js'
import type { Space } from './spaces.js'

/**
 * Statements of exact searches, kept for a while: making one (coro.exact_sql) and planning it cost as much as comparing
 * 600 vectors. What is searched with again and again gets a prepared statement of its own.
 */
export interface ExactStatement {
  text: string
  /** Of the prepared statement, once it is used again. */
  name: string | null
  /** It said that it is not the right one: too much is left, or something is marked as deleted. */
  refused: boolean
  /** performance.now() */
  madeAtMs: number
}

/** Sites, deployments and marks may have changed after that. */
const keepMs = 10_000
const most = 1000
/** Prepared statements take memory in each of the server's connections. */
const mostPrepared = 50

interface Kept {
  statements: Map<string, ExactStatement>
  prepared: number
}
const byDatabase = new WeakMap<Database, Kept>()

/**
 * The statement for a space, filter and k, asked in a form (search-forms.ts); made now, or not long ago. Throws what
 * coro.filter_sql() refuses.
 */
export async function exactStatement(
  database: Database,
  space: Space,
  filter: SearchFilter,
  k: number,
  form: SearchForm = 'vector',
): Promise<ExactStatement> {
  const own = byDatabase.get(database) ?? { statements: new Map<string, ExactStatement>(), prepared: 0 }
  byDatabase.set(database, own)
  const json = JSON.stringify(filter)
  const key = `${space.id} ${k} ${form} ${json}`
  const known = own.statements.get(key)
  const now = performance.now()
  if (known && now - known.madeAtMs < keepMs) {
    if (known.name === null && !known.refused && own.prepared < mostPrepared) prepare(database, known, own)
    return known
  }
  const { rows } = await database.pool.query<{ text: string | null }>(
    `${kept}select coro.exact_sql($1, $2::jsonb, $3, true) as text`,
    [space.id, json, k],
  )
  const made = rows[0]?.text ?? ''
  const text = made && inForm(made, space, form)
  const refused = text === ''
  const same = known?.text === text || known?.text === kept + text
  const statement = same && known ? { ...known, refused, madeAtMs: now } : { text, name: null, refused, madeAtMs: now }
  if (own.statements.size >= most) own.statements.clear()
  own.statements.set(key, statement)
  return statement
}

/** On a server by a name; the embedded database shares one session, and keeps what is marked. */
function prepare(database: Database, statement: ExactStatement, own: Kept): void {
  own.prepared += 1
  statement.name = `exact-${own.prepared}`
  if (database.kind === 'pglite') statement.text = kept + statement.text
}
