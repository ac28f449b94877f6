import { CoroError } from '@coro/shared/errors'

/** A file that a command was to write and cannot. */
export function unwritable(path: string, cause: Error): CoroError {
  return new CoroError('OUTPUT_UNWRITABLE', `${path} cannot be written: ${cause.message}`, {
    disposition: 'reject',
    cause,
  })
}
