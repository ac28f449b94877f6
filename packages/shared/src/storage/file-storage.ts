import { createHash, randomUUID } from 'node:crypto'
import type { Stats } from 'node:fs'
import { copyFile, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { removeOlder } from './remove-older.js'
import { changed, denied, gone, unavailable } from './storage-errors.js'
import type { LocalFile, ObjectInfo, Storage } from './store.js'
import { entriesOf, statOfEntry, walkFolder } from './walk-folder.js'

const pageSize = 1000
const staging = '.staging'

/** A folder as source or store. Keys are paths below it with `/`. */
export function fileStorage(url: string): Storage {
  const root = fileURLToPath(url)
  const pathOf = (key: string) => join(root, ...key.split('/'))

  async function statOf(key: string): Promise<Stats | null> {
    try {
      const found = await stat(pathOf(key))
      return found.isFile() ? found : null
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return null
      throw translate(url, key, error)
    }
  }

  return {
    url,
    async *list({ prefix = '', after = '', signal, onPassedOver = () => {} } = {}) {
      let page: ObjectInfo[] = []
      for await (const entry of walkFolder(root, { prefix, after, onPassedOver })) {
        signal?.throwIfAborted()
        const found = await statOfEntry(root, entry, onPassedOver)
        if (!found) continue
        page.push(infoOf(entry.key, found))
        if (page.length === pageSize) {
          yield page
          page = []
        }
      }
      if (page.length > 0) yield page
    },
    async folder(prefix, { signal, onPassedOver = () => {} } = {}) {
      const objects: ObjectInfo[] = []
      const folders: string[] = []
      const entries = await entriesOf(root, prefix, onPassedOver)
      for (const { entry, key } of entries.slice(0, pageSize)) {
        signal?.throwIfAborted()
        if (entry.isDirectory()) folders.push(key)
        const found = await statOfEntry(root, { entry, key }, onPassedOver)
        if (found) objects.push(infoOf(key, found))
      }
      return { objects, folders, isComplete: entries.length <= pageSize }
    },
    async head(key) {
      const found = await statOf(key)
      return found && infoOf(key, found)
    },
    async localFile(key, version): Promise<LocalFile> {
      const found = await statOf(key)
      if (!found) throw gone(url, key)
      if (versionOf(found) !== version) throw changed(url, key)
      return { path: pathOf(key), [Symbol.asyncDispose]: () => Promise.resolve() }
    },
    async readRange(key, offset, length) {
      try {
        const file = await open(pathOf(key), 'r')
        try {
          // Memory of its own, not zeroed first: the caller may hand it on to a thread as it is.
          const bytes = Buffer.allocUnsafeSlow(length)
          const { bytesRead } = await file.read(bytes, 0, length, offset)
          return bytes.subarray(0, bytesRead)
        } finally {
          await file.close()
        }
      } catch (error) {
        throw translate(url, key, error)
      }
    },
    async putFile(key, path) {
      try {
        await mkdir(dirname(pathOf(key)), { recursive: true })
        await moveInto(path, pathOf(key))
      } catch (error) {
        throw translate(url, key, error)
      }
    },
    async put(key, bytes) {
      try {
        const temporary = join(await stagingDir(), randomUUID())
        await writeFile(temporary, bytes)
        await mkdir(dirname(pathOf(key)), { recursive: true })
        await rename(temporary, pathOf(key))
      } catch (error) {
        throw translate(url, key, error)
      }
    },
    async delete(key) {
      try {
        await rm(pathOf(key), { force: true })
      } catch (error) {
        throw translate(url, key, error)
      }
    },
    stagingDir,
    cleanStaging: async (olderThanMs) => removeOlder(await stagingDir(), olderThanMs),
    async check() {
      try {
        if (!(await stat(root)).isDirectory()) throw new Error('not a folder')
      } catch (error) {
        throw unavailable(url, error)
      }
    },
  }

  async function stagingDir(): Promise<string> {
    const directory = join(root, staging)
    await mkdir(directory, { recursive: true })
    return directory
  }
}

/** Rename, or copy where the file lies on another disk. */
async function moveInto(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    const beside = `${to}.${randomUUID()}`
    await copyFile(from, beside)
    await rename(beside, to)
    await rm(from, { force: true })
  }
}

const infoOf = (key: string, found: Stats): ObjectInfo => ({
  key,
  sizeBytes: found.size,
  version: versionOf(found),
  modifiedAt: found.mtime,
})

/** Size and modification time: what can be known without reading the bytes. */
function versionOf(found: Stats): string {
  return createHash('sha256').update(`${found.size}:${found.mtimeMs}`).digest('hex').slice(0, 32)
}

function translate(url: string, key: string, error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') return gone(url, key, error)
  if (code === 'EACCES' || code === 'EPERM') return denied(url, key, error)
  return unavailable(url, error)
}
