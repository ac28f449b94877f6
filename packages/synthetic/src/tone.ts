import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { amplitudeOfDb } from './noise.js'
import { encodeWav16, type RiffChunk } from './wav.js'

export interface ToneOptions {
  readonly seconds: number
  /** Default 32000. */
  readonly sampleRateHz?: number
  /** Default 1000. */
  readonly frequencyHz?: number
  /** Peak in dBFS, default -12. */
  readonly levelDb?: number
}

/** A steady sine. Returns mono [seconds * sampleRateHz]. */
export function makeTone(options: ToneOptions): Float32Array {
  const { seconds, sampleRateHz = 32000, frequencyHz = 1000, levelDb = -12 } = options
  const amplitude = amplitudeOfDb(levelDb)
  const omega = (2 * Math.PI * frequencyHz) / sampleRateHz
  return Float32Array.from({ length: Math.round(seconds * sampleRateHz) }, (_, i) => amplitude * Math.sin(omega * i))
}

/** Write a mono 16-bit WAV file of a steady sine, with its folders; an existing file is replaced. */
export async function writeToneWav(
  path: string,
  options: ToneOptions & { readonly chunks?: readonly RiffChunk[] },
): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, encodeWav16(makeTone(options), options.sampleRateHz ?? 32000, options.chunks))
}
