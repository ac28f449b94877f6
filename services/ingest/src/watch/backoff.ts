/** Longest pause after a source did not answer. */
const longestMs = 5 * 60_000

/**
 * How long to leave a source in peace that did not answer or throttles: 1 s after the first failure, twice as long after
 * each more, 5 minutes at most, and from half of that on at random, so that many watchers do not come back at once.
 * Source: "equal jitter", Marc Brooker, Exponential Backoff And Jitter, AWS Architecture Blog, 2015.
 */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const whole = Math.min(longestMs, 1000 * 2 ** (failures - 1))
  return whole / 2 + (whole / 2) * random()
}
