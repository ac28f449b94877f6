import { looksLikeAudio } from './audio-keys.js'

/** Why a listing passes something over. `HIDDEN` is by intent; the others are obstacles that a person may want to remove. */
export type PassedOverCode =
  | 'HIDDEN'
  | 'FOLDER_DENIED'
  | 'FILE_DENIED'
  | 'UNREADABLE'
  | 'LINK_BROKEN'
  | 'LINK_TO_FOLDER'
  | 'NAME_NOT_UTF8'
  | 'NAME_TOO_LONG'
  | 'NOT_A_FILE'

/** Something in a source that a listing does not give out. */
export interface PassedOver {
  /** A folder's ends with `/`. */
  key: string
  code: PassedOverCode
  /** A sentence without its end. */
  message: string
  /** What lies there cannot be seen: recordings known from there are not missed. */
  isOpaque: boolean
}

/** Bytes of a key that an index of Postgres takes beside the other columns: 2,704 in all. */
const longestKey = 2400

/** A key that no row can have; null where it is short enough. */
export const tooLongForRow = (key: string): PassedOver | null =>
  Buffer.byteLength(key) <= longestKey
    ? null
    : { key, code: 'NAME_TOO_LONG', message: `its path is longer than ${longestKey} bytes`, isOpaque: false }

/** Whether a person may want to remove it: not what is hidden, nor what is no recording by its name. */
export const isObstacle = ({ key, code }: PassedOver): boolean =>
  code !== 'HIDDEN' && (key.endsWith('/') || looksLikeAudio(key))

export type OnPassedOver = (passed: PassedOver) => void

export const hidden = (key: string): PassedOver => ({
  key,
  code: 'HIDDEN',
  message: 'its name begins with a dot',
  isOpaque: false,
})

const tooLong = (key: string): PassedOver => ({
  key,
  code: 'NAME_TOO_LONG',
  message: 'its path is longer than the system opens',
  isOpaque: true,
})

/** A folder that cannot be read: one of these must not keep Coro from the others. */
export function unreadableFolder(key: string, error: NodeJS.ErrnoException): PassedOver {
  if (error.code === 'ENAMETOOLONG') return tooLong(key)
  const denied = error.code === 'EACCES' || error.code === 'EPERM'
  return {
    key,
    code: denied ? 'FOLDER_DENIED' : 'UNREADABLE',
    message: denied ? "this folder may not be read by Coro's user" : `this folder cannot be read (${error.message})`,
    isOpaque: true,
  }
}

/** An entry whose facts (size, time) cannot be had. */
export function unreadableEntry(key: string, error: NodeJS.ErrnoException): PassedOver {
  switch (error.code) {
    case 'ENAMETOOLONG':
      return tooLong(key)
    case 'ELOOP':
      return { key, code: 'LINK_BROKEN', message: 'this link leads back to itself', isOpaque: false }
    case 'EACCES':
    case 'EPERM':
      return { key, code: 'FILE_DENIED', message: "this file may not be looked at by Coro's user", isOpaque: true }
    default:
      return { key, code: 'UNREADABLE', message: `this file cannot be looked at (${error.message})`, isOpaque: true }
  }
}

/** Characters that no name has by itself: what stands for bytes that are not UTF-8. */
export const isGarbled = (name: string): boolean => name.includes('\ufffd')

export const garbled = (key: string): PassedOver => ({
  key,
  code: 'NAME_NOT_UTF8',
  message: 'its name is not in UTF-8, so it cannot be opened by it',
  isOpaque: false,
})
