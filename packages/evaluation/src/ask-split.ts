import { type StoredRow, StoredSubset } from '@coro/shared/database/evaluation'
import type { Database } from '@coro/shared/database/open'
import type { Space } from '@coro/shared/database/spaces'
import { mean, type Scores, ScoreSum } from './scores.js'
import type { EvaluationWindow, Roles } from './split.js'

/** Neighbours asked for: recall is judged over ten, the measure over the first five of them. */
const k = 10
/** HNSW's candidate list: that of Coro's searches. */
const efSearch = 100
const warmUp = 20

/** One split of a space's windows. */
export interface Split {
  space: Space
  roles: Roles
  vectors: Map<number, Float32Array>
  windows: EvaluationWindow[]
  groupOf: Map<number, string>
}

export interface SplitAnswers {
  exact: { scores: Scores; ms: number[] }
  hnsw: { scores: Scores; ms: number[] }
  ceiling: number
}

export const withRole = ({ windows, roles }: Split, role: 'query' | 'stored'): EvaluationWindow[] =>
  windows.filter(({ segmentId }) => roles.get(segmentId) === role)

/** Numbers for groups, for the table of stored windows. */
export function groupNumbers(windows: EvaluationWindow[]): Map<string, number> {
  const numbers = new Map<string, number>()
  for (const { group } of windows) if (!numbers.has(group)) numbers.set(group, numbers.size)
  return numbers
}

export function storedRows(split: Split): StoredRow[] {
  const numbers = groupNumbers(split.windows)
  return withRole(split, 'stored').map(({ segmentId, group }) => ({ segmentId, group: numbers.get(group)! }))
}

/** Every query of one split, by comparing all and by the index. */
export async function askSplit(
  database: Database,
  split: Split,
  recalls: number[],
  progress: () => void,
): Promise<SplitAnswers> {
  const queries = withRole(split, 'query')
  const storedPerGroup = new Map<string, number>()
  for (const { group } of withRole(split, 'stored')) storedPerGroup.set(group, (storedPerGroup.get(group) ?? 0) + 1)
  await using stored = await StoredSubset.create(database, split.space, storedRows(split), true)
  const relevant = (query: EvaluationWindow, ids: number[]): boolean[] =>
    ids.map((id) => split.groupOf.get(id) === query.group)
  async function pass(ask: (embedding: Float32Array) => ReturnType<StoredSubset['exact']>, done: () => void) {
    for (const query of queries.slice(0, warmUp)) {
      const vector = split.vectors.get(query.segmentId)
      if (vector) await ask(vector)
    }
    const sum = new ScoreSum()
    const ms: number[] = []
    const found = new Map<number, number[]>()
    for (const query of queries) {
      const vector = split.vectors.get(query.segmentId)
      const answer = vector ? await ask(vector) : null
      if (answer) {
        ms.push(answer.ms)
        found.set(query.segmentId, answer.segmentIds)
      }
      sum.add(relevant(query, answer?.segmentIds ?? []))
      done()
    }
    return { scores: sum.means(), ms, found }
  }
  const exact = await pass((vector) => stored.exact(vector, k), progress)
  const hnsw = await stored.withIndex(efSearch, () =>
    pass(
      (vector) => stored.hnsw(vector, k),
      () => undefined,
    ),
  )
  for (const [id, truth] of exact.found) {
    const inIndex = new Set(hnsw.found.get(id))
    if (truth.length > 0) recalls.push(truth.filter((segment) => inIndex.has(segment)).length / truth.length)
  }
  const ceiling = mean(queries.map(({ group }) => Math.min(5, storedPerGroup.get(group) ?? 0) / 5))
  return { exact, hnsw, ceiling }
}
