import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { addSegments, addSource, addSpace } from '@coro/shared/database/database.fixture'
import { saveEmbeddings } from '@coro/shared/database/embeddings'
import { loadWork } from '@coro/shared/database/recording-work'
import { insertRecording } from '@coro/shared/database/recordings'
import { fileStorage } from '@coro/shared/storage/file-storage'
import { preparedKey } from '@coro/shared/storage/prepared-keys'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApi, type TestApi } from './api.fixture.js'

let api: TestApi
let folder: string
let recordingId: number
let segmentId: number
beforeAll(async () => {
  api = await openTestApi()
  folder = await mkdtemp(join(tmpdir(), 'coro-expired-'))
  const { database, store } = api.platform
  const space = await addSpace(database, { active: true })
  await writeFile(join(folder, 'a.wav'), 'the original')
  const { id, url } = await addSource(database, { url: pathToFileURL(folder).href })
  const object = await fileStorage(url).head('a.wav')
  if (!object) throw new Error('there is no original')
  recordingId = (await insertRecording(database.pool, id, object, {
    deploymentId: null,
    siteId: null,
    recorderId: null,
  })) as number
  segmentId = (await addSegments(database, recordingId, [space], 1))[0] as number
  await saveEmbeddings(database, space, recordingId, [], [segmentId])
  await store.put(preparedKey(`prepared/${recordingId}`, 'raw'), Buffer.alloc(44 + 320_000))
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const listen = async () => api.app.request(`/v1/segments/${segmentId}/audio?variant=raw`)
const stateOf = async () => (await loadWork(api.platform.database.pool, recordingId))?.state
const codeOf = async (answer: Response) => ((await answer.json()) as { error: { code: string } }).error.code

test('listening counts as use', async () => {
  expect((await listen()).status).toBe(200)
  const { rows } = await api.platform.database.pool.query(
    'select from coro.recording where id = $1 and prepared_used_at > now() - interval $$1 minute$$',
    [recordingId],
  )
  expect(rows).toHaveLength(1)
})

test('sound that has expired is made again on demand: asked again, once, and the listener told when to come back', async () => {
  await api.platform.store.delete(preparedKey(`prepared/${recordingId}`, 'raw'))
  for (const path of ['audio?variant=raw', 'spectrogram']) {
    const answer = await api.app.request(`/v1/segments/${segmentId}/${path}`)
    expect([answer.status, answer.headers.get('retry-after'), await codeOf(answer)]).toEqual([
      409,
      '5',
      'PREPARED_EXPIRED',
    ])
  }
  expect(await stateOf()).toBe('discovered')
  expect((await api.platform.queues.counts()).prepare.waiting).toBe(1)
  expect((await api.platform.database.pool.query('select from coro.segment')).rowCount).toBe(1)
})

test('where the original is not there any more as it was, nothing is tried, and the recording stays searchable', async () => {
  await api.platform.database.pool.query(`update coro.recording set state = 'searchable', segment_count = 1`)
  await writeFile(join(folder, 'a.wav'), 'another recording of the same name')
  expect((await listen()).status).toBe(410)
  await rm(join(folder, 'a.wav'))
  const answer = await listen()
  expect([answer.status, await codeOf(answer)]).toEqual([410, 'PREPARED_GONE'])
  expect(await stateOf()).toBe('searchable')
})
