import type { KnownFile } from '@coro/shared/database/known-files'
import type { LookedAt } from './look-at-file.js'

/** A folder most of whose known files are other files now. */
export interface CardSwap {
  folder: string
  /** Files of it that are known. */
  known: number
  /** Those that have changed: each would supersede the recording that is there. */
  changed: number
  /** Of the changed files that were looked at: those that are certainly another recording (size, start or serial). */
  otherRecordings: number
  example: string
}

interface Folder {
  known: number
  changed: number
  others: number
  example: string
}

/** A single file that was written again is no swap. */
const leastChanged = 2

/** Notices where a card was copied over another one's files: the same names, and other recordings behind them. */
export function createSwapWatch() {
  const folders = new Map<string, Folder>()
  const folderOf = (key: string): Folder => {
    const name = key.slice(0, key.lastIndexOf('/') + 1)
    const folder = folders.get(name) ?? { known: 0, changed: 0, others: 0, example: '' }
    folders.set(name, folder)
    return folder
  }
  return {
    /** A file that is known, and whether it has another version now. */
    known(key: string, changed: boolean) {
      const folder = folderOf(key)
      folder.known += 1
      if (changed) folder.changed += 1
    },
    /** What a changed file holds now, beside what is known of it. */
    compared(before: KnownFile, now: LookedAt) {
      if (!isOther(before, now)) return
      const folder = folderOf(before.key)
      folder.others += 1
      folder.example ||= before.key
    },
    /** Folders of which more than half would be superseded. */
    swaps(): CardSwap[] {
      return [...folders]
        .filter(([, { known, changed, others }]) => changed >= leastChanged && changed * 2 > known && others > 0)
        .map(([folder, { known, changed, others, example }]) => ({
          folder,
          known,
          changed,
          otherRecordings: others,
          example,
        }))
    },
  }
}

/** Another recording under the same name: a file that was only touched has its size, its start and its recorder still. */
function isOther(before: KnownFile, now: LookedAt): boolean {
  return (
    before.sizeBytes !== now.object.sizeBytes ||
    differ(before.clock, now.clock) ||
    differ(before.recorderId, now.recorderId)
  )
}

const differ = (a: string | null, b: string | null): boolean => a !== null && b !== null && a !== b
