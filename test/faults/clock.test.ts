import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, seedOf } from '@coro/synthetic/random'
import { expect, inject, test } from 'vitest'
import { root } from '../distributed/services.js'
import { startFaultRun } from './fault-run.js'

const { seed, folder } = inject('faults')
const dayMs = 86_400_000

test(`the clock of every service jumps a day ahead and back, an hour back and forth again (seed ${seed})`, async () => {
  const random = createRandom(seedOf(seed, 'clock'))
  const clock = join(folder, 'clock')
  await writeFile(clock, '0')
  await using run = await startFaultRun('clock', {
    environment: {
      CORO_TEST_CLOCK_FILE: clock,
      NODE_OPTIONS: `--import=${join(root, 'test/faults/jumping-clock.mjs')}`,
    },
  })
  await run.deliver()
  await run.searchable(1)
  for (const offsetMs of [dayMs, 0, -dayMs / 24, 0]) {
    await writeFile(clock, String(offsetMs))
    await sleep(1500 + random() * 3000)
    // With some work given back while the clock is wrong.
    expect(await run.services.prepare.stop()).toBe(0)
    run.services.prepare = await run.system.startOne('prepare')
    await run.services.prepare.ready()
  }
  await run.checkEnd()
  const { rows } = await run.system.database.pool.query('select key from coro.recording where deaths >= 5')
  expect(rows).toEqual([])
})
