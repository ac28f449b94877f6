import { createVariantStream, type FrontEnd, type Variant } from './front-end.js'
import type { Engine } from './kernel/load-kernel.js'
import type { RecorderMetadata } from './metadata/recorder-metadata.js'
import type { AudioHeader, AudioWarning, ChannelChoice } from './read/audio-reader.js'
import { openAudio } from './read/open-audio.js'
import { pumpSamples, type ReadProgress } from './read/pump-samples.js'
import { resampledLength } from './resample/resample-plan.js'
import { planSegments, type SegmentPlan, windowSamples } from './window/plan-segments.js'
import { createPaddedSink } from './write/padded-sink.js'
import { openWavWriter } from './write/wav-writer.js'

export interface PrepareAudioOptions {
  path: string
  /** The recording's own name, which may carry its start; `path` may be a temporary one. */
  fileName: string
  /** Files to write, one per variant wanted. */
  outputs: Partial<Record<Variant, string>>
  frontEnd: FrontEnd
  /** Default: 'mix'. */
  channel?: ChannelChoice
  /** Default: the SIMD kernel wherever it runs. */
  engine?: Engine
  signal?: AbortSignal
  onProgress?: (progress: ReadProgress) => void
}

export interface PreparedAudio {
  header: AudioHeader
  metadata: RecorderMetadata
  warnings: AudioWarning[]
  /** Of what was decoded. */
  durationS: number
  /** Decoded samples per channel, at the recording's rate. */
  frames: number
  /** Samples at frontEnd.sampleRateHz, without the padding of a recording shorter than a window. */
  samples32k: number
  segments: SegmentPlan[]
  /** Largest magnitude in each file written, 0..1; null = not written. */
  peaks: Record<Variant, number | null>
  /** Where the samples begin in the files written: 44, or 80 in files beyond 4 GiB. */
  dataOffsetBytes: number
}

/**
 * The front end in one streaming pass and constant memory: decode, mix down, gate, resample, write. Each output is a
 * mono 16-bit WAV at frontEnd.sampleRateHz of all samples (the tail that fills no window too); a recording shorter than
 * a window is written centre-padded to one, so that segment i is always samples [i x hop, i x hop + window). Outputs are
 * removed on failure. Errors: as openAudio and createVariantStream, AUDIO_IO, AUDIO_UNWRITABLE, AUDIO_ABORTED.
 */
export async function prepareAudio(options: PrepareAudioOptions): Promise<PreparedAudio> {
  const { frontEnd, outputs } = options
  await using reader = await openAudio(options.path, {
    fileName: options.fileName,
    ...(options.channel === undefined ? {} : { channel: options.channel }),
  })
  const { header } = reader
  const expectedSamples = resampledLength(header.frames ?? 0, header.sampleRateHz, frontEnd.sampleRateHz)
  const window = windowSamples(frontEnd)
  const branches = (['raw', 'denoised'] as const).flatMap((variant) => {
    const path = outputs[variant]
    if (path === undefined) return []
    const stream = createVariantStream(frontEnd, variant, header.sampleRateHz, options.engine)
    const writer = openWavWriter(path, { sampleRateHz: frontEnd.sampleRateHz, expectedSamples })
    return [{ variant, stream, writer, sink: createPaddedSink(writer, window) }]
  })
  try {
    const frames = await pumpSamples(
      reader,
      (block) => {
        for (const { stream, sink } of branches) stream.push(block, sink.write)
      },
      options,
    )
    for (const { stream, sink } of branches) {
      stream.flush(sink.write)
      sink.finish()
    }
    const samples32k = resampledLength(frames, header.sampleRateHz, frontEnd.sampleRateHz)
    const peakOf = (variant: Variant): number | null =>
      branches.find((branch) => branch.variant === variant)?.writer.peak ?? null
    return {
      header,
      metadata: reader.metadata,
      warnings: reader.warnings,
      durationS: frames / header.sampleRateHz,
      frames,
      samples32k,
      segments: planSegments(samples32k, frontEnd),
      peaks: { raw: peakOf('raw'), denoised: peakOf('denoised') },
      dataOffsetBytes: branches[0]?.writer.dataOffsetBytes ?? 44,
    }
  } catch (error) {
    for (const { writer } of branches) writer.abandon()
    throw error
  }
}
