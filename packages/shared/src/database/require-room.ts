import { statfs } from 'node:fs/promises'
import { CoroError } from '../errors.js'

/**
 * What an embedded database is left: its log grows by pieces of 16 MiB, and what is in hand when it becomes tight is still to
 * be written.
 */
export const leastRoomBytes = 128 * 1024 * 1024

/** Throws DATABASE_FULL where the disk of a folder has less room than this. */
export async function requireRoomAt(directory: string, leastBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory)
  const left = bavail * bsize
  if (left >= leastBytes) return
  throw new CoroError(
    'DATABASE_FULL',
    `The disk of the database (${directory}) has ${Math.floor(left / 1e6)} MB left; nothing is taken up below ${Math.ceil(leastBytes / 1e6)} MB.`,
    { disposition: 'wait' },
  )
}
