import {
  lastRecordingId,
  openMissingAccounts,
  recordingsToPrepareAnew,
  recordingsToReembed,
  type IdRange,
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

/** Walks through all recordings again and again, for each stage by itself, resting `pauseS` between two rounds. */
export function createBackgroundFill(pauseS: number): BackgroundFill {
  const [toPrepare, toEmbed] = [createWalk(pauseS), createWalk(pauseS)]
  return async (platform, { inFlight, free }) => {
    const { pool } = platform.database
    const anew = await toPrepare(platform, free.prepare, (range, limit) =>
      recordingsToPrepareAnew(pool, range, { limit, inFlight: inFlight.prepare }),
    )
    await addPrepare(platform, anew, 'reembed')
    const again = await toEmbed(platform, free.embed, async (range, limit) => {
      await openMissingAccounts(pool, range)
      return recordingsToReembed(pool, range, { limit, inFlight: inFlight.embed })
    })
    await addEmbed(platform, again, 'reembed')
    return anew.length + again.length
  }
}

type Find = (range: IdRange, limit: number) => Promise<number[]>

function createWalk(pauseS: number): (platform: Platform, places: number, find: Find) => Promise<number[]> {
  let to: number | null = null
  let restUntil = -Infinity
  return async ({ database }, places, find) => {
    // Without a place nothing is looked at, and nothing is walked past.
    if (places <= 0) return []
    if (to === null) {
      if (performance.now() < restUntil) return []
      to = await lastRecordingId(database.pool)
    }
    const range = { after: to - idsPerLook, to }
    const found = await find(range, places)
    // Where it found as many as there were places for, there may be more in this range.
    if (found.length < places) {
      to = range.after > 0 ? range.after : null
      if (to === null) restUntil = performance.now() + pauseS * 1000
    }
    return found
  }
}
