import { createHash } from 'node:crypto'

/** The short name of a front end, by the identity of its denoised variant, which says all of it: 12 hex digits. */
export function frontEndIdOf(identity: string): string {
  return createHash('sha256').update(identity).digest('hex').slice(0, 12)
}

/**
 * Where a recording's prepared audio lies in the store: 32 kHz mono 16-bit WAV, one file a variant.
 * The front end's id is part of the key, so another front end never overwrites it.
 */
export function preparedPrefix(frontEndId: string, recordingId: number): string {
  return `prepared/${frontEndId}/${String(recordingId % 1000).padStart(3, '0')}/${recordingId}`
}

export function preparedKey(prefix: string, variant: 'raw' | 'denoised'): string {
  return `${prefix}/${variant}.wav`
}

/** Where a searcher's clip waits for the embed worker. */
export const clipPrefix = 'queries/'
