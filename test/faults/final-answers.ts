import { expect } from 'vitest'
import type { Recording, SearchAnswer, Status } from '../answers.js'
import type { ExpectedFile } from './fault-deployment.js'

/** A running Coro, as its users reach it. */
export interface Reachable {
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
  coro(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }>
}

interface Why {
  recordings: { searchable: boolean; sentences: string[]; because: string | null }[]
}

/** Results that a search gives at most. */
const most = 1000

/** Whether every file's recording is in a final state, and no queue holds anything. */
export async function isAllDone({ get }: Pick<Reachable, 'get'>, files: readonly ExpectedFile[]): Promise<boolean> {
  const { recordings, queues } = await get<Status>('/v1/status')
  const { searchable, quarantined, duplicate, ...others } = recordings
  const open = Object.entries(others).filter(([state, n]) => n > 0 && state !== 'imported')
  const jobs = Object.values(queues).reduce((sum, { waiting, active, delayed }) => sum + waiting + active + delayed, 0)
  if (open.length === 0 && jobs === 0 && searchable + quarantined + duplicate === files.length) return true
  throw new Error(JSON.stringify({ recordings, queues }))
}

/**
 * What users must be told when all is done: a search finds every segment once; no queue keeps a failed job; `why` says of each
 * file that it is searchable, or why not, and what is wrong with it; `coro why` ends with 0 and 3 accordingly (asked of those that are not searchable,
 * and of two that are).
 */
export async function checkAnswers(coro: Reachable, files: readonly ExpectedFile[]): Promise<void> {
  const { queues, segments } = await coro.get<Status>('/v1/status')
  expect(Object.entries(queues).filter(([, { failed }]) => failed > 0)).toEqual([])
  const { recordings } = await coro.get<{ recordings: Recording[] }>(`/v1/recordings?limit=10000`)
  const searchable = recordings.filter(({ state }) => state === 'searchable')
  const first = await coro.get<{ segments: { segmentId: number }[] }>(
    `/v1/recordings/${searchable[0]?.recordingId}/segments`,
  )
  const segmentId = first.segments[0]?.segmentId
  const { results } = await coro.post<SearchAnswer>('/v1/search', { segmentId, k: most, mode: 'exact' })
  expect(new Set(results.map(({ key, startS }) => `${key}@${startS}`)).size).toBe(results.length)
  if (segments <= most) {
    const found = new Set(results.map(({ key }) => key))
    expect([...found].sort()).toEqual(searchable.map(({ key }) => key).sort())
  }

  const asked: { key: string; code: number }[] = []
  for (const { key, end, warning } of files) {
    const { recordings: stories } = await coro.get<Why>(`/v1/why?key=${encodeURIComponent(key)}`)
    const story = stories[0]
    const isSearchable = searchable.some((recording) => recording.key === key)
    expect({ key, stories: stories.length, searchable: story?.searchable }).toEqual({
      key,
      stories: 1,
      searchable: isSearchable,
    })
    expect(story?.sentences.length).toBeGreaterThan(1)
    if (!isSearchable) expect(story?.because, key).toMatch(/\w/)
    const code = typeof end === 'object' ? end.quarantined : warning
    if (code !== undefined) expect(story?.sentences.join(' '), key).toContain(`${code}: `)
    asked.push({ key, code: isSearchable ? 0 : 3 })
  }
  const byCommand = [...asked.filter(({ code }) => code === 3), ...asked.filter(({ code }) => code === 0).slice(0, 2)]
  for (const { key, code } of byCommand) {
    const told = await coro.coro('why', key)
    expect(told, key).toMatchObject({ code })
  }
}
