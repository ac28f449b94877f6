import { openAudio } from './read/open-audio.js'
import { chunkSamples } from './gate/gate-parameters.js'
import { createResampler, type ResamplerOptions } from './resample/resampler.js'

/** Sound to take the stationary gate's noise statistics from, instead of the beginning of what is gated. Mono. */
export interface NoiseProfile {
  samples: Float32Array
  sampleRateHz: number
}

/**
 * The beginning of a file as a noise profile: as much as the gate takes, 600000 samples at gateRateHz.
 * Errors: as openAudio; AUDIO_NO_SAMPLES never: an empty profile leaves the statistics to the sound itself.
 */
export async function readNoiseProfile(path: string, gateRateHz: number): Promise<NoiseProfile> {
  await using reader = await openAudio(path)
  const { sampleRateHz } = reader.header
  const samples = new Float32Array(Math.ceil((chunkSamples * sampleRateHz) / gateRateHz))
  let length = 0
  for await (const block of reader.samples()) {
    const part = block.subarray(0, samples.length - length)
    samples.set(part, length)
    length += part.length
    if (length === samples.length) break
  }
  return { samples: samples.subarray(0, length), sampleRateHz }
}

/** A profile's samples at the rate at which a gate works, the first 600000 of them. */
export function noiseAtRate(profile: NoiseProfile, rateHz: number, options: ResamplerOptions = {}): Float32Array {
  const { samples, sampleRateHz } = profile
  if (sampleRateHz === rateHz) return samples.subarray(0, chunkSamples)
  const wanted = Math.ceil((chunkSamples * sampleRateHz) / rateHz)
  const stretch = samples.subarray(0, wanted)
  const resampled = new Float32Array(Math.min(chunkSamples, Math.ceil((stretch.length * rateHz) / sampleRateHz)))
  const resampler = createResampler(sampleRateHz, rateHz, options)
  let at = 0
  const keep = (block: Float32Array): void => {
    const part = block.subarray(0, resampled.length - at)
    resampled.set(part, at)
    at += part.length
  }
  resampler.push(stretch, keep)
  resampler.flush(keep)
  return resampled.subarray(0, at)
}
