import { expect, it } from 'vitest'
import { checkAudio } from '../check-audio.js'
import { flacBytes, flacFrameBytes, flacHead } from '../fixtures/flac-bytes.js'
import { noise } from '../fixtures/signals.js'
import { temporaryFolder } from '../fixtures/temporary-folder.js'
import { chunk, fmt, int16Bytes, riff, simpleWav } from '../fixtures/wav-bytes.js'

/** What a person is told about a file. */
async function told(bytes: Buffer) {
  using folder = temporaryFolder()
  const { verdict, code, message, durationS } = await checkAudio(folder.file('a.wav', bytes))
  return { verdict, code, message, durationS }
}

const values = Array.from(noise(64_000, 0.5), (value) => Math.round(value * 32767))
const wav = simpleWav(values)
const shape = { sampleRateHz: 32_000, bits: 16 } as const

/** A file with other bytes from `at` on. */
function changed(bytes: Buffer, at: number, put: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes)
  put(copy.subarray(at))
  return copy
}

it.each([
  [
    'ends at once',
    wav.subarray(0, 1),
    'AUDIO_TRUNCATED_HEADER',
    'the file ends after 1 byte, before anything tells its',
  ],
  ['ends in its name', wav.subarray(0, 4), 'AUDIO_TRUNCATED_HEADER', 'the file ends after 4 bytes'],
  [
    'ends before fmt',
    wav.subarray(0, 18),
    'AUDIO_TRUNCATED_HEADER',
    'the file ends after 18 bytes, inside its WAV header',
  ],
  [
    'ends within fmt',
    wav.subarray(0, 30),
    'AUDIO_TRUNCATED_HEADER',
    'the file ends after 30 bytes, inside its WAV header',
  ],
  ['ends before data', wav.subarray(0, 36), 'AUDIO_NO_SAMPLES', 'it ends after 36 bytes, before the first sample'],
  [
    'has no fmt chunk',
    riff([chunk('JUNK', Buffer.alloc(4)), chunk('data', int16Bytes(values))]),
    'AUDIO_BAD_HEADER',
    'no fmt chunk, which tells rate and channels (a chunk "JUNK" at byte 12)',
  ],
  [
    'has a chunk that is too large, and nothing behind',
    riff([fmt(), chunk('JUNK', Buffer.alloc(900), { claimedBytes: 0x7fffffff })]),
    'AUDIO_BAD_HEADER',
    'the chunk "JUNK" at byte 36 claims 2147483647 bytes and the file has 944',
  ],
  [
    'is FLAC of which only the header is there',
    flacHead([values], shape),
    'AUDIO_NO_SAMPLES',
    'behind its header: nothing was recorded',
  ],
  [
    'is FLAC with garbage behind the header',
    Buffer.concat([flacHead([values], shape), Buffer.alloc(20_000, 0x5a)]),
    'AUDIO_NO_SAMPLES',
    'no undamaged frame was found in the 20000 bytes behind the FLAC header',
  ],
  [
    'is FLAC whose last metadata block is too long',
    changed(Buffer.concat([flacHead([values], shape), Buffer.alloc(20_000, 0x5a)]), 42, (at) =>
      at.writeUIntBE(99_999, 1, 3),
    ),
    'AUDIO_NO_SAMPLES',
    'a metadata block of the FLAC file claims more than its 20054 bytes',
  ],
  ['is a WebP picture', Buffer.from('RIFF\x10\0\0\0WEBPVP8 '), 'AUDIO_NOT_AUDIO', 'a WebP picture'],
])('says where a file %s', async (_, bytes, code, message) => {
  expect(await told(bytes)).toMatchObject({
    verdict: 'reject',
    code,
    message: expect.stringContaining(message) as string,
  })
})

it.each([
  [
    'samples are cut off',
    wav.subarray(0, 44 + 64_000),
    'AUDIO_TRUNCATED',
    'claims 128000 bytes (2.0 s); the file ends after 64000 bytes (1.0 s) of them',
    1,
  ],
  [
    'a chunk before the samples claims more than there is',
    riff([fmt(), chunk('JUNK', Buffer.alloc(10), { claimedBytes: 0xfffffff0 }), chunk('data', int16Bytes(values))]),
    'AUDIO_IMPOSSIBLE_LENGTH',
    'the chunk "JUNK" at byte 36 claims 4294967280 bytes, more than the file has; the data chunk at byte 54 was found',
    2,
  ],
  [
    'there are two data chunks',
    riff([fmt(), chunk('data', int16Bytes(values)), chunk('data', int16Bytes(values.slice(0, 32_000)))]),
    'AUDIO_MORE_DATA',
    'a second data chunk at byte 128044 (32000 samples (1.0 s)) is not used',
    2,
  ],
  [
    'rate and bytes a second contradict each other',
    changed(wav, 24, (at) => at.writeUInt32LE(16_000)),
    'AUDIO_HEADER_MISMATCH',
    'claims 16000 Hz, 1 channel, 16 bits, and 64000 bytes a second, where these take 32000',
    4,
  ],
  [
    'a FLAC frame is damaged',
    (() => {
      const frames = flacFrameBytes([values], shape)
      frames[32]![100]! ^= 0x40
      return Buffer.concat([flacHead([values], shape), ...frames])
    })(),
    'AUDIO_CORRUPT_FRAMES',
    '(1.0 s); 1024 samples (0.03 s) became silence',
    2,
  ],
  [
    'FLAC is cut off',
    (() => {
      const bytes = flacBytes([values], shape)
      return bytes.subarray(0, bytes.length / 2)
    })(),
    'AUDIO_TRUNCATED',
    'STREAMINFO claims 64000 samples (2.0 s); the file ends after 31744 samples (1.0 s), which are used',
    0.992,
  ],
  [
    'floats are no numbers',
    riff([
      fmt({ tag: 3, bits: 32 }),
      chunk('data', Buffer.from(Float32Array.from(values, (v, i) => (i === 32_000 ? NaN : v / 32768)).buffer)),
    ]),
    'AUDIO_NON_FINITE',
    '1 sample is NaN or infinite and became 0, the first at 1.0 s',
    2,
  ],
])('says where %s, and uses the rest', async (_, bytes, code, message, durationS) => {
  const found = await told(bytes)
  expect(found).toMatchObject({ verdict: 'warn', code, message: expect.stringContaining(message) as string })
  expect(found.durationS).toBeCloseTo(durationS, 3)
})
