import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { settleInZone } from '@coro/audio/metadata/settle-in-zone'
import type { SourceConfig } from '@coro/shared/config/sources'
import { insertCorrection } from '@coro/shared/database/clock-corrections'
import { addRecording, addSegments, addSpace, openTestDatabase } from '@coro/shared/database/database.fixture'
import { ledgerOf } from '@coro/shared/database/ledger'
import type { Database } from '@coro/shared/database/open'
import { retimeThese } from '@coro/shared/database/retime'
import { placeSite } from '@coro/shared/database/sites'
import { saveSource, siteIdOf, type SourceRow } from '@coro/shared/database/sources'
import { sourcesToPlace } from '@coro/shared/database/watching/placing'
import { whyFacts } from '@coro/shared/database/why'
import { tellWhy } from '@coro/shared/why/tell-why'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { placeAgain } from './place-again.js'
import { createPlaceFinder } from './place-of-key.js'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

let url: string
beforeEach(() => {
  url = `file:///sources/${randomUUID()}`
})
const declare = (config: Partial<SourceConfig> = {}, origin: 'file' | 'api' = 'file') =>
  saveSource(database, { url, deployments: [], sites: [], ...config }, origin)
const place = (source: SourceRow, pageSize?: number, signal = new AbortController().signal) =>
  placeAgain(
    { database, source, placeOf: createPlaceFinder(database.pool, source), worker: 'w', othersFollowS: 0, signal },
    pageSize,
  )

/** A recording where its source's declaration puts it, as it is once it has been prepared. */
async function found(
  source: SourceRow,
  key: string,
  {
    local = '2026-01-10T06:00:00',
    serial,
    format = 'wav',
  }: { local?: string; serial?: string; format?: string | null } = {},
): Promise<number> {
  const { deploymentId, siteId, recorderId } = await createPlaceFinder(database.pool, source)(key)
  const id = await addRecording(database, source.id, { key, siteId, recorderId })
  const claims = [{ source: 'filename', local, utcOffsetMin: null, confidence: 0.6 }]
  const { rows } = await database.pool.query<{ zone: string | null }>(
    `update coro.recording r set deployment_id = $2, format = $3, metadata = $4 where id = $1
     returning (select coalesce(d.time_zone, t.time_zone, s.time_zone) from coro.source s
                  left join coro.deployment d on d.id = $2 left join coro.site t on t.id = r.site_id
                 where s.id = r.source_id) as zone`,
    [id, deploymentId, format, JSON.stringify({ claims, device: serial === undefined ? {} : { recorderId: serial } })],
  )
  const start = settleInZone(claims, rows[0]?.zone ?? null)
  if (format !== null && start) {
    await database.pool.query(
      `update coro.recording set started_at = $2, utc_offset_min = $3, time_source = $4, time_confidence = $5 where id = $1`,
      [id, start.startedAt, start.utcOffsetMin, start.timeSource, start.timeConfidence],
    )
  }
  return id
}

async function placeOf(id: number) {
  const { rows } = await database.pool.query<{
    site: string | null
    recorder: string | null
    deployment: string | null
    startedAt: Date | null
  }>(
    `select t.name as site, c.name as recorder, d.prefix as deployment, r.started_at as "startedAt"
       from coro.recording r left join coro.site t on t.id = r.site_id left join coro.recorder c on c.id = r.recorder_id
       left join coro.deployment d on d.id = r.deployment_id where r.id = $1`,
    [id],
  )
  return rows[0]
}
const at = (instant: string) => ({ startedAt: new Date(instant) })
const outcomes = async (id: number) => (await ledgerOf(database.pool, id)).map(({ outcome }) => outcome)

describe('a declaration that changes', () => {
  it('takes the known recordings along: deployment, site and recorder; not their segments, and nothing is to be done again', async () => {
    const before = await declare({
      deployments: [{ pattern: '{recorder}/{site}/...' }, { prefix: 'B/', site: 'lago' }],
    })
    const [swapped, misspelt, right] = [
      await found(before, 'lagoa/A1/x.wav'),
      await found(before, 'B/x.wav'),
      await found(before, 'x.wav'),
    ]
    const space = await addSpace(database)
    const segments = await addSegments(database, swapped, [space], 2)
    expect(await placeOf(swapped)).toMatchObject({ site: 'A1', recorder: 'lagoa' })
    const mended = { deployments: [{ pattern: '{site}/{recorder}/...' }, { prefix: 'B/', site: 'lagoa' }] }
    const after = await declare(mended)
    expect(await sourcesToPlace(database.pool)).toContain(after.id)
    expect(await place(after)).toBe(2)
    expect(await placeOf(swapped)).toMatchObject({ site: 'lagoa', recorder: 'A1', deployment: 'lagoa/A1/' })
    expect(await placeOf(misspelt)).toMatchObject({ site: 'lagoa', recorder: null, deployment: 'B/' })
    expect(await placeOf(right)).toMatchObject({ site: url.split('/').at(-1), deployment: null })
    const { rows } = await database.pool.query('select id from coro.segment where recording_id = $1 order by index', [
      swapped,
    ])
    expect(rows.map(({ id }: { id: number }) => id)).toEqual(segments)
    expect(await Promise.all([swapped, right].map(outcomes))).toEqual([['found', 'placed'], ['found']])
    const facts = await whyFacts(database.pool, swapped)
    expect(facts && tellWhy(facts).sentences.at(-2)).toMatch(
      /^Placed again .* UTC, since the declaration of its source or site changed: site lagoa instead of A1, recorder A1 instead of lagoa\.$/,
    )
    expect(await sourcesToPlace(database.pool)).not.toContain(after.id)
    expect(await place(await declare(mended))).toBe(0)
  })

  it('reads clocks again in the zone that holds now; those that state their offset, and corrections, stay', async () => {
    const zone = (timeZone: string) => ({ deployments: [{ prefix: 'A/', site: `zone ${url}`, timeZone }] })
    const before = await declare(zone('America/Manaus'))
    const [plain, corrected, stated, waiting] = [
      await found(before, 'A/plain.wav'),
      await found(before, 'A/corrected.wav'),
      await found(before, 'A/stated.wav'),
      await found(before, 'A/waiting.wav', { format: null }),
    ]
    await database.pool.query(
      `update coro.recording set metadata = jsonb_set(metadata, '{claims,0,utcOffsetMin}', '0'),
              started_at = '2026-01-10T06:00:00Z', utc_offset_min = 0 where id = $1`,
      [stated],
    )
    await insertCorrection(database.pool, {
      sourceId: before.id,
      prefix: 'A/corrected',
      siteId: null,
      recorderId: null,
      fromAt: null,
      toAt: null,
      offsetS: 60,
      driftSPerDay: 0,
      referenceAt: null,
      timeZone: null,
      note: null,
      madeBy: null,
    })
    await retimeThese(database.pool, [corrected], settleInZone)
    expect(await Promise.all([plain, corrected].map(placeOf))).toMatchObject([
      at('2026-01-10T10:00:00Z'),
      at('2026-01-10T10:01:00Z'),
    ])
    const after = await declare(zone('America/Sao_Paulo'))
    expect(await place(after)).toBe(2)
    expect(await Promise.all([plain, corrected, stated, waiting].map(placeOf))).toMatchObject([
      at('2026-01-10T09:00:00Z'),
      at('2026-01-10T09:01:00Z'),
      at('2026-01-10T06:00:00Z'),
      { startedAt: null },
    ])
    const { rows } = await database.pool.query(
      `select r.claimed_at, t.time_zone from coro.recording r join coro.site t on t.id = r.site_id where r.id = $1`,
      [corrected],
    )
    // The site had its zone from the deployment: local times are told in it.
    expect(rows).toEqual([{ claimed_at: new Date('2026-01-10T09:00:00Z'), time_zone: 'America/Sao_Paulo' }])
  })

  it("and a zone that a site was given itself stays the site's", async () => {
    const site = `given ${url}`
    const config = (timeZone: string) => ({ deployments: [{ prefix: 'A/', site, timeZone }] })
    await declare(config('America/Manaus'))
    await placeSite(database.pool, site, { timeZone: 'America/Manaus' })
    await declare(config('America/Sao_Paulo'))
    const { rows } = await database.pool.query('select time_zone from coro.site where name = $1', [site])
    expect(rows).toEqual([{ time_zone: 'America/Manaus' }])
  })

  it('leaves the recorder to the header where the path names none any more, and tells what contradicts then', async () => {
    const serial = '24E144055E080032'
    const other = '24E144055E080033'
    const before = await declare({ deployments: [{ prefix: 'A/', site: 'lagoa', recorder: other }] })
    const id = await found(before, 'A/x.wav', { serial })
    const conflicts = async () =>
      (
        await database.pool.query<{ conflicts: unknown }>(
          `select metadata -> 'conflicts' as conflicts from coro.recording where id = $1`,
          [id],
        )
      ).rows[0]?.conflicts
    await place(await declare({ deployments: [{ prefix: 'A/', site: 'lagoa' }] }))
    expect([await placeOf(id), await conflicts()]).toMatchObject([{ recorder: serial }, null])
    await place(await declare({ deployments: [{ prefix: 'A/', site: 'lagoa', recorder: other }] }))
    expect([await placeOf(id), await conflicts()]).toMatchObject([
      { recorder: other },
      [{ kind: 'recorder', values: [serial, other] }],
    ])
    await place(await declare({ deployments: [{ prefix: 'A/', site: 'lagoa', recorder: serial }] }))
    expect([await placeOf(id), await conflicts()]).toMatchObject([{ recorder: serial }, null])
  })

  it('goes on where it was cut off, and ends where the source is declared anew meanwhile', async () => {
    const deployments = (site: string) => ({ deployments: [{ prefix: 'A/', site }] })
    const before = await declare(deployments('one'))
    const ids: number[] = []
    for (let i = 0; i < 5; i++) ids.push(await found(before, `A/${i}.wav`))
    const second = await declare(deployments('two'))
    const stop = new AbortController()
    const finder = createPlaceFinder(database.pool, second)
    let asked = 0
    const parts = {
      database,
      source: second,
      worker: 'w',
      othersFollowS: 0,
      signal: stop.signal,
      placeOf: (key: string) => {
        if (++asked === 3) stop.abort()
        return finder(key)
      },
    }
    expect(await placeAgain(parts, 2)).toBe(4)
    const sites = async () => (await Promise.all(ids.map(placeOf))).map((one) => one?.site)
    expect(await sites()).toEqual(['two', 'two', 'two', 'two', 'one'])
    expect(await place(await declare(deployments('two')), 2)).toBe(1)
    expect(await sites()).toEqual(['two', 'two', 'two', 'two', 'two'])
    // Who still has the old declaration writes nothing any more.
    const third = await declare(deployments('three'))
    expect(await place(second)).toBe(0)
    expect(await place(third)).toBe(5)
    expect(await sites()).toEqual(['three', 'three', 'three', 'three', 'three'])
  })

  it('takes along what another watcher still finds by the declaration before', async () => {
    const before = await declare({ deployments: [{ prefix: 'A/', site: 'one' }] })
    const after = await declare({ deployments: [{ prefix: 'A/', site: 'two' }] })
    const placeOfKey = createPlaceFinder(database.pool, after)
    const { signal } = new AbortController()
    const placing = placeAgain({
      database,
      source: after,
      placeOf: placeOfKey,
      worker: 'w',
      othersFollowS: 3,
      signal,
    })
    await sleep(500)
    const siteId = await siteIdOf(database.pool, 'one')
    const late = await addRecording(database, before.id, { key: 'A/late.wav', siteId })
    expect(await placing).toBe(1)
    expect(await placeOf(late)).toMatchObject({ site: 'two' })
  })

  it('is none where only an address is named, or how the storage is reached', async () => {
    const declared = { deployments: [{ prefix: 'A/', site: 'lagoa' }] }
    const source = await declare(declared)
    const id = await found(source, 'A/x.wav')
    await declare({})
    expect(await sourcesToPlace(database.pool)).not.toContain(source.id)
    await declare({ ...declared, region: 'sa-east-1' })
    await place(await declare({ ...declared, endpoint: 'http://127.0.0.1:9' }))
    expect(await sourcesToPlace(database.pool)).not.toContain(source.id)
    expect(await placeOf(id)).toMatchObject({ site: 'lagoa' })
    // Over the API it is said on purpose.
    expect(await place(await declare({}, 'api'))).toBe(1)
    expect(await placeOf(id)).toMatchObject({ site: 'A', deployment: null })
  })
})

it('a site that gets another zone takes the starts of its recordings along, of every source', async () => {
  const site = `moved ${url}`
  const source = await declare({ deployments: [{ prefix: 'A/', site }] })
  const id = await found(source, 'A/x.wav')
  expect(await placeOf(id)).toMatchObject(at('2026-01-10T06:00:00Z'))
  await placeSite(database.pool, site, { latitude: -22 })
  expect(await sourcesToPlace(database.pool)).not.toContain(source.id)
  await placeSite(database.pool, site, { timeZone: 'America/Sao_Paulo' })
  expect(await place(source)).toBe(1)
  expect(await placeOf(id)).toMatchObject(at('2026-01-10T09:00:00Z'))
  await placeSite(database.pool, site, { timeZone: 'America/Sao_Paulo' })
  expect(await sourcesToPlace(database.pool)).not.toContain(source.id)
})
