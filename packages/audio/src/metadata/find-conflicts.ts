import { civilAsUtcMs } from './civil-time.js'
import type { MetadataConflict, TimeClaim } from './recorder-metadata.js'
import { resolveClaim } from './resolve-start.js'

/** Headers are written a moment after the name was chosen, and round differently. */
const toleranceS = 2

/**
 * Claims that differ by more than 2 s from the most trusted one (the first, in the order in which sources are read), as
 * instants; a claim without an offset is local time in `timeZone`, and where that is not known it agrees when its clock
 * shows the other's local time or UTC.
 */
export function findTimeConflicts(claims: TimeClaim[], timeZone?: string): MetadataConflict[] {
  const [first, ...others] = claims
  if (first === undefined) return []
  return others.flatMap((other) => {
    const differenceS = distanceS(first, other, timeZone)
    return differenceS > toleranceS ? [{ kind: 'time', between: [first.source, other.source], differenceS }] : []
  })
}

function distanceS(a: TimeClaim, b: TimeClaim, timeZone: string | undefined): number {
  const options = timeZone === undefined ? {} : { timeZone }
  const instants = [a, b].map((claim) => resolveClaim(claim, claim.confidence, options).startedAt!.getTime())
  const asInstants = Math.abs(instants[0]! - instants[1]!)
  const settled = timeZone !== undefined || (a.utcOffsetMin !== null && b.utcOffsetMin !== null)
  const asClocks = settled ? Infinity : Math.abs(civilAsUtcMs(a.local) - civilAsUtcMs(b.local))
  return Math.min(asInstants, asClocks) / 1000
}
