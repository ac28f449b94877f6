import type * as FileSystem from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { s3Storage } from './s3-storage.js'

// A device that is always full: what the kernel says of it is what it says of a full disk.
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof FileSystem>()
  return { ...fs, createWriteStream: () => fs.createWriteStream('/dev/full') }
})

let server: Server
let client: S3Client
beforeAll(async () => {
  server = createServer((_, answer) => {
    answer.writeHead(200, { etag: '"v1"', 'content-length': '10' })
    answer.end('0123456789')
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  client = new S3Client({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forcePathStyle: true,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  })
})
afterAll(() => {
  client.destroy()
  server.closeAllConnections()
  server.close()
})

it('a full disk under the temporary folder is named, and not taken for a storage that does not answer', async () => {
  await expect(s3Storage('s3://bucket', client).localFile('a.wav', 'v1', 10)).rejects.toMatchObject({
    code: 'STAGING_FULL',
    disposition: 'wait',
    message: expect.stringMatching(/^There is no room in .*coro-staging, .*ENOSPC/) as string,
  })
})
