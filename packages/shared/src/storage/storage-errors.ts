import { CoroError } from '../errors.js'

/** STORAGE_CHANGED: the object is not that version any more; a sweep will find the new one. */
export const changed = (url: string, key: string): CoroError =>
  new CoroError('STORAGE_CHANGED', `${url}/${key} has changed since it was listed`, { disposition: 'wait' })

/** STORAGE_GONE: there is no such object (any more). */
export const gone = (url: string, key: string, cause?: unknown): CoroError =>
  new CoroError('STORAGE_GONE', `${url}/${key} is not there (any more)`, { disposition: 'retry', cause })

/** STORAGE_DENIED: permission or credentials; a person has to look. */
export const denied = (url: string, key: string, cause: unknown): CoroError =>
  new CoroError('STORAGE_DENIED', `${url}/${key} may not be read or written: ${messageOf(cause)}`, {
    disposition: 'wait',
    cause,
  })

/** STORAGE_UNAVAILABLE: the storage does not answer, throttles, or its disk is full. */
export const unavailable = (url: string, cause: unknown): CoroError =>
  new CoroError('STORAGE_UNAVAILABLE', `${url} does not answer as it should: ${messageOf(cause)}`, {
    disposition: 'wait',
    cause,
  })

/** STAGING_FULL: objects are fetched into a folder whose disk is full; nothing is wrong with the storage. */
export const noRoom = (folder: string, cause: unknown): CoroError =>
  new CoroError('STAGING_FULL', `There is no room in ${folder}, which objects are fetched into: ${messageOf(cause)}`, {
    disposition: 'wait',
    cause,
  })

/** Whether a disk or a quota is full. */
export const isFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException | null)?.code ?? '')

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error)
}
