/**
 * Where a recording's prepared audio lies in the store: 32 kHz mono 16-bit WAV, a 44-byte header, one file a variant.
 * The front end's identity is part of the key, so another front end never overwrites it.
 */
export function preparedPrefix(frontEndIdentity: string, recordingId: number): string {
  return `prepared/${frontEndIdentity.slice(0, 12)}/${String(recordingId % 1000).padStart(3, '0')}/${recordingId}`
}

export function preparedKey(prefix: string, variant: 'raw' | 'denoised'): string {
  return `${prefix}/${variant}.wav`
}

/** Where a searcher's clip waits for the embed worker. */
export const clipPrefix = 'queries/'

/** Bytes before the samples of a prepared WAV (RF64 has more: see the reader's header parser). */
export const wavHeaderBytes = 44
