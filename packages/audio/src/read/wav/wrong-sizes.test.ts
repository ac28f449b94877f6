import { describe, expect, it } from 'vitest'
import { readAll } from '../../fixtures/read-all.js'
import { noise } from '../../fixtures/signals.js'
import { temporaryFolder } from '../../fixtures/temporary-folder.js'
import { chunk, commentList, fmt, int16Bytes, riff, w64 } from '../../fixtures/wav-bytes.js'

const values = Array.from(noise(6000, 0.5), (value) => Math.round(value * 32767))
const bytes = int16Bytes(values)
const all = Float32Array.from(values, (value) => value / 32768)

async function read(content: Buffer) {
  using folder = temporaryFolder()
  const { samples, warnings, metadata } = await readAll(folder.file('a.wav', content))
  return { samples, warnings, metadata }
}

const claiming = (claimedBytes: number, ...behind: Buffer[]) =>
  riff([fmt(), chunk('data', bytes, { claimedBytes }), ...behind])

describe('sizes that are wrong', () => {
  it.each([
    // Frontier Labs' recorders leave this where they lost their power.
    ['of a header that was never finished', 44],
    ['of a header that was finished once on the way', 6000],
  ])('%s: what follows and is no chunk is sound', async (_, claimedBytes) => {
    const found = await read(claiming(claimedBytes))
    expect(found).toMatchObject({ samples: all, warnings: ['AUDIO_LONGER_THAN_CLAIMED'] })
  })

  it('counting the header in: nothing is missing', async () => {
    expect(await read(claiming(44 + bytes.length))).toMatchObject({ samples: all, warnings: ['AUDIO_WRONG_SIZE'] })
  })

  it.each([
    ['a chunk', commentList('x'.repeat(9000))],
    ['a chunk that is cut off', commentList('x'.repeat(9000)).subarray(0, 6000)],
    ['a tag of MP3 files', Buffer.concat([Buffer.from('TAG'), Buffer.alloc(5000, 7)])],
    ['padding', Buffer.alloc(9000)],
    ['a few bytes', Buffer.alloc(60, 7)],
  ])('right, and %s behind: no sound', async (_, behind) => {
    expect(await read(claiming(bytes.length, behind))).toMatchObject({ samples: all, warnings: [] })
  })

  it.each([0n, 24n])('of Wave64, %i: what is there is used', async (size) => {
    const content = w64(fmt().subarray(8), bytes)
    const at = content.indexOf('data') + 16
    content.writeBigUInt64LE(size, at)
    expect(await read(content)).toMatchObject({ samples: all, warnings: ['AUDIO_SIZE_UNKNOWN'] })
  })
})

describe('the fmt chunk', () => {
  it('that promises an extension and ends before it is damaged', async () => {
    await expect(read(riff([fmt({ tag: 0xfffe }), chunk('data', bytes)]))).rejects.toMatchObject({
      code: 'AUDIO_BAD_HEADER',
      format: 'wav',
    })
  })
})
