import { chainStreams, type SampleStream } from '../sample-stream.js'
import type { Engine } from '../kernel/load-kernel.js'
import { planDecimation, planResampling, resampledLength } from './resample-plan.js'
import { createResampleStage } from './resample-stage.js'

/** Name and version of the filter: part of a front end's identity. Change it with every change of its output. */
export const resamplerId = 'kaiser-polyphase-1'

/**
 * Resample as a stream without delay: output n lies at time n / toHz, ceil(n toHz / fromHz) samples come out. Flat within
 * 0.1 dB to 0.875 of the lower Nyquist frequency, aliases below -75 dB. Equal rates pass through untouched.
 * Errors: AUDIO_BAD_PARAMETER.
 */
export function createResampler(fromHz: number, toHz: number, engine?: Engine): SampleStream {
  const stages = planResampling(fromHz, toHz).map((plan) => createResampleStage(plan, engine))
  return limitLength(chainStreams(stages), fromHz, toHz)
}

/** The resampler for a signal whose rate is fromHz / fromDivisor; it may come out a sample too long (see limitLength). */
export function createDividedResampler(
  fromHz: number,
  fromDivisor: number,
  toHz: number,
  engine?: Engine,
): SampleStream {
  return chainStreams(planResampling(fromHz, toHz, fromDivisor).map((plan) => createResampleStage(plan, engine)))
}

/** Keep every factor-th sample behind a low-pass; factor 1 passes through. */
export function createDecimator(fromHz: number, factor: number, engine?: Engine): SampleStream {
  return chainStreams(planDecimation(fromHz, factor).map((plan) => createResampleStage(plan, engine)))
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
