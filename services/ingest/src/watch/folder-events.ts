import { watch, type FSWatcher } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Logger } from '@coro/shared/log/logger'

/**
 * Call `onEvent` soon after anything changes below a folder. Only a hint: where the system cannot watch (network
 * folders, too many of them) the sweeps alone find everything, a little later.
 */
export function watchFolder(url: string, onEvent: () => void, log: Logger): Disposable {
  let watcher: FSWatcher | null = null
  try {
    watcher = watch(fileURLToPath(url), { recursive: true, persistent: false }, onEvent)
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
