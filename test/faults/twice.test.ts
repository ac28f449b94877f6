import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, seedOf, shuffled } from '@coro/synthetic/random'
import { inject, test } from 'vitest'
import { readFileOf } from './fault-deployment.js'
import { startFaultRun } from './fault-run.js'

const { seed } = inject('faults')

test('two watchers, reconcilers and dispatchers at once, two prepare and two embed workers', async () => {
  await using run = await startFaultRun('twice')
  await run.system.start('watch', 'prepare', 'embed')
  await run.deliver()
  await run.checkEnd()
})

test(`events three times each, out of order, before and after what they tell, and no sweep (seed ${seed})`, async () => {
  const random = createRandom(seedOf(seed, 'events'))
  await using run = await startFaultRun('events', { environment: { CORO_SWEEP_INTERVAL_S: '3600' } })
  const { system, deployment } = run
  const bucket = new URL(system.sourceUrl).hostname
  const tell = (keys: readonly string[], eventName: string) =>
    system.post('/v1/events', {
      Records: keys.map((key) => ({ eventName, s3: { bucket: { name: bucket }, object: { key } } })),
    })
  const keys = deployment.files.map(({ key }) => key)
  await tell(shuffled(random, keys), 'ObjectCreated:Put')
  const events = shuffled(
    random,
    deployment.files.flatMap((file) => [file, file, file]),
  )
  const there = new Set<string>()
  for (const [n, file] of events.entries()) {
    if (!there.has(file.key)) await system.source.put(file.key, await readFileOf(deployment, file))
    there.add(file.key)
    // Now and then one of a deletion that never was, or was long ago.
    await tell([file.key], n % 5 === 0 ? 'ObjectRemoved:Delete' : 'ObjectCreated:Put')
    await sleep(random() * 60)
  }
  await tell(shuffled(random, keys), 'ObjectCreated:Put')
  await run.checkEnd()
})
