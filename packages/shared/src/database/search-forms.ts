import { withFacts } from './describe-segments.js'
import type { Space } from './spaces.js'
import { storedBytes } from './vectors.js'

/**
 * How a kept statement is asked. `vector`: $1 is the query, $2 (where the statement has one) the segment that goes first
 * among equals. `segment`: $1 is a stored segment for both, and the row has `facts` besides: what took three round trips takes
 * one.
 */
export type SearchForm = 'vector' | 'segment'

/** Postgres keeps a row in its page up to here; beyond, a vector that is looked up would be unpacked for every row. */
const plainBytes = 8000

export const hasSegmentForm = (space: Space): boolean => storedBytes(space) <= plainBytes

/** A statement whose query is `$1::<element>`, in a form. */
export function inForm(statement: string, { id, element }: Space, form: SearchForm): string {
  if (form === 'vector') return statement
  const stored = `(select q.e from coro.embedding_${id} q where q.segment_id = $1::bigint)`
  return withFacts(statement.replaceAll(`$1::${element}`, stored).replaceAll('$2', '$1::bigint'))
}
