import { defaultGateParameters, type GateParameters } from '@coro/audio/gate/gate-parameters'
import { denoiseFile } from '@coro/audio/denoise-file'
import type { BandPass } from '@coro/audio/filter/band-pass'
import type { GateOrder } from '@coro/audio/front-end'
import type { ResamplerName } from '@coro/audio/front-end-settings'
import { channelOfSetting } from '@coro/audio/read/channel-setting'
import { createOutput } from '../print/output.js'
import { createProgress } from '../print/progress.js'
import type { CommonOptions } from '../command-context.js'

interface DenoiseOptions extends CommonOptions {
  mode: 'stationary' | 'non-stationary' | 'off'
  rate: number
  float?: boolean
  noise?: string
  nStd?: number
  propDecrease?: number
  freqSmooth?: number
  timeSmooth?: number
  timeConstant?: number
  threshold?: number
  slope?: number
  channel: string
  bandPass?: BandPass
  gateOrder: GateOrder
  resampler: ResamplerName
}

/** `coro denoise IN OUT`: packages/audio alone, no database, no queue. */
export async function denoise(input: string, out: string, options: DenoiseOptions): Promise<void> {
  const output = createOutput(options.json === true)
  using progress = createProgress(output, 'denoise')
  const began = performance.now()
  const result = await denoiseFile(input, out, {
    mode: options.mode,
    rateHz: options.rate,
    float: options.float === true,
    gate: gateOf(options),
    ...(options.noise === undefined ? {} : { noisePath: options.noise }),
    channel: channelOfSetting(options.channel),
    bandPass: options.bandPass,
    gateOrder: options.gateOrder,
    resampler: options.resampler,
    onProgress: ({ frames, totalFrames }) =>
      progress.update(Math.round((frames / (totalFrames ?? frames)) * 100), 100, '%'),
  }).catch((error: unknown) => {
    if (error instanceof Error && !error.message.startsWith(out)) error.message = `${input}: ${error.message}`
    throw error
  })
  const seconds = (performance.now() - began) / 1000
  const answer = { input, output: out, ...result, seconds: Math.round(seconds * 1000) / 1000 }
  output.result(answer, () => {
    const speed = (result.durationS / seconds).toFixed(0)
    output.say(`${out}: ${result.durationS.toFixed(1)} s at ${options.rate} Hz, ${speed}x real time`)
    for (const { code, message } of result.warnings) output.say(`  ${code}: ${message}`)
  })
}

/** The parameters that were given, noisereduce's defaults for the others. */
function gateOf(options: DenoiseOptions): GateParameters {
  const base = defaultGateParameters
  return {
    ...base,
    nStd: options.nStd ?? base.nStd,
    propDecrease: options.propDecrease ?? base.propDecrease,
    freqSmoothHz: options.freqSmooth ?? base.freqSmoothHz,
    timeSmoothMs: options.timeSmooth ?? base.timeSmoothMs,
    timeConstantS: options.timeConstant ?? base.timeConstantS,
    threshNMult: options.threshold ?? base.threshNMult,
    sigmoidSlope: options.slope ?? base.sigmoidSlope,
  }
}
