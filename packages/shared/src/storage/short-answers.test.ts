import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { answeringStorage } from './answering-storage.fixture.js'
import { s3Storage } from './s3-storage.js'

/** A storage, or a proxy before one, that sends half of an object and calls it whole. */
let answering: Awaited<ReturnType<typeof answeringStorage>>
const object = Buffer.from('0123456789')

beforeAll(async () => {
  answering = await answeringStorage(({ headers, url, socket }, answer) => {
    if (url?.includes('torn')) {
      answer.writeHead(200, { etag: '"v1"', 'content-length': '100000', 'x-amz-checksum-crc32': 'AAAAAA==' })
      answer.write('01234', () => setImmediate(() => socket.resetAndDestroy()))
      return
    }
    const [, from = '0', to = '9'] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
    const asked = object.subarray(Number(from), Number(to) + 1)
    const sent = asked.subarray(0, asked.length / 2)
    const range = headers.range ? { 'content-range': `bytes ${from}-${to}/10` } : {}
    answer.writeHead(headers.range ? 206 : 200, { etag: '"v1"', 'content-length': String(sent.length), ...range })
    answer.end(sent)
  })
})
afterAll(() => answering[Symbol.asyncDispose]())

it('never takes half of an object for the whole', async () => {
  const storage = s3Storage('s3://bucket', answering.client)
  const short = { code: 'STORAGE_UNAVAILABLE', disposition: 'wait' }
  await expect(storage.localFile('a.wav', 'v1', object.length)).rejects.toMatchObject(short)
  await expect(storage.readRange('a.wav', 2, 4)).rejects.toMatchObject(short)
  // Of whom nothing is known, what comes is believed.
  await using file = await storage.localFile('a.wav', 'v1')
  expect(await readFile(file.path, 'latin1')).toBe('01234')
})

it('outlives a connection that is lost right behind the head of the answer', async () => {
  const storage = s3Storage('s3://bucket', answering.client)
  for (let n = 0; n < 30; n++) {
    await expect(storage.localFile('torn.wav', 'v1', 100_000)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  }
})
