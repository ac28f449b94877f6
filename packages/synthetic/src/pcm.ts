export type BitsPerSample = 16 | 24

/** Samples in -1..1 as signed integers of that width: full scale is 2^(bits-1) - 1, rounded half away from zero,
 *  clipped, no dither. */
export function quantizePcm(samples: Float32Array, bitsPerSample: BitsPerSample): Int32Array {
  const top = 2 ** (bitsPerSample - 1) - 1
  const pcm = new Int32Array(samples.length)
  for (let i = 0; i < pcm.length; i++) {
    const value = (samples[i] as number) * top
    // A typed array drops the fraction; much faster than Math.round.
    pcm[i] = value >= top ? top : value <= -top ? -top : value < 0 ? value - 0.5 : value + 0.5
  }
  return pcm
}

/** Channels interleaved as little-endian bytes: WAV's data chunk, and what FLAC's MD5 is taken of.
 *  pcm: one Int32Array [frames] a channel, all of the same length. */
export function interleavePcm(pcm: readonly Int32Array[], bitsPerSample: BitsPerSample): Buffer {
  const bytesPerSample = bitsPerSample / 8
  const frames = pcm[0]?.length ?? 0
  const bytes = Buffer.allocUnsafe(frames * pcm.length * bytesPerSample)
  const stride = pcm.length * bytesPerSample
  pcm.forEach((channel, n) => {
    if (channel.length !== frames) throw new RangeError('channels differ in length')
    for (let i = 0, at = n * bytesPerSample; i < frames; i++, at += stride) {
      const value = channel[i] as number
      bytes[at] = value
      bytes[at + 1] = value >> 8
      if (bytesPerSample === 3) bytes[at + 2] = value >> 16
    }
  })
  return bytes
}
