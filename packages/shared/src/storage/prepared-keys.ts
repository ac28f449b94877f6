import { createHash } from 'node:crypto'

/**
 * Where a recording's prepared audio lies in the store: 32 kHz mono 16-bit WAV, one file a variant.
 * The front end's identity is part of the key, so another front end never overwrites it.
 */
export function preparedPrefix(frontEndIdentity: string, recordingId: number): string {
  const identity = createHash('sha256').update(frontEndIdentity).digest('hex').slice(0, 12)
  return `prepared/${identity}/${String(recordingId % 1000).padStart(3, '0')}/${recordingId}`
}

export function preparedKey(prefix: string, variant: 'raw' | 'denoised'): string {
  return `${prefix}/${variant}.wav`
}

/** Where a searcher's clip waits for the embed worker. */
export const clipPrefix = 'queries/'
