import { usage, whereFields, type SubjectOptions, type WhereOptions } from './search-subject.js'

/** The options of `coro search`, wherever they are taken. */
export interface SearchOptions extends SubjectOptions, WhereOptions {
  k?: number
  mode?: string
  exact?: boolean
  ef?: number
  minSimilarity?: number
  group?: 'recording'
  perRecording?: number
}

export interface SearchRequest {
  /** `search`: the nearest; `matches`: everything above a similarity. */
  kind: 'search' | 'matches'
  /** As the API takes them; what is searched by comes on top. */
  fields: Record<string, unknown>
}

/** What the options ask for. Throws USAGE for those that do not go together. */
export function searchRequest(options: SearchOptions): SearchRequest {
  const { k, ef, minSimilarity, group, perRecording } = options
  const everything = minSimilarity !== undefined && group === undefined
  if (everything && (ef !== undefined || (options.mode ?? 'exact') === 'hnsw')) {
    throw usage('--min-similarity compares everything: it goes without --ef and --mode hnsw')
  }
  if (perRecording !== undefined && group === undefined) throw usage('--per-recording goes with --group recording')
  const where = whereFields(options)
  if (everything) return { kind: 'matches', fields: { ...where, minSimilarity, ...defined({ limit: k }) } }
  const mode = options.exact === true ? 'exact' : (options.mode ?? 'auto')
  return {
    kind: 'search',
    fields: { ...where, k: k ?? 10, mode, ...defined({ ef, group, perRecording, minSimilarity }) },
  }
}

function defined<T extends Record<string, unknown>>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}
