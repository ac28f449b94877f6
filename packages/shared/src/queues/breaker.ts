import { holdS as usualHoldS } from './backoff.js'

/** What a stage that has stopped taking jobs tells. */
export interface Held {
  failures: number
  code: string
  message: string
  untilMs: number
}

/**
 * Stops a stage from taking jobs while what all of them need is away, instead of letting every job find that out by
 * itself: closed (all goes), open (nothing is taken for a growing time), then one job probes, and its end decides.
 */
export interface Breaker extends Disposable {
  readonly held: Held | null
  /** A job met surroundings that are at fault. Resolves to how long nothing is taken, milliseconds. */
  failed(code: string, message: string): number
  /** A job got through. */
  passed(): void
}

export interface BreakerParts {
  /** How long nothing is taken, seconds, by the number of failures in a row. */
  holdS?: (failures: number) => number

  /** Take no more jobs; those in hand go on. */
  stop: () => void
  /** Take jobs again, one at a time (a probe) or as many as usual. */
  go: (oneAtATime: boolean) => void
  /** Told of every change; null = all is well again. */
  onChange: (held: Held | null) => void
}

export function createBreaker({ holdS = usualHoldS, stop, go, onChange }: BreakerParts): Breaker {
  let held: Held | null = null
  let open = false
  let timer: NodeJS.Timeout | null = null
  return {
    get held() {
      return held
    },
    failed(code, message) {
      // Jobs that were in hand when it opened fail too: they are the same outage, not further ones.
      if (open && held) return Math.max(0, held.untilMs - Date.now())
      const failures = (held?.failures ?? 0) + 1
      const waitMs = Math.round(holdS(failures) * 1000)
      held = { failures, code, message, untilMs: Date.now() + waitMs }
      open = true
      stop()
      onChange(held)
      timer = setTimeout(() => {
        open = false
        go(true)
      }, waitMs)
      timer.unref()
      return waitMs
    },
    passed() {
      // A job that was begun before the outage says nothing about its end.
      if (held === null || open) return
      held = null
      go(false)
      onChange(null)
    },
    [Symbol.dispose]() {
      if (timer) clearTimeout(timer)
    },
  }
}
