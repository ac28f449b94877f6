import type { StatusView } from '@coro/api/schemas'
import { describe, expect, it } from 'vitest'
import type { Progress } from '../print/progress.js'
import type { Client } from './client.js'
import { followIngest } from './follow-ingest.js'

const url = 'file:///cards'
const waiting = (count: number): StatusView['waiting'] => [{ stage: 'prepare', source: url, count, oldest: null }]
const paused: StatusView['pauses'] = [
  { source: url, stage: null, reason: null, pausedBy: 'ana', pausedAt: '2026-01-10T22:14:03.000Z' },
]
const source: StatusView['sources'][number] = {
  url,
  name: null,
  lastSweepAt: null,
  lastSweepObjects: 3,
  lastSweepError: null,
  placingFrom: null,
  lastSweepPassedOver: null,
  obstacles: 0,
  held: null,
}

function statusOf(discovered: number, more: Partial<StatusView> = {}): StatusView {
  const queue = { waiting: 0, active: 0, delayed: 0, failed: 0 }
  return {
    recordings: { discovered, searchable: 3 - discovered },
    segments: 0,
    embeddings: {},
    silent: {},
    queues: { prepare: queue, embed: queue },
    sources: [source],
    activeSpace: null,
    waiting: discovered > 0 ? waiting(discovered) : [],
    pauses: [],
    holds: [],
    workers: [],
    ...more,
  }
}

/** A server that answers with one status after the other, the last one again and again; and counts the backlog so. */
function serverOf(statuses: StatusView[], backlog = waiting(3)): Client {
  const left = [...statuses]
  const answers: Record<string, () => unknown> = {
    '/v1/status': () => (left.length > 1 ? left.shift() : left[0]),
    '/v1/backlog': () => ({ waiting: backlog }),
    '/v1/scan': () => ({ sweeps: [{ source: url, objects: 3, found: 0, changed: 0, unsettled: 0 }] }),
  }
  const answer = (path: string) => Promise.resolve(answers[path]?.())
  return { get: answer, post: answer } as unknown as Client
}

const notes: string[] = []
const progress: Progress = { update: (_, __, note = '') => void notes.push(note), [Symbol.dispose]: () => undefined }

describe('followIngest', () => {
  it('ends where all that is left is paused, and says so', async () => {
    const server = serverOf([statusOf(3), statusOf(2, { pauses: paused })], waiting(2))
    await expect(followIngest(server, url, progress)).rejects.toMatchObject({
      code: 'PAUSED',
      message: expect.stringMatching(/^2 recordings wait\. All work of file:\/\/\/cards is paused/) as string,
    })
  })

  it('waits for what was in hand when it was paused, and believes no count of the backlog that is old', async () => {
    const busy = { waiting: 0, active: 1, delayed: 0, failed: 0 }
    const inHand = statusOf(1, { pauses: paused, queues: { prepare: busy, embed: { ...busy, active: 0 } } })
    expect(await followIngest(serverOf([inHand, statusOf(0)]), url, progress)).toMatchObject({ status: statusOf(0) })
    const open = [...waiting(1), { stage: 'embed' as const, source: 's3://other', count: 1, oldest: null }]
    const old = statusOf(1, { pauses: paused })
    expect(await followIngest(serverOf([old, statusOf(0)], open), undefined, progress)).toMatchObject({
      status: statusOf(0),
    })
  })

  it('waits until known recordings are placed again, and tells what does not answer', async () => {
    const hold = { since: '2026-01-10T22:14:03.000Z', until: '2026-01-10T22:15:03.000Z', failures: 3, message: '' }
    const held = { ...source, placingFrom: 0, held: { ...hold, code: 'STORAGE_UNAVAILABLE' } }
    notes.length = 0
    await followIngest(serverOf([statusOf(0, { sources: [held] }), statusOf(0)]), url, progress)
    expect(notes).toEqual([
      'recordings, 0 embeddings; known recordings are placed again; file:///cards has not answered since 2026-01-10 22:14:03 UTC (STORAGE_UNAVAILABLE)',
      'recordings, 0 embeddings',
    ])
  })
})
