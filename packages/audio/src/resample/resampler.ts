import { AudioError } from '../audio-error.js'
import { chainStreams, type SampleStream } from '../sample-stream.js'
import type { Engine } from '../kernel/load-kernel.js'
import { planDecimation, planResampling, resampledLength, type ResampleStagePlan } from './resample-plan.js'
import { createResampleStage } from './resample-stage.js'
import { planScipy, planScipyDecimation } from './scipy-plan.js'

/** Names and versions of the filters: part of a front end's identity. Change one with every change of its output. */
export const resamplerId = 'kaiser-polyphase-1'
/** Equal to scipy.signal.resample_poly; passes more near the Nyquist frequency, and aliases there. */
export const scipyResamplerId = 'scipy-resample-poly-1'
export type ResamplerId = typeof resamplerId | typeof scipyResamplerId

export interface ResamplerOptions {
  engine?: Engine | undefined
  /** Default: kaiser-polyphase-1. */
  resampler?: ResamplerId | undefined
}

/**
 * Resample as a stream without delay: output n lies at time n / toHz, ceil(n toHz / fromHz) samples come out. Flat within
 * 0.1 dB to 0.875 of the lower Nyquist frequency, aliases below -75 dB (kaiser-polyphase-1). Equal rates pass through
 * untouched. Errors: AUDIO_BAD_PARAMETER.
 */
export function createResampler(fromHz: number, toHz: number, options: ResamplerOptions = {}): SampleStream {
  return limitLength(createDividedResampler(fromHz, 1, toHz, options), fromHz, toHz)
}

/** The resampler for a signal whose rate is fromHz / fromDivisor; it may come out a sample too long (see limitLength). */
export function createDividedResampler(
  fromHz: number,
  fromDivisor: number,
  toHz: number,
  { engine, resampler }: ResamplerOptions = {},
): SampleStream {
  const plan = isScipy(resampler) ? planScipy : planResampling
  return stagesOf(plan(fromHz, toHz, fromDivisor), engine)
}

/** Keep every factor-th sample behind a low-pass; factor 1 passes through. */
export function createDecimator(
  fromHz: number,
  factor: number,
  { engine, resampler }: ResamplerOptions = {},
): SampleStream {
  const plan = isScipy(resampler) ? planScipyDecimation : planDecimation
  return stagesOf(plan(fromHz, factor), engine)
}

function stagesOf(plans: ResampleStagePlan[], engine: Engine | undefined): SampleStream {
  return chainStreams(plans.map((plan) => createResampleStage(plan, engine)))
}

/** Errors: AUDIO_BAD_PARAMETER for a name that this version does not know. */
function isScipy(resampler: ResamplerId = resamplerId): boolean {
  if (resampler === resamplerId || resampler === scipyResamplerId) return resampler === scipyResamplerId
  throw new AudioError('AUDIO_BAD_PARAMETER', `this version has no resampler ${String(resampler)}`)
}

/** Each stage of a chain rounds its length up: cut the whole to ceil(n toHz / fromHz). */
export function limitLength(chain: SampleStream, fromHz: number, toHz: number): SampleStream {
  let received = 0
  let emitted = 0
  return {
    push(block, emit) {
      received += block.length
      chain.push(block, (next) => {
        emitted += next.length
        emit(next)
      })
    },
    flush(emit) {
      const limit = resampledLength(received, fromHz, toHz)
      chain.flush((next) => {
        const count = Math.min(next.length, limit - emitted)
        emitted += count
        if (count > 0) emit(next.subarray(0, count))
      })
    },
  }
}
