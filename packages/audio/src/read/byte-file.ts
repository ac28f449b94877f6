import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { AudioError } from '../audio-error.js'

/** A file open for random reads. Synchronous: this package runs in worker threads. */
export interface ByteFile {
  readonly path: string
  readonly sizeBytes: number
  /** Fill `target` from `position`; returns the bytes read, fewer only at the end of the file. */
  readInto(target: Uint8Array, position: number): number
  /** At most `length` bytes from `position`, in memory of their own. */
  read(position: number, length: number): Buffer
  close(): void
}

/** Open a file for reading. Errors: AUDIO_IO, AUDIO_EMPTY. */
export function openByteFile(path: string): ByteFile {
  let descriptor: number
  let sizeBytes: number
  try {
    // A pipe without a writer would hold the process for ever. Windows has neither.
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (cause) {
    throw new AudioError('AUDIO_IO', 'the file cannot be opened: is it there, and may this user read it?', { cause })
  }
  try {
    const status = fstatSync(descriptor)
    if (!status.isFile()) throw new AudioError('AUDIO_IO', 'not a regular file: name a recording, not a folder')
    sizeBytes = status.size
    if (sizeBytes === 0) {
      throw new AudioError('AUDIO_EMPTY', 'the file has 0 bytes: the recorder never wrote it, or a copy was cut off')
    }
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
  let open = true
  const readInto = (target: Uint8Array, position: number): number => {
    let filled = 0
    while (filled < target.length) {
      const count = readOnce(descriptor, target, filled, position + filled)
      if (count === 0) break
      filled += count
    }
    return filled
  }
  return {
    path,
    sizeBytes,
    readInto,
    read(position, length) {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, sizeBytes - position)))
      return bytes.subarray(0, readInto(bytes, position))
    },
    close() {
      if (open) closeSync(descriptor)
      open = false
    },
  }
}

function readOnce(descriptor: number, target: Uint8Array, offset: number, position: number): number {
  try {
    return readSync(descriptor, target, offset, target.length - offset, position)
  } catch (cause) {
    throw new AudioError('AUDIO_IO', `the file cannot be read at byte ${position}: check the disk or the mount`, {
      cause,
    })
  }
}
