import { CoroError } from '@coro/shared/errors'

/** A file that cannot be read as what it says it is. */
export function unreadable(
  code: 'PARQUET_INVALID' | 'NPY_INVALID' | 'CSV_INVALID',
  path: string,
  reason: string,
  cause?: unknown,
): CoroError {
  return new CoroError(code, `${path} cannot be read: ${reason}.`, { disposition: 'reject', cause })
}
