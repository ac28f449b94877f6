import { civilAsUtcMs } from './civil-time.js'
import type { ClaimSource, TimeClaim } from './recorder-metadata.js'

/** `object`: the stored object's own time; `config`: set by the deployment, elsewhere; `none`: nothing is known. */
export type TimeSource = ClaimSource | 'object' | 'config' | 'none'

export interface ResolvedStart {
  startedAt: Date | null
  /** Minutes east of UTC at the recorder; null = unknown (then startedAt reads its clock as UTC, or is the object's). */
  utcOffsetMin: number | null
  timeSource: TimeSource
  /** 0..1. */
  confidence: number
}

export interface ResolveStartOptions {
  /** IANA name of the deployment's time zone. Errors: RangeError for one that does not exist. */
  timeZone?: string
  /** When the object was stored: after the recording's end, so only the last resort. */
  objectTime?: Date
}

/** A local time whose zone nobody states is worth less: whole sites have been shifted by hours this way. */
const unzonedFactor = 0.4
const objectConfidence = 0.1

/**
 * Decide when a recording began. Claims that state their offset come first, then by confidence. A claim without offset
 * is local time in the deployment's zone where that is known, otherwise read as UTC with low confidence.
 */
export function resolveStart(claims: TimeClaim[], options: ResolveStartOptions = {}): ResolvedStart {
  const best = claims
    .map((claim) => ({ claim, confidence: worth(claim, options) }))
    .reduce<{ claim: TimeClaim; confidence: number } | null>(
      (best, next) => (best === null || next.confidence > best.confidence ? next : best),
      null,
    )
  if (best !== null) return resolveClaim(best.claim, best.confidence, options)
  if (options.objectTime !== undefined) {
    return { startedAt: options.objectTime, utcOffsetMin: null, timeSource: 'object', confidence: objectConfidence }
  }
  return { startedAt: null, utcOffsetMin: null, timeSource: 'none', confidence: 0 }
}

function worth(claim: TimeClaim, options: ResolveStartOptions): number {
  return claim.utcOffsetMin !== null || options.timeZone !== undefined
    ? claim.confidence
    : claim.confidence * unzonedFactor
}

/** The instant that one claim means. */
export function resolveClaim(claim: TimeClaim, confidence: number, options: ResolveStartOptions): ResolvedStart {
  const localMs = civilAsUtcMs(claim.local)
  let utcOffsetMin = claim.utcOffsetMin
  if (utcOffsetMin === null && options.timeZone !== undefined) {
    utcOffsetMin = zoneOffsetMin(localMs, options.timeZone)
  }
  const startedAt = new Date(localMs - (utcOffsetMin ?? 0) * 60_000)
  return { startedAt, utcOffsetMin, timeSource: claim.source, confidence }
}

/**
 * Minutes east of UTC that hold in a zone at a local time (given as if it were UTC, in ms). A local time that exists
 * twice means the earlier instant; one that was skipped is read with the offset before the jump, as Temporal's
 * 'compatible' does (proposal-temporal, ambiguity).
 */
export function zoneOffsetMin(localMs: number, timeZone: string): number {
  const dayMs = 86_400_000
  const before = offsetAtInstantMin(localMs - dayMs, timeZone)
  const after = offsetAtInstantMin(localMs + dayMs, timeZone)
  // The earlier instant has the larger offset, and that is the one before, when clocks go back.
  for (const offset of before === after ? [before] : [Math.max(before, after), Math.min(before, after)]) {
    if (offsetAtInstantMin(localMs - offset * 60_000, timeZone) === offset) return offset
  }
  return before
}

const formatters = new Map<string, Intl.DateTimeFormat>()

function offsetAtInstantMin(instantMs: number, timeZone: string): number {
  let format = formatters.get(timeZone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formatters.set(timeZone, format)
  }
  const field: Partial<Record<string, number>> = {}
  for (const part of format.formatToParts(instantMs)) field[part.type] = Number(part.value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = field
  const local = Date.UTC(year, month - 1, day, hour, minute, second)
  return Math.round((local - Math.floor(instantMs / 1000) * 1000) / 60_000)
}
