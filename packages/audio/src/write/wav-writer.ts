import { closeSync, fstatSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { AudioError } from '../audio-error.js'
import { quantizeInt16 } from './quantize.js'
import { wavDataOffsetBytes, wavHeader } from './wav-header.js'

export interface WavWriterOptions {
  sampleRateHz: number
  /** Default: 16-bit PCM. */
  float?: boolean
  /** Samples to come, as far as known: beyond 4 GiB the header gets room for 64-bit sizes. */
  expectedSamples?: number
}

/** A mono WAV file being written, synchronously. */
export interface WavWriter {
  /** Where the samples begin in the file. */
  readonly dataOffsetBytes: number
  /** Samples written so far. */
  readonly samples: number
  /** Largest magnitude written, 1 = full scale. */
  readonly peak: number
  write: (block: Float32Array) => void
  /** `count` samples of silence. */
  writeSilence(count: number): void
  /** Put the sizes into the header and close. */
  finish(): void
  /** Close and remove the file (a device stays). May follow `finish`: then it does nothing. */
  abandon(): void
}

const bufferSamples = 32768

/** Begin a mono WAV file; one of the same name is replaced. Errors: AUDIO_UNWRITABLE, here and in every write. */
export function openWavWriter(path: string, options: WavWriterOptions): WavWriter {
  const bytesPerSample = options.float === true ? 4 : 2
  const wide = (options.expectedSamples ?? 0) * bytesPerSample > 0xfffff000
  const shape = { sampleRateHz: options.sampleRateHz, bytesPerSample, wide } as const
  const dataOffsetBytes = wavDataOffsetBytes(wide)
  const pcm = new Int16Array(bytesPerSample === 2 ? bufferSamples : 0)
  const float = new Float32Array(bytesPerSample === 4 ? bufferSamples : 0)
  const bytes = Buffer.from(bytesPerSample === 2 ? pcm.buffer : float.buffer)
  const descriptor = inOut(path, () => openSync(path, 'w'))
  let open = true
  let filled = 0
  let samples = 0
  let peak = 0

  function put(content: Buffer, position: number): void {
    inOut(path, () => {
      for (let done = 0; done < content.length;) {
        done += writeSync(descriptor, content, done, content.length - done, position + done)
      }
    })
  }

  function drain(): void {
    put(bytes.subarray(0, filled * bytesPerSample), dataOffsetBytes + (samples - filled) * bytesPerSample)
    filled = 0
  }

  function write(block: Float32Array): void {
    for (let at = 0; at < block.length;) {
      const part = block.subarray(at, at + bufferSamples - filled)
      if (bytesPerSample === 2) peak = Math.max(peak, quantizeInt16(part, pcm, filled) / 32768)
      else {
        float.set(part, filled)
        for (const value of part) peak = Math.max(peak, Math.abs(value))
      }
      filled += part.length
      samples += part.length
      at += part.length
      if (filled === bufferSamples) drain()
    }
  }

  put(wavHeader({ ...shape, dataBytes: 0 }), 0)
  return {
    dataOffsetBytes,
    get samples() {
      return samples
    },
    get peak() {
      return peak
    },
    write,
    writeSilence(count) {
      const silence = new Float32Array(Math.min(count, bufferSamples))
      for (let left = count; left > 0; left -= silence.length) write(silence.subarray(0, left))
    },
    finish() {
      drain()
      put(wavHeader({ ...shape, dataBytes: samples * bytesPerSample }), 0)
      open = false
      inOut(path, () => closeSync(descriptor))
    },
    abandon() {
      if (!open) return
      open = false
      const isDevice = !fstatSync(descriptor).isFile()
      closeSync(descriptor)
      if (!isDevice) unlinkSync(path)
    },
  }
}

function inOut<T>(path: string, action: () => T): T {
  try {
    return action()
  } catch (cause) {
    throw new AudioError('AUDIO_UNWRITABLE', `${path} cannot be written: ${(cause as Error).message}`, { cause })
  }
}
