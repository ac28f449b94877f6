import type { ClockCorrection, CorrectionRule, RecordingScope } from './clock-corrections.js'

/** When a recording began, and how that is known. */
export interface Start {
  startedAt: Date
  /** Minutes east of UTC at the recorder; null = not known. */
  utcOffsetMin: number | null
  timeSource: string
  timeConfidence: number
}

/** What decides which corrections apply to a recording. */
export interface ClaimedRecording {
  sourceId: number
  key: string
  siteId: number | null
  recorderId: number | null
  /** As the recording itself claims it, and as its place's zone settled it when it was taken in. */
  claimed: Start
  /** `claims` of the recording's metadata. */
  claims: unknown
}

/**
 * Read a recording's claims again in a zone. Null where none of them can be read: the start stays as it was.
 * (audio's settleInZone; the database package knows no recorders.)
 */
export type SettleInZone = (claims: unknown, timeZone: string) => Start | null

const dayMs = 86_400_000

/**
 * The start of a recording under the corrections that are in effect, oldest first, and which of them were used. The
 * newest zone that covers it settles local time, then the newest clock correction that covers it is added: one each, so
 * that a better measurement replaces an earlier one instead of adding to it.
 */
export function correctedStart(
  recording: ClaimedRecording,
  corrections: ClockCorrection[],
  settle: SettleInZone,
): { start: Start; used: number[] } {
  const covering = corrections.filter((correction) => covers(correction, recording))
  const zone = covering.findLast(({ timeZone }) => timeZone !== null)
  const settled = zone?.timeZone ? settle(recording.claims, zone.timeZone) : null
  const used = zone && settled ? [zone.id] : []
  const start = settled ?? recording.claimed
  const clock = covering.findLast(({ timeZone }) => timeZone === null)
  if (!clock) return { start, used }
  const addedMs = correctionS(clock, start.startedAt) * 1000
  return {
    start: { ...start, startedAt: new Date(Math.round(start.startedAt.getTime() + addedMs)) },
    used: [...used, clock.id],
  }
}

/** Seconds that a clock correction adds to a start at `at`. */
export function correctionS({ offsetS, driftSPerDay, referenceAt }: CorrectionRule, at: Date): number {
  const days = referenceAt === null ? 0 : (at.getTime() - referenceAt.getTime()) / dayMs
  return (offsetS ?? 0) + (driftSPerDay ?? 0) * days
}

/** Whether a recording lies in a scope. Bounds are compared with what the recording claims, whatever was corrected. */
export function covers(
  scope: RecordingScope,
  { sourceId, key, siteId, recorderId, claimed }: ClaimedRecording,
): boolean {
  return (
    (scope.sourceId === null || scope.sourceId === sourceId) &&
    (scope.prefix === null || key.startsWith(scope.prefix)) &&
    (scope.siteId === null || scope.siteId === siteId) &&
    (scope.recorderId === null || scope.recorderId === recorderId) &&
    (scope.fromAt === null || claimed.startedAt >= scope.fromAt) &&
    (scope.toAt === null || claimed.startedAt < scope.toAt)
  )
}
