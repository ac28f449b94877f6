import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, seedOf, shuffled, type Random } from '@coro/synthetic/random'
import { expect, inject, test } from 'vitest'
import type { Role } from '../distributed/services.js'
import { roles, startFaultRun, type FaultRun } from './fault-run.js'

const { seed, kills } = inject('faults')

/** All roles in a drawn order, again and again: none is spared for long. */
function* victims(random: Random): Generator<Role> {
  for (;;) yield* shuffled(random, roles)
}

/** So many parts, of equal size as far as they can be; empty ones where there are not enough. */
const inPortions = (keys: string[], count: number): string[][] =>
  Array.from({ length: count }, (_, n) =>
    keys.slice(Math.round((n * keys.length) / count), Math.round(((n + 1) * keys.length) / count)),
  )

/** Kill a service at once, and start it again at once, as whatever looks after services does. */
async function killOnce({ services, system }: FaultRun, role: Role): Promise<void> {
  await services[role].kill()
  services[role] = await system.startOne(role)
}

test(`kill -9 of every process, ${kills} times at random moments of an ingest (seed ${seed})`, async () => {
  const random = createRandom(seedOf(seed, 'kill'))
  await using run = await startFaultRun('killed')
  const killed: Role[] = []
  // There is work to the end, however many die over it.
  const portions = inPortions(
    run.deployment.files.map(({ key }) => key),
    kills,
  )
  for (const role of victims(random)) {
    await run.system.deliver(run.deployment.folder, portions[killed.length] ?? [])
    // The next one dies while the last one starts, or long after.
    await sleep(random() * 3500)
    await killOnce(run, role)
    killed.push(role)
    if (killed.length === kills) break
  }
  await Promise.all(Object.values(run.services).map((service) => service.ready()))
  expect(new Set(killed).size).toBe(Math.min(kills, roles.length))
  await run.checkEnd()
})
