import type { AudioWarning } from '../audio-reader.js'
import { sampleLimiter } from '../limit-samples.js'
import { tellSamples } from '../tell-amount.js'
import type { ReadSource } from '../read-source.js'
import { pcmDecoder } from './decode-pcm.js'
import type { PcmFormat } from './pcm-format.js'

const blockFrames = 32768
const maxBlockBytes = 1 << 20

/**
 * Read `frames` frames of plain samples from `position` as mono blocks. Appends its warnings. Errors: AUDIO_NON_FINITE,
 * AUDIO_IO.
 */
export async function* readPcmSamples(
  source: ReadSource,
  format: PcmFormat,
  position: number,
  frames: number,
  warnings: AudioWarning[],
): AsyncGenerator<Float32Array> {
  const frameBytes = format.bytesPerSample * format.channels
  const perBlock = Math.max(1, Math.min(blockFrames, Math.floor(maxBlockBytes / frameBytes)))
  const bytes = Buffer.alloc(perBlock * frameBytes)
  const block = new Float32Array(perBlock)
  const decode = pcmDecoder(format, source.channel)
  const limiter = format.codec.startsWith('pcm_f') ? sampleLimiter(format.sampleRateHz) : null
  let done = 0
  while (done < frames) {
    const wanted = Math.min(perBlock, frames - done)
    const got = source.file.readInto(bytes.subarray(0, wanted * frameBytes), position + done * frameBytes)
    const count = Math.floor(got / frameBytes)
    decode(bytes, count, block)
    const part = block.subarray(0, count)
    limiter?.limit(part)
    if (count > 0) yield part
    done += count
    if (count < wanted) {
      warnings.push({
        code: 'AUDIO_TRUNCATED',
        message: `the file became shorter while it was read: ${tellSamples(done, format.sampleRateHz)} were read`,
      })
      break
    }
  }
  limiter?.finish(warnings)
}
