/** Seconds until the second attempt, by what went wrong, where it is not the usual. */
const firstS: Record<string, number> = {
  // Listed, and not there: a storage that is not consistent at once, or a file that is being replaced.
  STORAGE_GONE: 15,
  STORAGE_CHANGED: 15,
  // Memory is the usual cause: what else ran may have ended by then.
  THREAD_DIED: 10,
  // A broken network or configuration does not mend by itself.
  SPACE_NONE: 5,
}
const usualFirstS = 2
const longestS = 600

/**
 * How long to wait before the next attempt, seconds: doubled with each one, at most 10 minutes, and spread by half to
 * both sides so that what failed together does not come back together. failures: from 1.
 */
export function backoffS(code: string, failures: number, random: () => number = Math.random): number {
  const wait = Math.min(longestS, (firstS[code] ?? usualFirstS) * 2 ** Math.min(30, failures - 1))
  return wait * (0.5 + random())
}

/**
 * How long a stage or a source is left alone after its surroundings failed, seconds: 1, 2, 4 ... up to 60, spread by a
 * fifth. failures: in a row, from 1.
 */
export function holdS(failures: number, random: () => number = Math.random): number {
  return Math.min(60, 2 ** Math.min(30, failures - 1) * (0.8 + 0.4 * random()))
}
