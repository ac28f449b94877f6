import type { Dirent, Stats } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { compareKeys } from './key-order.js'
import { garbled, hidden, isGarbled, type OnPassedOver, unreadableEntry, unreadableFolder } from './passed-over.js'
import { unavailable } from './storage-errors.js'

/** An entry of a folder; the key of a folder ends with `/`. */
export interface FolderEntry {
  entry: Dirent
  key: string
}

export interface WalkOptions {
  /** Only keys that begin with it. */
  prefix: string
  /** Only keys behind it. */
  after: string
  onPassedOver: OnPassedOver
}

/** Keys below a folder, ascending by key: a folder sorts as its name with `/`, as object stores list. */
export async function* walkFolder(root: string, options: WalkOptions, folder = ''): AsyncGenerator<FolderEntry> {
  const { prefix, after } = options
  // On the way to the prefix and to the key behind which it begins, other listings tell what they pass over.
  const onPassedOver: OnPassedOver = (passed) => {
    const isWithin = passed.key.startsWith(prefix) || (passed.isOpaque && prefix.startsWith(passed.key))
    if (isWithin && compareKeys(passed.key, after) > 0) options.onPassedOver(passed)
  }
  for (const found of await entriesOf(root, folder, onPassedOver)) {
    const { entry, key } = found
    if (entry.isDirectory()) {
      const within = key.startsWith(prefix) || prefix.startsWith(key)
      if (within && (compareKeys(after, key) < 0 || after.startsWith(key))) yield* walkFolder(root, options, key)
    } else if (compareKeys(key, after) > 0 && key.startsWith(prefix)) yield found
  }
}

/**
 * What is in a folder (empty: the root itself), by key; nothing where it has gone meanwhile. Hidden names are passed over,
 * and so is a folder that cannot be read: a disk's lost+found is root's alone. Throws STORAGE_UNAVAILABLE for the root.
 */
export async function entriesOf(root: string, folder: string, onPassedOver: OnPassedOver): Promise<FolderEntry[]> {
  const base = folder === '' ? '' : `${folder.split(sep).join('/').replace(/\/+$/, '')}/`
  let entries: Dirent[]
  try {
    entries = await readdir(join(root, ...base.split('/')), { withFileTypes: true })
  } catch (error) {
    if (base === '') throw unavailable(root, error)
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR') onPassedOver(unreadableFolder(base, error as Error))
    else if (isGarbled(base)) onPassedOver(garbled(base))
    return []
  }
  const found = entries.map((entry) => ({ entry, key: base + entry.name + (entry.isDirectory() ? '/' : '') }))
  for (const { entry, key } of found) if (entry.name.startsWith('.')) onPassedOver(hidden(key))
  return found.filter(({ entry }) => !entry.name.startsWith('.')).sort((a, b) => compareKeys(a.key, b.key))
}

/** The facts of an entry that is a file, or a link to one; null where there is none, or it was passed over. */
export async function statOfEntry(
  root: string,
  { entry, key }: FolderEntry,
  onPassedOver: OnPassedOver,
): Promise<Stats | null> {
  if (entry.isDirectory()) return null
  const path = join(root, ...key.split('/'))
  let found: Stats
  try {
    found = await stat(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR') onPassedOver(unreadableEntry(key, error as Error))
    else if (isGarbled(key)) onPassedOver(garbled(key))
    else if (entry.isSymbolicLink() && (await isThere(path))) {
      onPassedOver({ key, code: 'LINK_BROKEN', message: 'this link leads to nothing', isOpaque: false })
    }
    return null
  }
  if (found.isFile()) return found
  const isFolder = found.isDirectory()
  onPassedOver({
    key: isFolder ? `${key}/` : key,
    code: isFolder ? 'LINK_TO_FOLDER' : 'NOT_A_FILE',
    message: isFolder ? 'this is a link to a folder, and such links are not followed' : 'this is a device or a pipe',
    isOpaque: false,
  })
  return null
}

/** Whether the link itself is still there, so that it did not just go. */
const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )
