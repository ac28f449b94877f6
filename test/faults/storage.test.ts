import { createRandom, seedOf } from '@coro/synthetic/random'
import { expect, inject, test } from 'vitest'
import { startFaultRun } from './fault-run.js'
import { startFaultyStorage } from './faulty-storage.js'

const { seed } = inject('faults')

test(`a storage that answers every fifth request badly, in six ways (seed ${seed})`, async () => {
  await using storage = await startFaultyStorage(
    inject('stack').s3.endpoint,
    0.2,
    createRandom(seedOf(seed, 'storage')),
  )
  await using run = await startFaultRun('bad-storage', { through: { s3: storage.address } })
  await run.deliver()
  await run.checkEnd()
  expect(Object.keys(storage.dealt).sort()).toEqual([
    'half a body',
    'internal error',
    'reset after',
    'reset before',
    'slow down',
    'wrong length',
  ])
})
