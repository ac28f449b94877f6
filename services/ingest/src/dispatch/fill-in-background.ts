import {
  lastRecordingId,
  openMissingAccounts,
  recordingsToPrepareAnew,
  recordingsToReembed,
} from '@coro/shared/database/background'
import type { Platform } from '@coro/shared/process/platform'
import { addEmbed, addPrepare, type ToppedUp } from './top-up.js'

/** Ids that one look covers: a few milliseconds on any number of recordings. */
const idsPerLook = 5000

export interface BackgroundFill {
  /**
   * Give places that the backlog leaves free to recordings that are searchable already: what new spaces lack. Looks at one
   * range of ids, the newest first, and at the next one the next time. Resolves to how many recordings it gave out.
   */
  (platform: Platform, left: Pick<ToppedUp, 'inFlight' | 'free'>): Promise<number>
}

/** Walks through all recordings again and again, resting `pauseS` between two rounds. */
export function createBackgroundFill(pauseS: number): BackgroundFill {
  let to: number | null = null
  let restUntil = -Infinity
  return async (platform, { inFlight, free }) => {
    const { pool } = platform.database
    if (free.prepare <= 0 && free.embed <= 0) return 0
    if (to === null) {
      if (performance.now() < restUntil) return 0
      to = await lastRecordingId(pool)
    }
    const range = { after: to - idsPerLook, to }
    await openMissingAccounts(pool, range)
    const anew = await take(free.prepare, (limit) =>
      recordingsToPrepareAnew(pool, range, { limit, inFlight: inFlight.prepare }),
    )
    await addPrepare(platform, anew, 'reembed')
    const again = await take(free.embed, (limit) =>
      recordingsToReembed(pool, range, { limit, inFlight: inFlight.embed }),
    )
    await addEmbed(platform, again, 'reembed')
    // Where it found as many as there were places for, there may be more in this range.
    if (anew.length < Math.max(1, free.prepare) && again.length < Math.max(1, free.embed)) {
      to = range.after > 0 ? range.after : null
      if (to === null) restUntil = performance.now() + pauseS * 1000
    }
    return anew.length + again.length
  }
}

const take = (places: number, find: (limit: number) => Promise<number[]>): Promise<number[]> =>
  places > 0 ? find(places) : Promise.resolve([])
