import { AudioError } from './audio-error.js'
import { type BandPass, createBandPass } from './filter/band-pass.js'
import { createGateStream } from './gate/gate-stream.js'
import { defaultGateParameters, gateDecimation, type GateParameters, maxGateRateHz } from './gate/gate-parameters.js'
import type { Engine } from './kernel/load-kernel.js'
import { noiseAtRate, type NoiseProfile } from './noise-profile.js'
import {
  createDecimator,
  createDividedResampler,
  createResampler,
  limitLength,
  type ResamplerId,
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
  resampler: ResamplerId
  /** Of no effect on the variant raw. */
  gate: GateParameters
  /** Whether the gate works at the recording's own rate (before resampling, default) or at sampleRateHz (after). */
  gateOrder?: GateOrder
  /** Applied last, at sampleRateHz, to both variants. Default: the whole band. */
  bandPass?: BandPass
}

export type GateOrder = 'before' | 'after'

export const defaultFrontEnd: FrontEnd = {
  version: 2,
  sampleRateHz: 32_000,
  windowS: 5,
  hopS: 5,
  resampler: resamplerId,
  gate: defaultGateParameters,
}

/**
 * The part of a front end that a variant depends on, as JSON with sorted keys: equal text, equal samples. A choice that
 * is left out and its default have the same text.
 */
export function frontEndIdentity(frontEnd: FrontEnd, variant: Variant): string {
  const { gate, gateOrder, ...common } = frontEnd
  const order = gateOrder === 'after' ? { gateOrder } : {}
  return canonicalJson(variant === 'raw' ? { variant, ...common } : { variant, ...common, gate, ...order })
}

/** The rate at which a front end's gate works. */
export function gateRateHz(frontEnd: FrontEnd, recordingRateHz: number): number {
  if (frontEnd.gateOrder === 'after') return frontEnd.sampleRateHz
  return recordingRateHz / (frontEnd.gate.mode === 'off' ? 1 : gateDecimation(recordingRateHz))
}

/**
 * The front end of one variant as a stream: mono at the recording's rate in, mono at frontEnd.sampleRateHz out,
 * ceil(n rate / sampleRateHz) samples. denoised: gate at the recording's rate (above 256 kHz: decimated by the smallest
 * whole factor first), then resampled; or, with gateOrder 'after', resampled and then gated. The band-pass comes last.
 * engine: default the SIMD kernel wherever it runs; results agree within -100 dB, below half a step of 16 bits, so it is no
 * part of the identity.
 * noise: where the stationary gate takes its statistics from; without, from the beginning of what is pushed.
 * Errors: AUDIO_BAD_PARAMETER.
 */
export function createVariantStream(
  frontEnd: FrontEnd,
  variant: Variant,
  recordingRateHz: number,
  engine?: Engine,
  noise?: NoiseProfile,
): SampleStream {
  const { sampleRateHz, bandPass } = frontEnd
  const wholeBand =
    variant === 'raw'
      ? createResampler(recordingRateHz, sampleRateHz, { engine, resampler: frontEnd.resampler })
      : createDenoisedStream(frontEnd, recordingRateHz, engine, noise)
  return bandPass === undefined ? wholeBand : chainStreams([wholeBand, createBandPass(bandPass, sampleRateHz)])
}

function createDenoisedStream(
  frontEnd: FrontEnd,
  recordingRateHz: number,
  engine: Engine | undefined,
  noise: NoiseProfile | undefined,
): SampleStream {
  const { gate, gateOrder = 'before', sampleRateHz, resampler } = frontEnd
  const options = { engine, resampler }
  const rateHz = gateRateHz(frontEnd, recordingRateHz)
  if (gate.mode !== 'off' && rateHz > maxGateRateHz) {
    throw new AudioError(
      'AUDIO_BAD_PARAMETER',
      `the gate cannot work after resampling to ${rateHz} Hz: it takes ${maxGateRateHz} Hz at most`,
    )
  }
  const profile = noise === undefined ? {} : { noise: noiseAtRate(noise, rateHz, options) }
  const gating = createGateStream(gate, rateHz, { engine, ...profile })
  if (gateOrder === 'after') return chainStreams([createResampler(recordingRateHz, sampleRateHz, options), gating])
  const factor = Math.round(recordingRateHz / rateHz)
  const stages = [
    createDecimator(recordingRateHz, factor, options),
    gating,
    createDividedResampler(recordingRateHz, factor, sampleRateHz, options),
  ]
  return limitLength(chainStreams(stages), recordingRateHz, sampleRateHz)
}

function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(',')}}`
}
