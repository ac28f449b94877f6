import { interleavePcm, quantizePcm, type BitsPerSample } from './pcm.js'

/** A RIFF chunk beside `fmt ` and `data`. */
export interface RiffChunk {
  /** Four characters. */
  readonly id: string
  readonly body: Buffer
  /** Default before the data. */
  readonly place?: 'before data' | 'after data'
  /** Write an odd-sized body without its pad byte, as AudioMoth does with `guan`. Only sound for the last chunk. */
  readonly unpadded?: boolean
}

export interface WavOptions {
  /** One Int32Array [frames] a channel. */
  readonly pcm: readonly Int32Array[]
  readonly sampleRateHz: number
  readonly bitsPerSample: BitsPerSample
  readonly chunks?: readonly RiffChunk[]
}

function encodeChunk({ id, body, unpadded = false }: RiffChunk): Buffer {
  const header = Buffer.alloc(8)
  header.write(id, 0, 4, 'latin1')
  header.writeUInt32LE(body.length, 4)
  return Buffer.concat([header, body, Buffer.alloc(unpadded ? 0 : body.length % 2)])
}

/** A WAV file of plain PCM. */
export function encodeWav({ pcm, sampleRateHz, bitsPerSample, chunks = [] }: WavOptions): Buffer {
  const frameBytes = (pcm.length * bitsPerSample) / 8
  const format = Buffer.alloc(16)
  format.writeUInt16LE(1, 0)
  format.writeUInt16LE(pcm.length, 2)
  format.writeUInt32LE(sampleRateHz, 4)
  format.writeUInt32LE(sampleRateHz * frameBytes, 8)
  format.writeUInt16LE(frameBytes, 12)
  format.writeUInt16LE(bitsPerSample, 14)
  const encoded = [
    Buffer.from('WAVE', 'latin1'),
    encodeChunk({ id: 'fmt ', body: format }),
    ...chunks.filter(({ place }) => place !== 'after data').map(encodeChunk),
    encodeChunk({ id: 'data', body: interleavePcm(pcm, bitsPerSample) }),
    ...chunks.filter(({ place }) => place === 'after data').map(encodeChunk),
  ]
  const riff = Buffer.alloc(8)
  riff.write('RIFF', 0, 4, 'latin1')
  riff.writeUInt32LE(
    encoded.reduce((bytes, chunk) => bytes + chunk.length, 0),
    4,
  )
  return Buffer.concat([riff, ...encoded])
}

/** A mono 16-bit WAV file of samples in -1..1. */
export function encodeWav16(samples: Float32Array, sampleRateHz: number, chunks: readonly RiffChunk[] = []): Buffer {
  return encodeWav({ pcm: [quantizePcm(samples, 16)], sampleRateHz, bitsPerSample: 16, chunks })
}
