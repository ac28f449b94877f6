/** Something to do has come up in this process: whoever gives out work looks at once instead of at its next turn. */
export interface Wake {
  call(): void
  /** Hear of it until disposed of. */
  on(listener: () => void): Disposable
}

export function createWake(): Wake {
  const listeners = new Set<() => void>()
  return {
    call() {
      for (const listener of listeners) listener()
    },
    on(listener) {
      listeners.add(listener)
      return {
        [Symbol.dispose]() {
          listeners.delete(listener)
        },
      }
    },
  }
}
