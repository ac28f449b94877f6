/** Medians of rounds, and what two of them come to: machines are not quiet, so figures are taken in turns and compared. */
export interface Timing {
  /** Median of each round, ms. */
  rounds: number[]
}

export const median = (values: number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** One engine under test: asked with every query, in order; resolves to times in ms. */
export type Contender = { name: string; ask: () => Promise<number[]> }

/** Everyone once a round, in turns, behind a warm-up round that does not count. */
export async function takeTurns(contenders: Contender[], rounds: number): Promise<Map<string, Timing>> {
  const timings = new Map(contenders.map(({ name }) => [name, { rounds: [] as number[] }]))
  for (let round = -1; round < rounds; round += 1) {
    for (const { name, ask } of contenders) {
      const ms = median(await ask())
      if (round >= 0) timings.get(name)!.rounds.push(ms)
    }
  }
  return timings
}

/** Time of each call of `work`, ms. */
export async function timed<T>(items: T[], work: (item: T, index: number) => Promise<unknown>): Promise<number[]> {
  const ms: number[] = []
  for (const [index, item] of items.entries()) {
    const began = performance.now()
    await work(item, index)
    ms.push(performance.now() - began)
  }
  return ms
}

/** Ratio round by round: median, least and greatest. */
export function ratioOf(a: Timing, b: Timing): { median: number; least: number; greatest: number } {
  const ratios = a.rounds.map((value, i) => value / b.rounds[i]!)
  return { median: median(ratios), least: Math.min(...ratios), greatest: Math.max(...ratios) }
}

const digits = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value >= 0.2 ? value.toFixed(2) : value.toFixed(3)

/** `0.61 ms (0.58-0.70)` */
export const showTiming = ({ rounds }: Timing): string =>
  `${digits(median(rounds))} ms (${digits(Math.min(...rounds))}-${digits(Math.max(...rounds))})`

/** A ratio beside its bound: `5.1 (4.8-5.9), at most 6: within`. */
export function showRatio(name: string, a: Timing, b: Timing, most?: number): string {
  const { median, least, greatest } = ratioOf(a, b)
  const shown = `${name}: ${digits(median)} (${digits(least)}-${digits(greatest)})`
  return most === undefined ? shown : `${shown}, at most ${digits(most)}: ${median <= most ? 'within' : 'OVER'}`
}
