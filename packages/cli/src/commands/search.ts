import type { SearchAnswer } from '@coro/api/schemas'
import { commandContext, type CommonOptions } from '../command-context.js'
import { printMatches } from '../print/matches.js'
import { printSearch } from '../print/results.js'
import { readSubject, usage, whereFields, type SubjectOptions, type WhereOptions } from '../search-subject.js'
import { openClient } from '../system/client.js'

interface SearchCliOptions extends CommonOptions, SubjectOptions, WhereOptions {
  k?: number
  mode?: string
  exact?: boolean
  ef?: number
  minSimilarity?: number
  group?: 'recording'
  perRecording?: number
}

/** `coro search` */
export async function search(options: SearchCliOptions): Promise<void> {
  const { config, output } = commandContext(options)
  const { k, ef, minSimilarity, group, perRecording } = options
  const everything = minSimilarity !== undefined && group === undefined
  if (everything && (ef !== undefined || (options.mode ?? 'exact') === 'hnsw')) {
    throw usage('--min-similarity compares everything: it goes without --ef and --mode hnsw')
  }
  if (perRecording !== undefined && group === undefined) throw usage('--per-recording goes with --group recording')
  const subject = await readSubject(options)
  const where = whereFields(options)
  await using client = await openClient(config, subject.roles)
  if (everything) {
    const fields = { ...where, minSimilarity, ...defined({ limit: k }) }
    await printMatches(output, subject.lines(client, '/v1/matches', fields))
    return
  }
  const fields = {
    ...where,
    k: k ?? 10,
    mode: options.exact === true ? 'exact' : (options.mode ?? 'auto'),
    ...defined({ ef, group, perRecording, minSimilarity }),
  }
  const answer = await subject.post<SearchAnswer>(client, '/v1/search', fields)
  output.result(answer, () => printSearch(output, answer))
}

function defined<T extends Record<string, unknown>>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}
