import { createVariantStream, defaultFrontEnd, gateRateHz } from './front-end.js'
import { type FrontEndSettings, frontEndOf } from './front-end-settings.js'
import { defaultGateParameters, type GateParameters } from './gate/gate-parameters.js'
import type { Engine } from './kernel/load-kernel.js'
import type { AudioWarning, ChannelChoice } from './read/audio-reader.js'
import { openAudio } from './read/open-audio.js'
import { readNoiseProfile } from './noise-profile.js'
import { pumpSamples, type PumpOptions } from './read/pump-samples.js'
import { openWavWriter } from './write/wav-writer.js'

export interface DenoiseFileOptions extends PumpOptions, Omit<FrontEndSettings, 'gateMode'> {
  mode?: GateParameters['mode']
  /** Default: 32000. */
  rateHz?: number
  /** Write float32 instead of 16-bit PCM. */
  float?: boolean
  /** Default: those of noisereduce. `mode` above wins. */
  gate?: GateParameters
  channel?: ChannelChoice
  /** A recording of noise, for the statistics of the stationary mode. Default: the input's own beginning. */
  noisePath?: string
  /** Default: the SIMD kernel wherever it runs. */
  engine?: Engine
}

export interface DenoisedFile {
  durationS: number
  /** Written, at rateHz. */
  samples: number
  warnings: AudioWarning[]
}

/**
 * Denoise a recording into a mono WAV file, in constant memory; nothing is padded. The output is removed on failure.
 * Errors: as openAudio, AUDIO_BAD_PARAMETER, AUDIO_IO, AUDIO_ABORTED.
 */
export async function denoiseFile(
  input: string,
  output: string,
  options: DenoiseFileOptions = {},
): Promise<DenoisedFile> {
  const base = options.gate ?? defaultGateParameters
  const sampleRateHz = options.rateHz ?? defaultFrontEnd.sampleRateHz
  const frontEnd = { ...frontEndOf(options), sampleRateHz, gate: { ...base, mode: options.mode ?? base.mode } }
  await using reader = await openAudio(input, options.channel === undefined ? {} : { channel: options.channel })
  const { header } = reader
  const rateHz = header.sampleRateHz
  const noise =
    options.noisePath === undefined
      ? undefined
      : await readNoiseProfile(options.noisePath, gateRateHz(frontEnd, rateHz))
  const stream = createVariantStream(frontEnd, 'denoised', rateHz, options.engine, noise)
  const writer = openWavWriter(output, {
    sampleRateHz,
    float: options.float === true,
    expectedSamples: Math.ceil((header.durationS ?? 0) * sampleRateHz),
  })
  try {
    const frames = await pumpSamples(reader, (block) => stream.push(block, writer.write), options)
    stream.flush(writer.write)
    writer.finish()
    return { durationS: frames / header.sampleRateHz, samples: writer.samples, warnings: reader.warnings }
  } catch (error) {
    writer.abandon()
    throw error
  }
}
