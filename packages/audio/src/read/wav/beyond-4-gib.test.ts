import { closeSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder, type TemporaryFolder } from '../../fixtures/temporary-folder.js'
import { chunk, commentList, fmt, int16Bytes, w64 } from '../../fixtures/wav-bytes.js'
import { inspectAudio } from '../../inspect-audio.js'
import { openAudio } from '../open-audio.js'
import { openByteFile } from '../byte-file.js'
import { listRiffChunks } from './riff-chunks.js'

// Files of 5 GiB that hold next to nothing on the disk: holes read as zeros.
const dataBytes = 5 * 2 ** 30
const sentence = 'Recorded at 09:32:00 04/05/2018 (UTC) by AudioMoth 0FE081F80FE081F0 at gain setting 2'
const first = int16Bytes([100, 200, 300])
const last = int16Bytes([-1, -2, -3])

/** A file of a head, `dataBytes` of samples of which only the ends are written, and a tail. */
function sparse(path: string, head: Buffer, tail: Buffer = Buffer.alloc(0)): string {
  const descriptor = openSync(path, 'w')
  ftruncateSync(descriptor, head.length + dataBytes + tail.length)
  for (const [bytes, position] of [
    [head, 0],
    [first, head.length],
    [last, head.length + dataBytes - last.length],
    [tail, head.length + dataBytes],
  ] as const)
    writeSync(descriptor, bytes, 0, bytes.length, position)
  closeSync(descriptor)
  return path
}

function head(form: 'RIFF' | 'RF64', claimedBytes: number, before: Buffer[] = []): Buffer {
  const top = Buffer.alloc(12)
  top.write(form, 0)
  top.writeUInt32LE(form === 'RF64' ? 0xffffffff : (dataBytes + 36) % 2 ** 32, 4)
  top.write('WAVE', 8)
  return Buffer.concat([
    top,
    ...before,
    fmt({ sampleRateHz: 48_000 }),
    chunk('data', Buffer.alloc(0), { claimedBytes }),
  ])
}

/** Sizes in 64 bits: of the file, of the data, in samples, and no table. */
function ds64(): Buffer {
  const sizes = Buffer.alloc(28)
  sizes.writeBigUInt64LE(BigInt(dataBytes + 72), 0)
  sizes.writeBigUInt64LE(BigInt(dataBytes), 8)
  sizes.writeBigUInt64LE(BigInt(dataBytes / 2), 16)
  return chunk('ds64', sizes)
}

/** The head of a Wave64 file, made to claim all the samples. */
function w64Head(): Buffer {
  const bytes = w64(fmt({ sampleRateHz: 48_000 }).subarray(8), Buffer.alloc(0))
  bytes.writeBigUInt64LE(BigInt(24 + dataBytes), bytes.length - 8)
  return bytes
}

/** Whether this file system keeps holes: otherwise the disk would have to hold all of it. */
function keepsHoles(): boolean {
  using folder = temporaryFolder()
  const path = folder.path('probe')
  const descriptor = openSync(path, 'w')
  ftruncateSync(descriptor, 2 ** 24)
  closeSync(descriptor)
  return statSync(path).blocks * 512 < 2 ** 20
}

let folder: TemporaryFolder
beforeAll(() => {
  folder = temporaryFolder()
})
afterAll(() => folder[Symbol.dispose]())

describe.skipIf(!keepsHoles())('a recording of 5 GiB (left out where files have no holes)', () => {
  it.each([
    ['RF64', () => head('RF64', 0xffffffff, [ds64()]), true, []],
    ['Wave64', w64Head, false, []],
    [
      'a plain WAV file whose size begins again at 0',
      () => head('RIFF', dataBytes % 2 ** 32),
      true,
      ['AUDIO_LONGER_THAN_CLAIMED'],
    ],
    [
      'the same, without anything behind',
      () => head('RIFF', dataBytes % 2 ** 32),
      false,
      ['AUDIO_LONGER_THAN_CLAIMED'],
    ],
    ['a plain WAV file that claims the most it can', () => head('RIFF', 0xffffffff), false, ['AUDIO_SIZE_UNKNOWN']],
    ['a plain WAV file that claims nothing', () => head('RIFF', 0), false, ['AUDIO_SIZE_UNKNOWN']],
  ] as const)('%s', async (_, makeHead, withTail, warnings) => {
    const top = makeHead()
    const path = sparse(folder.path('big.wav'), top, withTail ? commentList(sentence) : Buffer.alloc(0))
    await using reader = await openAudio(path)
    expect(reader.header).toMatchObject({ frames: dataBytes / 2, durationS: dataBytes / 2 / 48_000 })
    expect(reader.warnings.map(({ code }) => code)).toEqual(warnings)
    expect(reader.metadata.claims).toHaveLength(withTail ? 1 : 0)
    for await (const block of reader.samples()) {
      expect([...block.subarray(0, 4)]).toEqual([100, 200, 300, 0].map((value) => value / 32768))
      break
    }
  })

  it('is read to its last sample', async () => {
    const path = sparse(folder.path('tail.wav'), head('RIFF', dataBytes % 2 ** 32), commentList(sentence))
    const file = openByteFile(path)
    const data = listRiffChunks(file, 0).find(({ id }) => id === 'data')!
    expect(file.read(data.position + data.claimedBytes - last.length, last.length)).toEqual(last)
    file.close()
  })

  it('is looked at by the gate without reading it', async () => {
    const path = sparse(folder.path('gate.wav'), head('RF64', 0xffffffff, [ds64()]), commentList(sentence))
    const { header, metadata } = await inspectAudio(path, 'gate.wav')
    expect(header.durationS).toBeCloseTo(dataBytes / 2 / 48_000, 6)
    expect(metadata.device.recorderId).toBe('0FE081F80FE081F0')
  })
})
