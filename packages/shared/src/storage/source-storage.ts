import type { SourceStorage, Storage } from './store.js'

const writing = new Set<string>(['put', 'putFile', 'delete', 'stagingDir', 'cleanStaging'] satisfies (keyof Storage)[])

/**
 * A source as Coro may use it: without what writes or deletes, not by type alone. Recordings are never Coro's to change.
 */
export function readOnly(storage: Storage): SourceStorage {
  const reading = Object.entries(storage).filter(([name]) => !writing.has(name))
  return Object.fromEntries(reading) as unknown as SourceStorage
}
