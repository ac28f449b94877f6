import { createGateStream } from './gate/gate-stream.js'
import { defaultGateParameters, gateDecimation, type GateParameters } from './gate/gate-parameters.js'
import type { Engine } from './kernel/load-kernel.js'
import { noiseAtRate, type NoiseProfile } from './noise-profile.js'
import {
  createDecimator,
  createDividedResampler,
  createResampler,
  limitLength,
  resamplerId,
} from './resample/resampler.js'
import { chainStreams, type SampleStream } from './sample-stream.js'

/** What is embedded: the sound as it is, or behind the noise gate. */
export type Variant = 'raw' | 'denoised'

/** Everything that decides which numbers a window holds: plain JSON, part of an embedding space's identity. */
export interface FrontEnd {
  /** Changes with every change of behaviour that no other field shows. */
  version: number
  sampleRateHz: number
  windowS: number
  hopS: number
  resampler: string
  /** Applied at the recording's own rate, before resampling. Of no effect on the variant raw. */
  gate: GateParameters
}

export const defaultFrontEnd: FrontEnd = {
  version: 2,
  sampleRateHz: 32_000,
  windowS: 5,
  hopS: 5,
  resampler: resamplerId,
  gate: defaultGateParameters,
}

/** The part of a front end that a variant depends on, as JSON with sorted keys: equal text, equal samples. */
export function frontEndIdentity(frontEnd: FrontEnd, variant: Variant): string {
  const { gate, ...common } = frontEnd
  return canonicalJson(variant === 'raw' ? { variant, ...common } : { variant, ...common, gate })
}

/**
 * The front end of one variant as a stream: mono at the recording's rate in, mono at frontEnd.sampleRateHz out,
 * ceil(n rate / sampleRateHz) samples. denoised: gate at the recording's rate (above 256 kHz: decimated by the smallest
 * whole factor first), then resampled. engine: default the SIMD
 * kernel wherever it runs; results agree within -120 dB, so it is no part of the identity. noise: where the stationary
 * gate takes its statistics from; without, from the beginning of what is pushed. Errors: AUDIO_BAD_PARAMETER.
 */
export function createVariantStream(
  frontEnd: FrontEnd,
  variant: Variant,
  recordingRateHz: number,
  engine?: Engine,
  noise?: NoiseProfile,
): SampleStream {
  if (variant === 'raw') return createResampler(recordingRateHz, frontEnd.sampleRateHz, engine)
  const factor = frontEnd.gate.mode === 'off' ? 1 : gateDecimation(recordingRateHz)
  const gateRateHz = recordingRateHz / factor
  const profile = noise === undefined ? undefined : noiseAtRate(noise, gateRateHz, engine)
  const stages = [
    createDecimator(recordingRateHz, factor, engine),
    createGateStream(frontEnd.gate, gateRateHz, { engine, ...(profile === undefined ? {} : { noise: profile }) }),
    createDividedResampler(recordingRateHz, factor, frontEnd.sampleRateHz, engine),
  ]
  return limitLength(chainStreams(stages), recordingRateHz, frontEnd.sampleRateHz)
}

function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(',')}}`
}
