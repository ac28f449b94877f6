import { civilAsUtcMs } from './civil-time.js'
import type { TimeClaim } from './recorder-metadata.js'
import { resolveStart, type TimeSource } from './resolve-start.js'

/**
 * The start that a recording's claims (as its metadata keeps them) mean where the recorder stood in `timeZone` (null: nobody
 * knows where): as when it was taken in, with another zone. A claim that states its offset keeps its instant. Null without a claim that can be
 * read. timeZone: IANA name; RangeError for one that does not exist.
 */
export function settleInZone(
  claims: unknown,
  timeZone: string | null,
): { startedAt: Date; utcOffsetMin: number | null; timeSource: TimeSource; timeConfidence: number } | null {
  const { startedAt, confidence, ...rest } = resolveStart(claimsOf(claims), timeZone === null ? {} : { timeZone })
  return startedAt === null ? null : { startedAt, ...rest, timeConfidence: confidence }
}

/** Those claims of a recording's metadata that can be read. */
export const claimsOf = (claims: unknown): TimeClaim[] => (Array.isArray(claims) ? claims.filter(isClaim) : [])

function isClaim(value: unknown): value is TimeClaim {
  if (typeof value !== 'object' || value === null) return false
  const { source, local, utcOffsetMin, confidence } = value as Partial<Record<keyof TimeClaim, unknown>>
  return (
    typeof source === 'string' &&
    typeof local === 'string' &&
    !Number.isNaN(civilAsUtcMs(local)) &&
    (utcOffsetMin === null || typeof utcOffsetMin === 'number') &&
    typeof confidence === 'number'
  )
}
