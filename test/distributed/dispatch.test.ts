import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { openDatabase, type Database } from '@coro/shared/database/open'
import { openQueues, type Queues } from '@coro/shared/queues/open'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { checkConsistent } from './consistency.js'
import { smallDeployment, type SmallDeployment } from './deployment.js'
import { emptyQueues } from './servers.js'
import { inherited, root } from './services.js'
import { createSystem, type System } from './system.js'
import { waitUntil } from './wait-until.js'

let deployment: SmallDeployment
let system: System
let watched: Database
let queues: Queues
const allDone = { searchable: 4, duplicate: 1, quarantined: 1 }

beforeAll(async () => {
  deployment = await smallDeployment({ recordings: 4 })
})
beforeEach(async ({ task }) => {
  system = await createSystem(`dispatch-${task.name.split(' ')[0]?.replaceAll(/[^a-z]/g, '')}`, {
    environment: { CORO_QUEUE_WINDOW: '3', CORO_MAX_DEATHS: '2', CORO_PREPARE_THREADS: '2' },
  })
  watched = await openDatabase(system.environment['CORO_DATABASE_URL'] as string)
  queues = await openQueues(system.environment['CORO_QUEUE_URL'] as string, watched)
})
afterEach(async () => {
  await queues?.[Symbol.asyncDispose]()
  await watched?.[Symbol.asyncDispose]()
  await system?.[Symbol.asyncDispose]()
})
afterAll(() => emptyQueues())

/** So many recordings that only have to be given out: nobody works on them. */
const addBacklog = (count: number) =>
  system.database.pool.query(
    `insert into coro.recording (source_id, key, version, size_bytes, modified_at, discovered_at)
     select (select min(id) from coro.source), 'backlog/' || n || '.wav', 'v', 1, now() - make_interval(days => 1000 + n),
            now() - interval '2 days' from generate_series(1, $1) n`,
    [count],
  )
const prepareQueue = () => queues.prepare.inFlight(10_000)

test('two watchers keep the queue at its window, also when it is emptied, and double nothing', async () => {
  await system.start('watch')
  await system.start('watch')
  await addBacklog(500)
  const full = () =>
    waitUntil('a full window', 20_000, async () => {
      const { subjects } = await prepareQueue()
      return subjects.length >= 3 && subjects
    })
  const first = await full()
  expect(new Set(first).size).toBe(first.length)
  await emptyQueues()
  const second = await full()
  expect([...second].sort()).toEqual([...first].sort())
  // Both have looked several times since: none of them added a fourth.
  await new Promise((resolve) => {
    setTimeout(resolve, 2000)
  })
  expect((await prepareQueue()).subjects).toHaveLength(3)
})

test('today’s recordings do not wait behind a backlog', async () => {
  await system.start('watch', 'prepare', 'embed', 'api')
  await system.coro('pause', '--stage', 'prepare')
  await addBacklog(2000)
  await system.deliver(deployment.folder, deployment.keys, 'today/')
  await waitUntil('the recordings found', 30_000, async () => {
    const { rows } = await system.database.pool.query(`select from coro.recording where key like 'today/%'`)
    return rows.length === deployment.keys.length
  })
  expect((await prepareQueue()).subjects).toEqual([])
  await system.coro('resume')
  await waitUntil('today’s recordings', 60_000, async () => {
    const { rows } = await system.database.pool.query(
      `select from coro.recording where key like 'today/%' and state in ('searchable', 'duplicate', 'quarantined')`,
    )
    return rows.length === deployment.keys.length
  })
  // The backlog's objects do not exist: each that was tried says so.
  const { rows } = await system.database.pool.query<{ n: number }>(
    `select count(*) as n from coro.recording where key like 'backlog/%' and state = 'discovered'`,
  )
  expect(rows[0]?.n).toBeGreaterThan(1000)
})

test('poison sets itself aside and takes no innocents with it', async () => {
  await system.start('watch', 'embed', 'api')
  await system.source.put('poison/x.wav', Buffer.from('POISON, and then some'))
  await system.deliver(deployment.folder, deployment.keys)
  const stopping = new AbortController()
  let child: ChildProcess | null = null
  let lives = 0
  // As a supervisor would: started again whenever it has died.
  const supervised = (async () => {
    while (!stopping.signal.aborted) {
      lives++
      child = spawn(process.execPath, [join(root, 'test/distributed/poison-prepare.mjs')], {
        cwd: root,
        env: { ...inherited(), ...system.environment },
        stdio: 'ignore',
      })
      const running = child
      await new Promise((resolve) => {
        running.once('exit', resolve)
      })
    }
  })()
  try {
    await system.settle({ ...allDone, quarantined: 2 }, 140_000)
  } finally {
    stopping.abort()
    ;(child as ChildProcess | null)?.kill('SIGTERM')
    await supervised
  }
  const { rows } = await system.database.pool.query<{ key: string; code: string; deaths: number }>(
    `select key, reason_code as code, deaths from coro.recording where state = 'quarantined' order by reason_code`,
  )
  expect(rows.at(-1)).toEqual({ key: 'poison/x.wav', code: 'WORKER_DIED', deaths: 2 })
  // It died twice with the poison alone in hand, and at most once before that with others.
  expect(lives).toBeLessThanOrEqual(4)
  const innocent = await system.database.pool.query(
    'select key from coro.recording where deaths > 0 and key not like $1',
    ['poison/%'],
  )
  expect(innocent.rows).toEqual([])
  const { stdout } = await system.coro('quarantine', 'list', '--code', 'WORKER_DIED')
  expect(stdout).toMatch(/last death on .*:\d+:[0-9a-f]{6}/)
  await checkConsistent(system.database)
}, 200_000)
