import type * as FileSystem from 'node:fs'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { answeringStorage } from './answering-storage.fixture.js'
import { s3Storage } from './s3-storage.js'

// A device that is always full: what the kernel says of it is what it says of a full disk.
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof FileSystem>()
  return { ...fs, createWriteStream: () => fs.createWriteStream('/dev/full') }
})

let answering: Awaited<ReturnType<typeof answeringStorage>>
beforeAll(async () => {
  answering = await answeringStorage((_, answer) => {
    answer.writeHead(200, { etag: '"v1"', 'content-length': '10' })
    answer.end('0123456789')
  })
})
afterAll(() => answering[Symbol.asyncDispose]())

it('a full disk under the temporary folder is named, and not taken for a storage that does not answer', async () => {
  await expect(s3Storage('s3://bucket', answering.client).localFile('a.wav', 'v1', 10)).rejects.toMatchObject({
    code: 'STAGING_FULL',
    disposition: 'wait',
    message: expect.stringMatching(/^There is no room in .*coro-staging, .*ENOSPC/) as string,
  })
})
