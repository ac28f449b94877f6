/** Things that end together, the last begun first. Node 20 has no AsyncDisposableStack. */
export interface Disposables extends AsyncDisposable {
  use<T extends AsyncDisposable | Disposable>(resource: T): T
}

export function createDisposables(): Disposables {
  const resources: (AsyncDisposable | Disposable)[] = []
  return {
    use(resource) {
      resources.push(resource)
      return resource
    },
    async [Symbol.asyncDispose]() {
      const failures: unknown[] = []
      for (const resource of resources.splice(0).reverse()) {
        try {
          if (Symbol.asyncDispose in resource) await resource[Symbol.asyncDispose]()
          else resource[Symbol.dispose]()
        } catch (error) {
          failures.push(error)
        }
      }
      if (failures.length > 0) throw new AggregateError(failures, 'not everything ended cleanly')
    },
  }
}
