import { StoredSubset } from '@coro/shared/database/evaluation'
import type { Database } from '@coro/shared/database/open'
import { groupNumbers, type Split, storedRows, withRole } from './ask-split.js'
import { mean, ScoreSum } from './scores.js'
import type { EvaluationWindow } from './split.js'

export interface OtherRecordings {
  top1: number
  p5: number
  /** Share of the windows that could have been found that bear the label: what drawing lots would score. */
  chance: number
  /** Per split. */
  queries: number
}

/** Labelled queries among windows of other recordings alone: does it find the sound, or the recording? */
export async function askOthers(
  database: Database,
  split: Split,
  labels: Map<string, Set<string>>,
): Promise<OtherRecordings> {
  const numbers = groupNumbers(split.windows)
  const withVector = withRole(split, 'stored').filter(({ segmentId }) => split.vectors.has(segmentId))
  const byId = new Map(withVector.map((window) => [window.segmentId, window]))
  const shares = (a: EvaluationWindow, b: EvaluationWindow): boolean => {
    const theirs = labels.get(b.key)
    return [...(labels.get(a.key) ?? [])].some((label) => theirs?.has(label) === true)
  }
  await using stored = await StoredSubset.create(database, split.space, storedRows(split), false)
  const sum = new ScoreSum()
  const chances: number[] = []
  for (const query of withRole(split, 'query')) {
    if (!labels.has(query.key)) continue
    const candidates = withVector.filter(({ group }) => group !== query.group)
    const right = candidates.filter((window) => shares(query, window)).length
    // Nobody else bears the label: there is nothing to find.
    if (right === 0) continue
    chances.push(right / candidates.length)
    const vector = split.vectors.get(query.segmentId)
    const answer = vector ? await stored.exactOutside(vector, 5, numbers.get(query.group)!) : null
    sum.add((answer?.segmentIds ?? []).map((id) => shares(query, byId.get(id)!)))
  }
  const { top1, p5 } = sum.means()
  return { top1, p5, chance: mean(chances), queries: sum.queries }
}

/** Mean over the splits in which there was something to find; null where there was in none. */
export function meanOthers(splits: OtherRecordings[]): OtherRecordings | null {
  const heard = splits.filter(({ queries }) => queries > 0)
  if (heard.length === 0) return null
  const of = (field: keyof OtherRecordings) => mean(heard.map((split) => split[field]))
  return {
    top1: of('top1'),
    p5: of('p5'),
    chance: of('chance'),
    queries: Math.round(mean(splits.map((s) => s.queries))),
  }
}
