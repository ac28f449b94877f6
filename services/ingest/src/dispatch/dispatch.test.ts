import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@coro/shared/config/read-config'
import { addRecording, addSegments, addSource, addSpace } from '@coro/shared/database/database.fixture'
import { saveEmbeddings } from '@coro/shared/database/embeddings'
import { holdSource, releaseSource } from '@coro/shared/database/holds'
import { pause, resume } from '@coro/shared/database/pauses'
import { loadWork, moveState, postpone } from '@coro/shared/database/recording-work'
import { createLogger } from '@coro/shared/log/logger'
import { openPlatform, type Platform } from '@coro/shared/process/platform'
import { segmentsPerJob } from '@coro/shared/queues/embed-batches'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { dispatch, startDispatcher } from './dispatcher.js'
import { createBackgroundFill } from './fill-in-background.js'

let folder: string
let platform: Platform
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coro-dispatch-'))
  const config = readConfig({ CORO_DATABASE_URL: 'pglite:memory', CORO_DATA: folder })
  platform = await openPlatform(config, createLogger({ level: 'silent' }))
})
afterAll(async () => {
  await platform[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})
beforeEach(async () => {
  await platform.database.pool.query('truncate bullmq.job cascade')
  await platform.database.pool.query('delete from coro.recording')
  await platform.database.pool.query('delete from coro.pause')
})

const wide = { prepare: 1000, embed: 1000 }
const none = () => Promise.resolve(0)
const look = (windows = wide, background = createBackgroundFill(0)) => dispatch(platform, windows, background)

/** What the queue would hand out, in that order. */
async function inOrder(queue: 'prepare' | 'embed'): Promise<number[]> {
  const { rows } = await platform.database.pool.query<{ subject: string }>(
    `select id as subject from bullmq.job where queue = $1 order by priority, seq`,
    [queue],
  )
  return rows.map(({ subject }) => Number(/\d+/.exec(subject)?.[0]))
}
const waiting = async () => {
  const counts = await platform.queues.counts()
  return { prepare: counts.prepare.waiting, embed: counts.embed.waiting }
}
const priorityOf = async (id: number) => {
  const { rows } = await platform.database.pool.query<{ priority: number }>(
    `select priority from bullmq.job where id like $1`,
    [`%-${id}%`],
  )
  return rows.map(({ priority }) => priority)
}
const source = async () => (await addSource(platform.database)).id
/** A recording of that day in January 2026, at noon by its file's name. */
const recorded = (sourceId: number, day: number, draft: { key?: string } = {}) =>
  addRecording(platform.database, sourceId, { key: `A1/202601${String(day).padStart(2, '0')}_120000.WAV`, ...draft })

describe('the dispatcher', () => {
  it('gives out what should exist and does not, once, whatever the queue has lost', async () => {
    const { database } = platform
    const space = await addSpace(database)
    const sourceId = await source()
    await recorded(sourceId, 1)
    const begun = await recorded(sourceId, 2)
    await moveState(database.pool, begun, ['discovered'], 'preparing')
    const prepared = await recorded(sourceId, 3)
    await addSegments(database, prepared, [space], segmentsPerJob + 1)
    expect(await look()).toEqual({ prepare: 2, embed: 1, background: 0 })
    expect(await waiting()).toEqual({ prepare: 2, embed: 2 })
    expect(await look()).toEqual({ prepare: 0, embed: 0, background: 0 })
    expect(await waiting()).toEqual({ prepare: 2, embed: 2 })
    await database.pool.query('truncate bullmq.job cascade')
    expect(await waiting()).toEqual({ prepare: 0, embed: 0 })
    await look()
    expect(await waiting()).toEqual({ prepare: 2, embed: 2 })
  })

  it('begins with the newest recording, by its start, its name or its file’s time, and never with a clock ahead', async () => {
    const sourceId = await source()
    const { pool } = platform.database
    const [old, named, plain, ahead, known] = [
      await recorded(sourceId, 2),
      await recorded(sourceId, 20),
      // Its file is of the 10th (the fixture's objects all are).
      await addRecording(platform.database, sourceId, { key: 'A1/REC001.WAV' }),
      await addRecording(platform.database, sourceId, { key: 'A1/20360101_000000.WAV' }),
      await recorded(sourceId, 3),
    ]
    await pool.query(`update coro.recording set started_at = '2026-01-15T00:00:00Z' where id = $1`, [known])
    await pool.query(`update coro.recording set discovered_at = '2026-01-21T00:00:00Z' where source_id = $1`, [
      sourceId,
    ])
    await look()
    expect(await inOrder('prepare')).toEqual([ahead, named, known, plain, old])
  })

  it('keeps to its window, and fills it again as jobs are taken', async () => {
    const sourceId = await source()
    const ids: number[] = []
    for (let day = 1; day <= 9; day++) ids.unshift(await recorded(sourceId, day))
    await look({ prepare: 4, embed: 4 })
    expect(await inOrder('prepare')).toEqual(ids.slice(0, 4))
    await platform.database.pool.query(`delete from bullmq.job where id like $1`, [`prepare-${ids[0]}.%`])
    await moveState(platform.database.pool, ids[0] as number, ['discovered'], 'duplicate')
    await look({ prepare: 4, embed: 4 })
    expect(await inOrder('prepare')).toEqual(ids.slice(1, 5))
  })

  it('takes sources in turn, counting what they have in flight', async () => {
    const [big, small] = [await source(), await source()]
    const ofBig: number[] = []
    for (let day = 10; day <= 20; day++) ofBig.unshift(await recorded(big, day))
    const ofSmall = [await recorded(small, 2), await recorded(small, 1)]
    await look({ prepare: 2, embed: 1 })
    expect(await inOrder('prepare')).toEqual([ofBig[0], ofSmall[0]])
    await look({ prepare: 3, embed: 1 })
    await look({ prepare: 4, embed: 1 })
    expect((await inOrder('prepare')).sort((a, b) => a - b)).toEqual(
      [ofBig[0], ofBig[1], ...ofSmall].sort((a = 0, b = 0) => a - b),
    )
  })

  it('gives every job its priority: again 5, new 10, backlog 20, embedding again 30', async () => {
    const { database } = platform
    const { pool } = database
    const sourceId = await source()
    const [fresh, old, failed] = [await recorded(sourceId, 1), await recorded(sourceId, 2), await recorded(sourceId, 3)]
    await pool.query(`update coro.recording set discovered_at = now() - interval '25 hours' where id = any($1)`, [
      [old, failed],
    ])
    await moveState(pool, failed, ['discovered'], 'failed', { code: 'EIO', message: 'disk' })
    const space = await addSpace(database)
    const embedded = await recorded(sourceId, 4)
    await saveEmbeddings(database, space, embedded, [], await addSegments(database, embedded, [space], 1))
    await addSpace(database)
    await look()
    expect(await Promise.all([failed, fresh, old, embedded].map(priorityOf))).toEqual([[5], [10], [20], [30]])
  })

  it('leaves recordings alone until they are due', async () => {
    const sourceId = await source()
    const [later, now] = [await recorded(sourceId, 2), await recorded(sourceId, 1)]
    await moveState(platform.database.pool, later, ['discovered'], 'failed', { code: 'EIO', message: 'disk' })
    await postpone(platform.database.pool, later, 60)
    await look()
    expect(await inOrder('prepare')).toEqual([now])
    await postpone(platform.database.pool, later, -1)
    await look()
    expect(await inOrder('prepare')).toEqual([later, now])
  })

  it('passes over what is paused: a source, a stage, a stage of a source, or all', async () => {
    const { database } = platform
    const { pool } = database
    const space = await addSpace(database)
    const [one, other] = [await source(), await source()]
    for (const sourceId of [one, other]) {
      await recorded(sourceId, 1)
      await addSegments(database, await recorded(sourceId, 2), [space], 1)
    }
    const given = async (sourceId: number | null, stage: 'prepare' | 'embed' | null) => {
      await pool.query('truncate bullmq.job cascade')
      expect(await pause(pool, { sourceId, stage, reason: null, by: null })).toBe(true)
      expect(await pause(pool, { sourceId, stage, reason: null, by: null })).toBe(false)
      const { prepare, embed } = await look()
      expect(await resume(pool, { sourceId, stage })).toBe(1)
      return [prepare, embed]
    }
    expect(await given(one, null)).toEqual([1, 1])
    expect(await given(null, 'prepare')).toEqual([0, 2])
    expect(await given(other, 'embed')).toEqual([2, 1])
    expect(await given(null, null)).toEqual([0, 0])
    await pool.query('truncate bullmq.job cascade')
    expect(await look()).toMatchObject({ prepare: 2, embed: 2 })
  })

  it('leaves a source alone whose storage does not answer, and tries it with one recording', async () => {
    const { pool } = platform.database
    const [away, well] = [await source(), await source()]
    for (let day = 1; day <= 3; day++) {
      await recorded(away, day)
      await recorded(well, day)
    }
    const hold = (seconds: number) =>
      holdSource(pool, away, { code: 'STORAGE_UNAVAILABLE', message: 'no', seconds: () => seconds })
    expect(await hold(60)).toEqual({ failures: 1, holdS: 60 })
    // The same outage, met by another job.
    expect(await hold(60)).toMatchObject({ failures: 1 })
    expect(await look()).toMatchObject({ prepare: 3 })
    await pool.query(`update coro.source set held_until = now() - interval '1 second' where id = $1`, [away])
    expect(await look()).toMatchObject({ prepare: 1 })
    expect(await look()).toMatchObject({ prepare: 0 })
    await releaseSource(pool, away)
    expect(await look()).toMatchObject({ prepare: 2 })
  })

  it('gives places that are left to spaces that fill in the background', async () => {
    const { database } = platform
    const sourceId = await source()
    const old = await addSpace(database)
    const ids: number[] = []
    for (let day = 1; day <= 3; day++) {
      const id = await recorded(sourceId, day)
      await saveEmbeddings(database, old, id, [], await addSegments(database, id, [old], 1))
      ids.push(id)
    }
    const fresh = await addSpace(database)
    const background = createBackgroundFill(0)
    expect(await look({ prepare: 2, embed: 2 }, background)).toEqual({ prepare: 0, embed: 0, background: 2 })
    expect(await look({ prepare: 2, embed: 2 }, background)).toMatchObject({ background: 0 })
    expect(await look({ prepare: 2, embed: 9 }, background)).toMatchObject({ background: 1 })
    const { rows } = await database.pool.query(
      'select recording_id as id from coro.recording_space where space_id = $1 order by 1',
      [fresh.id],
    )
    expect(rows.map(({ id }) => id as number)).toEqual(ids)
    // They stay to be found in the old one meanwhile.
    expect((await loadWork(database.pool, ids[0] as number))?.state).toBe('searchable')
  })

  it('fills a space in the background also while every place that prepares is taken', async () => {
    const { database } = platform
    const sourceId = await source()
    const old = await addSpace(database)
    const id = await recorded(sourceId, 1)
    await saveEmbeddings(database, old, id, [], await addSegments(database, id, [old], 1))
    for (let day = 2; day <= 4; day++) await recorded(sourceId, day)
    await addSpace(database)
    expect(await look({ prepare: 2, embed: 2 })).toEqual({ prepare: 2, embed: 0, background: 1 })
  })

  it('by two at once doubles nothing', async () => {
    const sourceId = await source()
    const ids: number[] = []
    for (let day = 1; day <= 20; day++) ids.unshift(await recorded(sourceId, day))
    await Promise.all([1, 2, 3].map(() => look(wide, none)))
    expect((await inOrder('prepare')).sort((a, b) => b - a)).toEqual([...ids].sort((a, b) => b - a))
  })

  it('looks at once when it is called', async () => {
    const dispatcher = await startDispatcher(platform)
    try {
      const id = await recorded(await source(), 1)
      dispatcher.wake()
      await expect.poll(() => inOrder('prepare'), { timeout: 20_000 }).toEqual([id])
    } finally {
      await dispatcher[Symbol.asyncDispose]()
    }
  })
})
