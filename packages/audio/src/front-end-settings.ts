import type { BandPass } from './filter/band-pass.js'
import { defaultFrontEnd, type FrontEnd, type GateOrder } from './front-end.js'
import type { GateParameters } from './gate/gate-parameters.js'
import { resamplerId, scipyResamplerId } from './resample/resampler.js'

/** The choices that a person has; what is left out stays as in the default front end. */
export interface FrontEndSettings {
  gateMode?: GateParameters['mode'] | undefined
  gateOrder?: GateOrder | undefined
  /** Null = the whole band. */
  bandPass?: BandPass | null | undefined
  resampler?: ResamplerName | undefined
}

export const resamplerNames = { kaiser: resamplerId, scipy: scipyResamplerId } as const
export type ResamplerName = keyof typeof resamplerNames

/** The front end that settings describe. Choosing a default by name gives the front end without the choice. */
export function frontEndOf({ gateMode, gateOrder, bandPass, resampler = 'kaiser' }: FrontEndSettings): FrontEnd {
  return {
    ...defaultFrontEnd,
    resampler: resamplerNames[resampler],
    gate: { ...defaultFrontEnd.gate, mode: gateMode ?? defaultFrontEnd.gate.mode },
    ...(gateOrder === 'after' ? { gateOrder } : {}),
    ...(bandPass ? { bandPass } : {}),
  }
}
