import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { addSource } from '@coro/shared/database/database.fixture'
import { insertRecording } from '@coro/shared/database/recordings'
import { fileStorage } from '@coro/shared/storage/file-storage'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openTestApi, type TestApi } from '../api.fixture.js'
import type { PreviewEnd } from '../routes/scan-preview.js'

let api: TestApi
let folder: string
let url: string
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api[Symbol.asyncDispose]())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coro-preview-'))
  url = pathToFileURL(folder).href
  return () => rm(folder, { recursive: true })
})

/** A WAV file of silence: 16 bit, mono, 8 kHz. */
async function wav(key: string, seconds: number): Promise<void> {
  const data = Buffer.alloc(seconds * 16_000)
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + data.length, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(8000, 24)
  head.writeUInt32LE(16_000, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36)
  head.writeUInt32LE(data.length, 40)
  await write(key, Buffer.concat([head, data]))
}

async function write(key: string, bytes: Buffer | string): Promise<void> {
  await mkdir(dirname(join(folder, key)), { recursive: true })
  await writeFile(join(folder, key), bytes)
}

/** Take everything in, as a sweep would. */
async function takeIn(): Promise<void> {
  const { id } = await addSource(api.platform.database, { url })
  const nowhere = { deploymentId: null, siteId: null, recorderId: null }
  for await (const page of fileStorage(url).list()) {
    for (const object of page) await insertRecording(api.platform.database.pool, id, object, nowhere)
  }
}

async function preview(sample?: number): Promise<PreviewEnd> {
  const answer = await api.app.request('/v1/scan/preview', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ source: url, ...(sample === undefined ? {} : { sample }) }),
  })
  expect(answer.status).toBe(200)
  const lines = (await answer.text()).trim().split('\n')
  return JSON.parse(lines.at(-1) ?? '') as PreviewEnd
}

const rows = async () =>
  (
    await api.platform.database.pool.query(
      'select count(*) as n from coro.recording union all select count(*) from coro.source',
    )
  ).rows

test('tells files, hours and refusals with their reasons, and writes nothing', async () => {
  await wav('lagoa/A1/20260110_190000.WAV', 36)
  await wav('lagoa/A1/20260110_200000.WAV', 72)
  await write('lagoa/A1/20260110_210000.WAV', '')
  await write('lagoa/A1/20260110_220000.WAV', 'this is no audio at all, whatever its name says')
  await write('lagoa/A1/CONFIG.TXT', 'gain medium')
  const before = await rows()
  const { surveys, estimate } = await preview()
  expect(surveys).toMatchObject([
    {
      source: url,
      files: 4,
      new: 4,
      known: 0,
      changed: 0,
      passedOver: 1,
      obstacles: 0,
      obstacleExamples: [],
      looked: 4,
      sampled: false,
      hours: 0.03,
      cardSwaps: [],
    },
  ])
  expect(surveys[0]?.rejected.map(({ code, files, examples }) => [code, files, examples])).toEqual(
    expect.arrayContaining([
      ['AUDIO_EMPTY', 1, ['lagoa/A1/20260110_210000.WAV']],
      ['AUDIO_NOT_AUDIO', 1, ['lagoa/A1/20260110_220000.WAV']],
    ]),
  )
  expect(estimate.measured).toBe(false)
  expect(estimate.seconds).toBe(Math.round((0.03 * 3600) / estimate.timesRealTime))
  expect(await rows()).toEqual(before)
})

test('a second look knows what is in, and a sample stands for all', async () => {
  for (let hour = 10; hour < 20; hour++) await wav(`a/b/20260110_${hour}0000.WAV`, 36)
  await takeIn()
  await wav('a/b/20260110_210000.WAV', 36)
  expect((await preview()).surveys[0]).toMatchObject({ files: 11, known: 10, new: 1, changed: 0, hours: 0.01 })
  for (let hour = 10; hour < 20; hour++) await wav(`a/c/20260110_${hour}0000.WAV`, 36)
  expect((await preview(3)).surveys[0]).toMatchObject({ new: 11, looked: 3, sampled: true, hours: 0.11 })
})

test('a card that is copied over another one is noticed before it supersedes it; a touched file is none', async () => {
  for (let n = 1; n <= 4; n++) await wav(`A1/STE-00${n}.WAV`, 10 + n)
  for (let n = 1; n <= 4; n++) await wav(`A2/STE-00${n}.WAV`, 20)
  await takeIn()
  // Touched: other versions of the same bytes.
  for (let n = 1; n <= 4; n++) await wav(`A2/STE-00${n}.WAV`, 20)
  for (let n = 1; n <= 3; n++) await wav(`A1/STE-00${n}.WAV`, 30 + n)
  const { surveys } = await preview()
  expect(surveys[0]).toMatchObject({ changed: 7, known: 1 })
  expect(surveys[0]?.cardSwaps).toEqual([
    { folder: 'A1/', known: 4, changed: 3, otherRecordings: 3, example: 'A1/STE-001.WAV' },
  ])
})
