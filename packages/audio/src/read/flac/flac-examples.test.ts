import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { readAll } from '../../fixtures/read-all.js'
import { temporaryFolder } from '../../fixtures/temporary-folder.js'

/** The three files of RFC 9639, appendix D, byte for byte. */
const examples = {
  'wasted bits, verbatim': `664c6143800000221000100000000f00000f0ac442f00000
    00013e84b41807dc690307586a3dad1a2e0ffff869180000bf0358fd03128baa9a`,
  'side and right, fixed prediction, metadata': `664c614300000022001000100000170000440ac442f00000
    0013d5b0564975e98b8d8b930422757b8103 03000012 00000000000000000000000000000000 0010 0400003a20000000
    7265666572656e6365206c6962464c414320312e332e33203230313930383034010000000e0000005449544c453dd7a9
    d79cd795d79d 81000006 000000000000 fff86998000f9912086701623d1442998f5df70d6fe00c17caeb21000ee7a77a
    24a1590c1217b603097b784faa9a33d285e070ad5b1b4851b4010d99d2cd1a68f1e6b810
    fff869180102a402c382c40bc14a03ee48dd03b67c1330`,
  'linear prediction, four partitions': `664c6143800000221000100000001f00001f07d000700000
    0018f8f9e396f5cbcfc6dc807f9977906b32fff868020017e944004f6f313d1047d227cb6d090831452bdc2822228057a3`,
}

it.each(Object.entries(examples))("reads the standard's example: %s", async (_, hex) => {
  using folder = temporaryFolder()
  const bytes = Buffer.from(hex.replaceAll(/\s/g, ''), 'hex')
  const path = folder.file('example.flac', bytes)
  const { header, warnings } = await readAll(path)
  expect(warnings).toEqual([])
  const width = header.bitsPerSample / 8
  const channels = await Promise.all(
    Array.from({ length: header.channels }, (_, channel) => readAll(path, { channel })),
  )
  const whole = Buffer.alloc(header.frames! * header.channels * width)
  channels.forEach(({ samples }, channel) =>
    samples.forEach((sample, n) =>
      whole.writeIntLE(sample * 2 ** (header.bitsPerSample - 1), (n * header.channels + channel) * width, width),
    ),
  )
  // STREAMINFO ends with the MD5 of all samples.
  expect(createHash('md5').update(whole).digest('hex')).toBe(bytes.toString('hex', 26, 42))
})
