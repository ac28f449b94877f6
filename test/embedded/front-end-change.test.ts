import { join } from 'node:path'
import { makeDeployment } from '@coro/synthetic/deployment'
import { expect, it } from 'vitest'
import type { Recording, SearchAnswer, Status } from '../answers.js'
import { coro, coroJson, eventually, startCoro, temporaryFolder } from './coro-process.js'

const model = 'logmel-stats-1280'

interface Spaces {
  spaces: { name: string; variant: string; active: boolean; wanted: boolean; frontEnd: unknown }[]
}

it('another front end fills spaces of its own, which take over once they are full; the old ones still answer', async () => {
  await using folder = await temporaryFolder()
  const data = join(folder.path, 'data')
  const made = await makeDeployment({ dir: join(folder.path, 'deployment'), recordings: 4 })
  const args = ['--source', made.sourceDir, '--data', data]
  const settings = { CORO_SETTLE_S: '0', CORO_LOG_LEVEL: 'silent' }
  const first = await coroJson<{ status: Status }>(['scan', made.sourceDir, '--wait', '--data', data], settings)
  const { segments } = first.status
  expect(first.status.recordings.searchable).toBe(4)
  const before = await coroJson<SearchAnswer>(['search', '--segment', '1', '-k', '20', '--data', data])
  expect(before.space).toBe(`${model}/denoised`)

  // The low band is taken away, so that every vector differs.
  const changed = { ...settings, CORO_BAND_PASS: '2000-15000', CORO_RECONCILE_INTERVAL_S: '1' }
  {
    await using server = await startCoro(args, changed)
    const search = (body: object) => server.post<SearchAnswer>('/v1/search', { segmentId: 1, k: 20, ...body })
    let answers = 0
    const spaces = await eventually('the new space is active', 120, async () => {
      // Whoever searches meanwhile never gets less than before.
      expect((await search({})).results).toHaveLength(before.results.length)
      answers += 1
      const now = await server.get<Spaces>('/v1/spaces')
      return now.spaces.some(({ name, active }) => active && name !== before.space) && now.spaces
    })
    expect(answers).toBeGreaterThan(0)
    expect(spaces.map(({ name }) => name)).toEqual([
      `${model}/raw`,
      `${model}/denoised`,
      expect.stringMatching(new RegExp(`^${model}/raw@[0-9a-f]{8}$`)),
      expect.stringMatching(new RegExp(`^${model}/denoised@[0-9a-f]{8}$`)),
    ])
    expect(spaces.map(({ wanted }) => wanted)).toEqual([false, false, true, true])
    expect(spaces[3]).toMatchObject({ active: true, frontEnd: { bandPass: { lowHz: 2000, highHz: 15_000 } } })
    const status = await eventually('all is embedded', 60, async () => {
      const now = await server.get<Status>('/v1/status')
      return now.recordings.searchable === 4 && now.embeddings[spaces[2]?.name ?? ''] === segments && now
    })
    expect(status).toMatchObject({ segments, recordings: first.status.recordings })
    expect(Object.values(status.embeddings)).toEqual([segments, segments, segments, segments])
    const now = await search({})
    expect(now).toMatchObject({ space: spaces[3]?.name, candidates: segments })
    // The old space by its name: the same answer as ever. The new one: other vectors.
    const old = await search({ space: before.space })
    expect(old.results).toEqual(before.results)
    expect(now.results.map(({ similarity }) => similarity)).not.toEqual(old.results.map(({ similarity }) => similarity))
    // A clip goes through the front end of the space that is searched, the old one's too; and the new space is the same
    // as that of a system which has never had another front end: nothing was embedded from what the old one prepared.
    const clip = made.files.find(({ key }) => key.endsWith('.wav') || key.endsWith('.WAV'))
    if (!clip) throw new Error('the deployment has no WAV file')
    const byClip = (space: string, from: string) =>
      coroJson<SearchAnswer>(
        ['search', '--clip', join(made.sourceDir, clip.key), '--space', space, '-k', '39', '--data', from],
        changed,
      )
    const fresh = join(folder.path, 'fresh')
    await coroJson(['scan', made.sourceDir, '--wait', '--data', fresh], changed)
    const hits = ({ results }: SearchAnswer) =>
      results.map(({ key, startS, similarity }) => [key, startS, similarity.toFixed(5)])
    const found = await byClip(spaces[3]?.name ?? '', data)
    expect(found.results).toHaveLength(39)
    expect(hits(found)).toEqual(hits(await byClip(before.space, fresh)))
    const foundByOld = await byClip(before.space, data)
    expect(foundByOld.space).toBe(before.space)
    expect(foundByOld.results[0]?.key).toBe(clip.key)
    expect(foundByOld.results[0]?.similarity).toBeGreaterThan(0.98)
    // What the recordings are prepared as now tells the old space's gate nothing true about their noise.
    const noise = ['search', '--clip', join(made.sourceDir, clip.key), '--noise-recording', '1', '--data', data]
    expect((await coro(noise, changed)).code).toBe(0)
    expect((await coro([...noise, '--space', before.space], changed)).stderr).toContain('NOISE_UNAVAILABLE')
  }

  // A command that only asks changes nothing, whatever its environment says. Back again, nothing is to be done.
  await coroJson<Recording[]>(['search', '--segment', '1', '--data', data])
  {
    await using server = await startCoro(args, settings)
    const { spaces } = await server.get<Spaces>('/v1/spaces')
    expect(spaces.filter(({ active }) => active).map(({ name }) => name)).toEqual([before.space])
    const answer = await server.post<SearchAnswer>('/v1/search', { segmentId: 1, k: 20 })
    expect(answer.results).toEqual(before.results)
  }
})
