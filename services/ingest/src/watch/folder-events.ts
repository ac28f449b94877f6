import { watch, type FSWatcher } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from '@coro/shared/log/logger'
import { looksLikeAudio } from '@coro/shared/storage/audio-keys'

export interface FolderListener {
  /** Something happened to the file of this key. */
  onKey(key: string): void
  /** Something happened that no key tells: look everywhere. */
  onFolder(): void
}

/**
 * Tell soon after anything changes below a folder, by key where the system says which file it was. Only a hint: where
 * the system cannot watch (network folders, too many of them) the sweeps alone find everything, a little later.
 */
export function watchFolder(url: string, listener: FolderListener, log: Logger): Disposable {
  const root = fileURLToPath(url)
  let watcher: FSWatcher | null = null
  const onEvent = (_: string, path: string | null) => {
    if (path === null) listener.onFolder()
    else if (path.split(sep).some((part) => part.startsWith('.'))) return
    else if (looksLikeAudio(path)) listener.onKey(path.split(sep).join('/'))
    else {
      // A folder came or went, and what is in it is told by nobody.
      stat(join(root, path)).then(
        (found) => {
          if (found.isDirectory()) listener.onFolder()
        },
        () => listener.onFolder(),
      )
    }
  }
  try {
    watcher = watch(root, { recursive: true, persistent: false }, onEvent)
    watcher.on('error', (error) => {
      log.warn({ url, err: error }, 'folder events stopped; sweeps go on')
      watcher?.close()
    })
  } catch (error) {
    log.warn({ url, err: error }, 'no folder events; sweeps alone')
  }
  return {
    [Symbol.dispose]() {
      watcher?.close()
    },
  }
}
