import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fileStorage } from '@coro/shared/storage/file-storage'
import { preparedKey } from '@coro/shared/storage/prepared-keys'
import type { Storage } from '@coro/shared/storage/store'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPreparedWindows } from './prepared-windows.js'

const windowSamples = 10
let folder: string
let store: Storage
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coro-prepared-'))
  store = fileStorage(pathToFileURL(folder).href)
  // Three windows of samples 0..29 behind a header of each length that there is.
  const samples = Int16Array.from({ length: 30 }, (_, i) => i - 15)
  for (const offset of [44, 80]) {
    const file = Buffer.concat([Buffer.alloc(offset, 0xff), Buffer.from(samples.buffer)])
    await store.put(preparedKey(`p/${offset}`, 'raw'), file)
  }
})
afterAll(() => rm(folder, { recursive: true }))

describe('readPreparedWindows', () => {
  const read = (offsetBytes: number, first: number, count: number, prefix = `p/${offsetBytes}`) =>
    readPreparedWindows(store, { prefix, offsetBytes, variant: 'raw', first, count, windowSamples })

  it.each([44, 80])('reads windows behind a header of %i bytes', async (offset) => {
    expect([...(await read(offset, 1, 1))]).toEqual(Array.from({ length: 10 }, (_, i) => i - 5))
    const all = await read(offset, 0, 3)
    expect([all.length, all[0], all[29]]).toEqual([30, -15, 14])
  })

  it('has memory of its own, which a thread may take away', async () => {
    const samples = await read(44, 0, 1)
    expect([samples.byteOffset, samples.buffer.byteLength]).toEqual([0, 20])
  })

  it('says what is missing: the file’s end, or the file', async () => {
    await expect(read(44, 2, 2)).rejects.toMatchObject({ code: 'PREPARED_SHORT', disposition: 'retry' })
    await expect(read(44, 0, 1, 'p/gone')).rejects.toMatchObject({ code: 'STORAGE_GONE' })
  })
})
