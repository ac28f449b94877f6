/** Retrieval scores of one split: means over its queries. */
export interface Scores {
  /** Share of queries whose nearest window is of the same recording. */
  top1: number
  /** Share of queries with one among the nearest five. */
  top5: number
  /** Share of the nearest five that are of the same recording (P@5). */
  p5: number
}

/** Collects queries' answers: whether the first, second, ... of the nearest is relevant. */
export class ScoreSum {
  #queries = 0
  #top1 = 0
  #top5 = 0
  #p5 = 0

  /** relevant: of the nearest, best first; fewer than five, as for a silent query, count as not relevant. */
  add(relevant: boolean[]): void {
    const five = relevant.slice(0, 5)
    const hits = five.filter(Boolean).length
    this.#queries += 1
    this.#top1 += five[0] === true ? 1 : 0
    this.#top5 += hits > 0 ? 1 : 0
    this.#p5 += hits / 5
  }

  get queries(): number {
    return this.#queries
  }

  /** NaN without a query. */
  means(): Scores {
    return { top1: this.#top1 / this.#queries, top5: this.#top5 / this.#queries, p5: this.#p5 / this.#queries }
  }
}

export const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Sample standard deviation (n - 1); 0 of fewer than two. */
export function standardDeviation(values: number[]): number {
  if (values.length < 2) return 0
  const centre = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1))
}

/** Mean of scores over splits. */
export function meanScores(splits: Scores[]): Scores {
  return {
    top1: mean(splits.map(({ top1 }) => top1)),
    top5: mean(splits.map(({ top5 }) => top5)),
    p5: mean(splits.map(({ p5 }) => p5)),
  }
}
