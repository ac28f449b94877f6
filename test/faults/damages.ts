import { makeCorruptFlac } from '@coro/synthetic/corrupt'
import { encodeFlac } from '@coro/synthetic/flac'
import { whiteNoise } from '@coro/synthetic/noise'
import { quantizePcm } from '@coro/synthetic/pcm'
import { encodeWav16 } from '@coro/synthetic/wav'

/** A way in which a file is damaged, and what must become of it. */
export interface Damage {
  /** Part of the file's name: of any characters. */
  name: string
  ending: 'wav' | 'flac'
  end: { quarantined: string } | { searchable: { warning: string; segments: number } }
  /** Each gets a number, so that no two are alike. */
  bytes: (n: number) => Buffer
}

const rateHz = 32_000

/** 10 s of calls in noise, two segments: half a second of each second sounds. */
const sound = (n: number): Float32Array =>
  whiteNoise(10 * rateHz, 7_000 + n).map((noise, i) => {
    const call = i % rateHz < rateHz / 2 ? 0.3 * Math.sin((2 * Math.PI * (2_000 + 10 * n) * i) / rateHz) : 0
    return call + noise / 100
  })
const wav = (n: number): Buffer => encodeWav16(sound(n), rateHz)
const flac = (n: number): Buffer =>
  encodeFlac({ pcm: [quantizePcm(sound(n), 16)], sampleRateHz: rateHz, bitsPerSample: 16 })

/** Where the fields of encodeWav16's header stand. */
const at = { channels: 22, rate: 24, bitsPerSample: 34, dataSize: 40, data: 44 }

function edited(bytes: Buffer, edit: (bytes: Buffer) => void): Buffer {
  edit(bytes)
  return bytes
}

/** The same samples as 32-bit floats, of which `isNumber` says which are numbers. */
function floats(n: number, isNumber: (index: number) => boolean): Buffer {
  const head = wav(n).subarray(0, at.data)
  const samples = sound(n).map((value, index) => (isNumber(index) ? value : Number.NaN))
  head.writeUInt16LE(3, 20)
  head.writeUInt32LE(rateHz * 4, 28)
  head.writeUInt16LE(4, 32)
  head.writeUInt16LE(32, at.bitsPerSample)
  head.writeUInt32LE(samples.byteLength, at.dataSize)
  return Buffer.concat([head, Buffer.from(samples.buffer)])
}

const chunkHead = (id: string, claimedBytes: number): Buffer => {
  const head = Buffer.alloc(8)
  head.write(id, 0, 'latin1')
  head.writeUInt32LE(claimedBytes, 4)
  return head
}

/** The first ones come in every deployment, however small; names hold what keys and command lines may stumble over. */
export const damages: readonly Damage[] = [
  { name: 'empty', ending: 'wav', end: { quarantined: 'AUDIO_EMPTY' }, bytes: () => Buffer.alloc(0) },
  {
    name: 'a text',
    ending: 'wav',
    end: { quarantined: 'AUDIO_NOT_AUDIO' },
    bytes: (n) => Buffer.from(`the recorder wrote a note and no sound, ${n}`),
  },
  {
    name: 'cut',
    ending: 'wav',
    end: { quarantined: 'AUDIO_TRUNCATED_HEADER' },
    bytes: (n) => wav(n).subarray(0, 6 + (n % 6)),
  },
  {
    name: 'reserved',
    ending: 'wav',
    end: { quarantined: 'AUDIO_NO_SAMPLES' },
    bytes: (n) => Buffer.alloc(5000 + 4 * n),
  },
  {
    name: '100% of a page + more',
    ending: 'wav',
    end: { quarantined: 'AUDIO_NOT_AUDIO' },
    bytes: (n) => Buffer.from(`<!DOCTYPE html><html><body>503, request ${n}</body></html>`),
  },
  {
    name: 'ação 🐸',
    ending: 'wav',
    end: { quarantined: 'AUDIO_BAD_HEADER' },
    bytes: (n) => edited(wav(n), (bytes) => bytes.writeUInt16LE(0, at.channels)),
  },
  {
    name: 'rate#1?',
    ending: 'wav',
    end: { quarantined: 'AUDIO_BAD_HEADER' },
    bytes: (n) => edited(wav(n), (bytes) => bytes.writeUInt32LE(1, at.rate)),
  },
  {
    name: "wac's 'own'",
    ending: 'wav',
    end: { quarantined: 'AUDIO_UNSUPPORTED' },
    bytes: (n) => Buffer.concat([Buffer.from('WAac'), wav(n).subarray(at.data, 9000)]),
  },
  { name: 'no=number', ending: 'wav', end: { quarantined: 'AUDIO_NON_FINITE' }, bytes: (n) => floats(n, () => false) },
  {
    name: 'garbage&',
    ending: 'flac',
    end: { quarantined: 'AUDIO_NO_SAMPLES' },
    bytes: (n) => makeCorruptFlac(900 + n, rateHz),
  },
  {
    name: 'header',
    ending: 'wav',
    end: { quarantined: 'AUDIO_NO_SAMPLES' },
    bytes: (n) => Buffer.concat([wav(n).subarray(0, 36), chunkHead('LIST', 2 * n), Buffer.alloc(2 * n)]),
  },
  {
    name: 'lost its end',
    ending: 'wav',
    end: { searchable: { warning: 'AUDIO_TRUNCATED', segments: 1 } },
    bytes: (n) => wav(n).subarray(0, at.data + 5 * rateHz * 2 + 1),
  },
  {
    name: 'never finished',
    ending: 'wav',
    end: { searchable: { warning: 'AUDIO_SIZE_UNKNOWN', segments: 2 } },
    bytes: (n) => edited(wav(n), (bytes) => bytes.writeUInt32LE(0xffffffff, at.dataSize)),
  },
  {
    name: 'broken frames',
    ending: 'flac',
    end: { searchable: { warning: 'AUDIO_CORRUPT_FRAMES', segments: 2 } },
    bytes: (n) =>
      edited(flac(n), (bytes) => {
        for (const part of [0.3, 0.5, 0.7]) {
          const place = Math.floor(bytes.length * part)
          bytes.writeUInt8(bytes.readUInt8(place) ^ 0x55, place)
        }
      }),
  },
  {
    name: 'a chunk too large',
    ending: 'wav',
    end: { searchable: { warning: 'AUDIO_IMPOSSIBLE_LENGTH', segments: 2 } },
    bytes: (n) => {
      const whole = wav(n)
      return Buffer.concat([whole.subarray(0, 36), chunkHead('JUNK', 0xfffffff0), Buffer.alloc(10), whole.subarray(36)])
    },
  },
  {
    name: 'some no numbers',
    ending: 'wav',
    end: { searchable: { warning: 'AUDIO_NON_FINITE', segments: 2 } },
    bytes: (n) => floats(n, (index) => index % 1000 > 3),
  },
]
