import type { SourceStorage, Storage } from './store.js'

/**
 * A source as Coro may use it: without what writes or deletes, not by type alone. Recordings are never Coro's to change.
 */
export function readOnly(storage: Storage): SourceStorage {
  const { putFile: _putFile, put: _put, delete: _delete, stagingDir: _dir, cleanStaging: _clean, ...reading } = storage
  return reading
}
