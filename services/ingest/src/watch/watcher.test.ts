import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { readConfig } from '@coro/shared/config/read-config'
import { listRecordings } from '@coro/shared/database/listing'
import { removeSource } from '@coro/shared/database/source-list'
import { saveSource } from '@coro/shared/database/sources'
import { saveHints } from '@coro/shared/database/watching/object-hints'
import { createLogger } from '@coro/shared/log/logger'
import { openPlatform, type Platform } from '@coro/shared/process/platform'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startWatcher } from './watcher.js'

let folder: string
let platform: Platform
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coro-watcher-'))
  const config = readConfig({
    CORO_DATABASE_URL: 'pglite:memory',
    CORO_DATA: join(folder, 'data'),
    CORO_SETTLE_S: '0',
    CORO_SWEEP_INTERVAL_S: '3600',
  })
  platform = await openPlatform(config, createLogger({ level: 'silent' }))
})
afterAll(async () => {
  await platform[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await look());) {
    if (Date.now() > end) throw new Error(`never: ${what}`)
    await sleep(50)
  }
}
const keys = async (state: 'discovered' | 'superseded' = 'discovered') =>
  (await listRecordings(platform.database.pool, { states: [state], limit: 100 })).map(({ key }) => key)

it('a source that is declared over the API is watched without a restart, as it is declared, until it is removed', async () => {
  await using watcher = await startWatcher(platform)
  const { database } = platform
  const place = join(folder, 'cards')
  await mkdir(join(place, 'lagoa/A1'), { recursive: true })
  await writeFile(join(place, 'lagoa/A1/x.wav'), 'x')
  const url = pathToFileURL(place).href
  const declared = { url, deployments: [{ pattern: '{site}/{recorder}/...', channel: 2 }], sites: [] }
  const { id } = await saveSource(database, declared, 'api')
  await until('its file is found', async () => (await keys()).includes('lagoa/A1/x.wav'))
  const { rows } = await database.pool.query(
    'select d.prefix, t.name, d.channel from coro.deployment d join coro.site t on t.id = d.site_id where d.source_id = $1',
    [id],
  )
  expect(rows).toEqual([{ prefix: 'lagoa/A1/', name: 'lagoa', channel: '2' }])
  // No sweep is due for an hour: the folder's events, or hints of others, bring what comes.
  await writeFile(join(place, 'lagoa/A1/y.wav'), 'y')
  await saveHints(database.pool, [
    { sourceId: id, key: 'lagoa/A1/y.wav' },
    { sourceId: id, key: 'lagoa/A1/y.wav' },
    { sourceId: id, key: 'never/there.wav' },
  ])
  await until('the next file is found', async () => (await keys()).includes('lagoa/A1/y.wav'))
  await until('no hint is left', async () => (await database.pool.query('select from coro.object_hint')).rowCount === 0)
  await removeSource(database.pool, id)
  await sleep(5000)
  await writeFile(join(place, 'lagoa/A1/z.wav'), 'z')
  await saveHints(database.pool, [{ sourceId: id, key: 'lagoa/A1/z.wav' }])
  await sleep(3000)
  expect(await keys()).toEqual(['lagoa/A1/x.wav', 'lagoa/A1/y.wav'])
  void watcher
})

it('known recordings follow a declaration that changes while it is watched', async () => {
  const { database } = platform
  const place = join(folder, 'swapped')
  await mkdir(join(place, 'mata/C3'), { recursive: true })
  await writeFile(join(place, 'mata/C3/known.wav'), 'known')
  const url = pathToFileURL(place).href
  const declare = (pattern: string) => saveSource(database, { url, deployments: [{ pattern }], sites: [] }, 'api')
  await using watcher = await startWatcher(platform)
  await declare('{recorder}/{site}/...')
  const placeOf = async () => {
    const all = await listRecordings(database.pool, { key: 'mata/C3/known.wav', limit: 1 })
    return `${all[0]?.site}, ${all[0]?.recorder}`
  }
  await until('its file is found', async () => (await placeOf()) === 'C3, mata')
  await declare('{site}/{recorder}/...')
  await expect.poll(placeOf, { timeout: 20_000 }).toBe('mata, C3')
  void watcher
})

it('an address that is named besides takes no declaration away', async () => {
  const { database, config } = platform
  const place = join(folder, 'named')
  await mkdir(join(place, 'serra/B2'), { recursive: true })
  await writeFile(join(place, 'serra/B2/x.wav'), 'x')
  const url = pathToFileURL(place).href
  const { id } = await saveSource(
    database,
    { url, deployments: [{ pattern: '{site}/{recorder}/...' }], sites: [] },
    'api',
  )
  const named = { ...platform, config: { ...config, sources: [{ url, deployments: [], sites: [] }] } }
  await using watcher = await startWatcher(named)
  await until('its file is found', async () => (await keys()).includes('serra/B2/x.wav'))
  const { rows } = await database.pool.query(
    'select s.origin, d.prefix from coro.source s join coro.deployment d on d.source_id = s.id where s.id = $1',
    [id],
  )
  expect(rows).toEqual([{ origin: 'api', prefix: 'serra/B2/' }])
  void watcher
})

it('a source that does not answer keeps its hints, says why, and keeps no other waiting', async () => {
  const { database } = platform
  const place = join(folder, 'answers')
  await mkdir(place)
  const good = await saveSource(database, { url: pathToFileURL(place).href, deployments: [], sites: [] }, 'api')
  const bad = await saveSource(
    database,
    { url: 's3://nowhere', credentials: { env: 'CORO_TEST_NO_SUCH' }, deployments: [], sites: [] },
    'api',
  )
  await using watcher = await startWatcher(platform)
  await saveHints(database.pool, [{ sourceId: bad.id, key: 'a.wav' }])
  await until('its error', async () => {
    const { rows } = await database.pool.query<{ error: string | null }>(
      'select last_sweep_error as error from coro.source where id = $1',
      [bad.id],
    )
    return rows[0]?.error?.startsWith('CREDENTIALS_MISSING: CORO_TEST_NO_SUCH_ACCESS_KEY_ID') === true
  })
  await sleep(2000)
  await writeFile(join(place, 'good.wav'), 'good')
  await saveHints(database.pool, [{ sourceId: good.id, key: 'good.wav' }])
  await until('the other one is found', async () => (await keys()).includes('good.wav'))
  await until('one hint is left', async () => {
    const { rows } = await database.pool.query('select key from coro.object_hint where source_id in ($1, $2)', [
      good.id,
      bad.id,
    ])
    return JSON.stringify(rows) === '[{"key":"a.wav"}]'
  })
  expect(await keys()).toContain('good.wav')
  void watcher
})
