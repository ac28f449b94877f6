import { renameSync, statSync, type Stats } from 'node:fs'
import { AudioError } from './audio-error.js'
import { createVariantStream, defaultFrontEnd, gateRateHz } from './front-end.js'
import { type FrontEndSettings, frontEndOf } from './front-end-settings.js'
import { defaultGateParameters, type GateParameters } from './gate/gate-parameters.js'
import type { Engine } from './kernel/load-kernel.js'
import type { AudioWarning, ChannelChoice } from './read/audio-reader.js'
import { openAudio } from './read/open-audio.js'
import { type NoiseProfile, readNoiseProfile } from './noise-profile.js'
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
 * Denoise a recording into a mono WAV file, in constant memory; nothing is padded. The output appears when it is complete;
 * on failure what stood there before stays. Errors: as openAudio, AUDIO_BAD_PARAMETER (also where the output is the
 * recording itself), AUDIO_IO, AUDIO_UNWRITABLE, AUDIO_ABORTED.
 */
export async function denoiseFile(
  input: string,
  output: string,
  options: DenoiseFileOptions = {},
): Promise<DenoisedFile> {
  const base = options.gate ?? defaultGateParameters
  const sampleRateHz = options.rateHz ?? defaultFrontEnd.sampleRateHz
  const frontEnd = { ...frontEndOf(options), sampleRateHz, gate: { ...base, mode: options.mode ?? base.mode } }
  if (options.noisePath !== undefined && frontEnd.gate.mode !== 'stationary') {
    throw new AudioError('AUDIO_BAD_PARAMETER', 'noise is for the stationary mode: the others learn from the recording')
  }
  await using reader = await openAudio(input, options.channel === undefined ? {} : { channel: options.channel })
  const { header } = reader
  const rateHz = header.sampleRateHz
  const noise =
    options.noisePath === undefined ? undefined : await readNoise(options.noisePath, gateRateHz(frontEnd, rateHz))
  const stream = createVariantStream(frontEnd, 'denoised', rateHz, options.engine, noise)
  const target = outputOf(output, [input, options.noisePath])
  const writer = openWavWriter(target.writePath, {
    sampleRateHz,
    float: options.float === true,
    expectedSamples: Math.ceil((header.durationS ?? 0) * sampleRateHz),
  })
  try {
    const frames = await pumpSamples(reader, (block) => stream.push(block, writer.write), options)
    stream.flush(writer.write)
    writer.finish()
    target.complete()
    return { durationS: frames / header.sampleRateHz, samples: writer.samples, warnings: reader.warnings }
  } catch (error) {
    writer.abandon()
    throw error
  }
}

/** readNoiseProfile, whose errors name the file. */
async function readNoise(path: string, rateHz: number): Promise<NoiseProfile> {
  try {
    return await readNoiseProfile(path, rateHz)
  } catch (error) {
    if (error instanceof AudioError) error.message = `noise ${path}: ${error.message}`
    throw error
  }
}

/**
 * Where to write so that a file of the name exists only when it is complete. Devices are written to as they are.
 * Errors: AUDIO_BAD_PARAMETER where the output is one of the files that are read, AUDIO_UNWRITABLE.
 */
function outputOf(output: string, inputs: (string | undefined)[]): { writePath: string; complete(): void } {
  const there = statOf(output)
  for (const input of inputs) {
    const read = input === undefined ? undefined : statOf(input)
    if (there !== undefined && read?.dev === there.dev && read.ino === there.ino) {
      throw new AudioError('AUDIO_BAD_PARAMETER', `${output} is what is read: recordings are never overwritten`)
    }
  }
  if (there !== undefined && !there.isFile()) return { writePath: output, complete: () => undefined }
  const writePath = `${output}.part`
  return {
    writePath,
    complete() {
      try {
        renameSync(writePath, output)
      } catch (cause) {
        throw new AudioError('AUDIO_UNWRITABLE', `${output} cannot be written: ${writePath} holds the result`, {
          cause,
        })
      }
    },
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}
