import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, seedOf } from '@coro/synthetic/random'
import { afterAll, inject, test } from 'vitest'
import { emptyQueues, freeze, restart } from '../distributed/servers.js'
import { startFaultRun } from './fault-run.js'

const { seed, awayMs, recordings } = inject('faults')
const random = createRandom(seedOf(seed, 'servers'))
const someTime = () => sleep(random() * 3000)
const third = Math.floor(recordings / 3)

afterAll(() => emptyQueues())

test(`the queue server loses everything, twice, and is restarted (seed ${seed})`, async () => {
  await using run = await startFaultRun('queue-lost')
  await run.deliver()
  await run.searchable(1)
  await emptyQueues()
  await someTime()
  await emptyQueues()
  await run.searchable(third)
  await restart('valkey', () => sleep(1000))
  await run.checkEnd()
})

test(`the database is restarted, and freezes for ${awayMs / 1000} s (seed ${seed})`, async () => {
  await using run = await startFaultRun('database-away')
  await run.deliver()
  await run.searchable(1)
  await restart('postgres', () => sleep(1000))
  await run.searchable(third)
  await someTime()
  await freeze('postgres', awayMs)
  await run.checkEnd()
})
