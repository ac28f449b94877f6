import { describe, expect, it } from 'vitest'
import { readAll } from '../fixtures/read-all.js'
import { temporaryFolder } from '../fixtures/temporary-folder.js'
import { chunk, commentList, fmt, int16Bytes, rifx, riff, simpleWav } from '../fixtures/wav-bytes.js'
import { id3Texts } from './id3-texts.js'

const sentence = 'Recorded at 10:25:00 04/04/2020 (UTC) by AudioMoth 24526B065D325963 at gain setting 2'

function sevenBit(size: number): Buffer {
  return Buffer.from([(size >> 21) & 127, (size >> 14) & 127, (size >> 7) & 127, size & 127])
}

function tag(version: 3 | 4, frames: [string, Buffer][]): Buffer {
  const body = Buffer.concat(
    frames.map(([frame, content]) => {
      const size = Buffer.alloc(4)
      size.writeUInt32BE(content.length)
      return Buffer.concat([
        Buffer.from(frame),
        version === 4 ? sevenBit(content.length) : size,
        Buffer.alloc(2),
        content,
      ])
    }),
  )
  return Buffer.concat([Buffer.from('ID3'), Buffer.from([version, 0, 0]), sevenBit(body.length), body])
}

const latin = (fixed: string, text: string) => Buffer.from(`\0${fixed}${text}`, 'latin1')
const comment = latin('eng', `\0${sentence}\0`)

describe('id3Texts', () => {
  it.each([
    ['2.3, latin', 3, comment],
    ['2.4, UTF-8', 4, Buffer.from(`\u0003eng\0${sentence}`)],
    ['2.3, UTF-16', 3, Buffer.concat([Buffer.from('\u0001eng'), Buffer.from(`\ufeff\0\ufeff${sentence}`, 'utf16le')])],
    [
      '2.4, UTF-16 the other way round',
      4,
      Buffer.concat([Buffer.from('\u0002eng'), Buffer.from(`\0${sentence}`, 'utf16le').swap16()]),
    ],
  ] as const)('reads a comment of version %s', (_, version, content) => {
    expect(id3Texts(tag(version, [['COMM', content]]))).toEqual([{ frame: 'COMM', text: sentence }])
  })

  it.each([
    ['a size beyond the tag', Buffer.concat([tag(3, [['COMM', comment]]).subarray(0, 40)])],
    ['another version', Buffer.from('ID3\u0002\0\0\0\0\0\0')],
    ['no tag', Buffer.from(sentence)],
    ['an empty chunk', Buffer.alloc(0)],
  ])('finds nothing in %s', (_, bytes) => {
    expect(id3Texts(bytes)).toEqual([])
  })
})

async function metadataOf(bytes: Buffer) {
  using folder = temporaryFolder()
  return (await readAll(folder.file('a.wav', bytes))).metadata
}

const claims = [expect.objectContaining({ source: 'audiomoth', local: '2020-04-04T10:25:00', utcOffsetMin: 0 })]
const data = chunk('data', int16Bytes([1, 2, 3, 4]))

describe("a WAV file's texts", () => {
  it.each(['id3 ', 'ID3 '])('are read from an %s chunk', async (id) => {
    const frames = tag(3, [
      ['TPE1', latin('', 'AudioMoth 24526B065D325963')],
      ['COMM', comment],
    ])
    const found = await metadataOf(riff([fmt(), data, chunk(id, frames)]))
    expect(found.claims).toEqual(claims)
    expect(found.device).toMatchObject({ model: 'AudioMoth', recorderId: '24526B065D325963', gain: '2' })
  })

  it('are read once where INFO says the same', async () => {
    const found = await metadataOf(
      riff([fmt(), data, commentList(sentence), chunk('id3 ', tag(3, [['COMM', comment]]))]),
    )
    expect(found.claims).toEqual(claims)
  })

  it('are read from RIFX, whose sizes are big-endian', async () => {
    const list = commentList(sentence)
    // LIST at 0, "INFO" at 8, ICMT at 12.
    for (const at of [4, 16]) list.subarray(at, at + 4).swap32()
    expect((await metadataOf(Buffer.concat([rifx(simpleWav([1, 2])), list]))).claims).toEqual(claims)
  })
})
