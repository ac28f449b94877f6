import { threadTask } from '@coro/shared/threads/thread-task'
import { drawSpectrogram } from '@coro/spectrogram/draw-spectrogram'
import type { SpectrogramOptions } from '@coro/spectrogram/spectrogram-options'

export interface SpectrogramTask {
  /** Mono 16-bit samples, little-endian. */
  pcm: Uint8Array
  sampleRateHz: number
  options: SpectrogramOptions
}

/** What a painter's thread does: samples in, PNG out. */
export default threadTask(({ pcm, sampleRateHz, options }: SpectrogramTask): Promise<Uint8Array> => {
  const view = new DataView(pcm.buffer, pcm.byteOffset, pcm.byteLength)
  const samples = new Float32Array(Math.floor(pcm.byteLength / 2))
  for (let index = 0; index < samples.length; index += 1) samples[index] = view.getInt16(2 * index, true) / 32_768
  return Promise.resolve(drawSpectrogram(samples, sampleRateHz, options))
})
