import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDeployment } from '@coro/synthetic/deployment'
import { expect, it } from 'vitest'
import type { Recording, Status } from '../answers.js'
import { coro, coroJson, eventually, startCoro, temporaryFolder } from './coro-process.js'

it('a new space fills in the background, and prepared audio that has gone is made again', async () => {
  await using folder = await temporaryFolder()
  const data = join(folder.path, 'store')
  const made = await makeDeployment({ dir: join(folder.path, 'deployment'), recordings: 4 })
  const rawOnly = { CORO_SETTLE_S: '0', CORO_VARIANTS: 'raw', CORO_ACTIVE_VARIANT: 'raw' }
  const first = await coroJson<{ status: Status }>(['scan', made.sourceDir, '--wait', '--data', data], rawOnly)
  const { segments } = first.status
  expect(first.status.recordings.searchable).toBe(4)
  expect(first.status.embeddings).toEqual({ 'logmel-stats-1280/raw': segments })
  const before = await coroJson<Recording[]>(['recordings', '--data', data])

  // The denoised variant was never written; the raw one goes too.
  await rm(join(data, 'store/prepared'), { recursive: true })
  {
    await using server = await startCoro(['--source', made.sourceDir, '--data', data], { CORO_SETTLE_S: '0' })
    const status = await eventually('both spaces full', 90, async () => {
      const now = await server.get<Status>('/v1/status')
      return now.recordings.searchable === 4 && now.embeddings['logmel-stats-1280/denoised'] === segments && now
    })
    expect(status.segments).toBe(segments)
    expect(status.embeddings['logmel-stats-1280/raw']).toBe(segments)
    await eventually('searches use the space that was asked for', 30, async () => {
      return (await server.get<Status>('/v1/status')).activeSpace === 'logmel-stats-1280/denoised'
    })
  }
  const after = await coroJson<Recording[]>(['recordings', '--data', data])
  expect(after.map(({ recordingId, key }) => [recordingId, key])).toEqual(
    before.map(({ recordingId, key }) => [recordingId, key]),
  )
  const answer = await coro(['search', '--segment', '1', '--data', data])
  expect(answer.stdout).toContain('logmel-stats-1280/denoised')
})
