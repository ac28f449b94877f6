/** Lets work in together, except a suspect, which has the process to itself. */
export interface SoloGate {
  /** Wait to be let in; dispose to leave. `alone`: wait until all others have left, and keep new ones out meanwhile. */
  enter(alone: boolean, signal?: AbortSignal): Promise<Disposable>
}

interface Waiting {
  alone: boolean
  letIn: () => void
}

/**
 * First come, first in, so that neither suspects nor others wait for ever: whoever comes after a waiting suspect waits
 * behind it.
 */
export function createSoloGate(): SoloGate {
  let inside = 0
  let solo = false
  const queue: Waiting[] = []

  function letInNext(): void {
    for (let next = queue[0]; next && !solo && (!next.alone || inside === 0); next = queue[0]) {
      queue.shift()
      inside++
      solo = next.alone
      next.letIn()
    }
  }

  const pass = (): Disposable => {
    let left = false
    return {
      [Symbol.dispose]() {
        if (left) return
        left = true
        inside--
        solo = false
        letInNext()
      },
    }
  }

  return {
    async enter(alone, signal) {
      signal?.throwIfAborted()
      await new Promise<void>((resolve, reject) => {
        const entry: Waiting = { alone, letIn: resolve }
        queue.push(entry)
        signal?.addEventListener('abort', () => {
          const at = queue.indexOf(entry)
          if (at === -1) return
          queue.splice(at, 1)
          letInNext()
          reject(signal.reason as Error)
        })
        letInNext()
      })
      return pass()
    },
  }
}
