import { randomUUID } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { LocalFile, ObjectInfo, SourceStorage } from '@coro/shared/storage/store'

/** Headers stand at the beginning; GUANO, ID3 and a Song Meter's notes may stand behind the samples. */
const headBytes = 1024 * 1024
const tailBytes = 128 * 1024

/**
 * A local file that has an object's size, its first and its last bytes, and zeros (a hole) between: enough for every check
 * that decodes nothing. A folder's own file comes as it is. Errors: the storage's.
 */
export async function headerFile(storage: SourceStorage, object: ObjectInfo, stagingDir: string): Promise<LocalFile> {
  const { key, version, sizeBytes } = object
  if (storage.url.startsWith('file:') || sizeBytes <= headBytes + tailBytes) return storage.localFile(key, version)
  const head = await storage.readRange(key, 0, headBytes)
  const tail = await storage.readRange(key, sizeBytes - tailBytes, tailBytes)
  const path = join(stagingDir, randomUUID())
  const remove = () => rm(path, { force: true })
  try {
    const file = await open(path, 'w')
    try {
      await file.truncate(sizeBytes)
      await file.write(head, 0, head.length, 0)
      await file.write(tail, 0, tail.length, sizeBytes - tailBytes)
    } finally {
      await file.close()
    }
  } catch (error) {
    await remove()
    throw error
  }
  return { path, [Symbol.asyncDispose]: remove }
}
