import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fileStorage } from '@coro/shared/storage/file-storage'
import type { ObjectInfo } from '@coro/shared/storage/store'
import { expect, test } from 'vitest'
import { lookAtFile } from './look-at-file.js'

const chunk = (id: string, body: Buffer) => {
  const head = Buffer.alloc(8)
  head.write(id, 0)
  head.writeUInt32LE(body.length, 4)
  return Buffer.concat([head, body])
}

test('of a large object, its first and last bytes tell what the whole file tells', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'coro-header-'))
  const staging = await mkdtemp(join(tmpdir(), 'coro-header-staging-'))
  try {
    const format = Buffer.alloc(16)
    format.writeUInt16LE(1, 0)
    format.writeUInt16LE(1, 2)
    format.writeUInt32LE(48_000, 4)
    format.writeUInt32LE(96_000, 8)
    format.writeUInt16LE(2, 12)
    format.writeUInt16LE(16, 14)
    // GUANO stands behind 60 s of samples, in the last bytes of the file.
    const guano = Buffer.from('GUANO|Version: 1.0\nSerial: SMU00321\nTimestamp: 2023-08-15T21:34:14-03:00\n\n')
    const body = [
      Buffer.from('WAVE'),
      chunk('fmt ', format),
      chunk('data', Buffer.alloc(60 * 96_000)),
      chunk('guan', guano),
    ]
    await writeFile(join(folder, 'STE-001.WAV'), chunk('RIFF', Buffer.concat(body)))
    const local = fileStorage(pathToFileURL(folder).href)
    const ranges: number[] = []
    const bucket = {
      ...local,
      url: 's3://cards',
      localFile: () => Promise.reject(new Error('read whole')),
      readRange: (key: string, offset: number, length: number) => {
        ranges.push(length)
        return local.readRange(key, offset, length)
      },
    }
    const object = (await local.head('STE-001.WAV')) as ObjectInfo
    const looked = await lookAtFile(bucket, object, staging)
    expect(looked).toEqual(await lookAtFile(local, object, staging))
    expect(looked).toMatchObject({ durationS: 60, clock: '2023-08-15T21:34:14', recorderId: 'SMU00321', refused: null })
    expect(ranges.reduce((sum, length) => sum + length, 0)).toBeLessThan(object.sizeBytes / 4)
    expect(await readdir(staging)).toEqual([])
  } finally {
    await rm(folder, { recursive: true })
    await rm(staging, { recursive: true })
  }
})
