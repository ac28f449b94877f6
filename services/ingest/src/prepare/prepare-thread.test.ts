import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import inspect from './prepare-thread.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coro-thread-'))
})
afterAll(() => rm(folder, { recursive: true }))

it('tells an original that went from one that cannot be read', async () => {
  const of = (path: string) => inspect({ kind: 'inspect', path, fileName: 'x.wav' })
  expect(await of(join(folder, 'gone.wav'))).toMatchObject({ ok: false, error: { code: 'STORAGE_GONE' } })
  // A folder opens, and does not read: so does a file on a disk that fails.
  expect(await of(folder)).toMatchObject({
    ok: false,
    error: { code: 'AUDIO_IO', disposition: 'retry', message: expect.stringMatching(/cannot be read/) as string },
  })
})
