import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, seedOf, shuffled } from '@coro/synthetic/random'
import { describe, expect, inject, test } from 'vitest'
import { startFaultRun } from './fault-run.js'
import { startTcpProxy, type ProxyMode } from './tcp-proxy.js'

const { seed, awayMs } = inject('faults')
const stack = inject('stack')
const targets = { postgres: stack.postgres.url, valkey: stack.valkey.url, s3: stack.s3.endpoint } as const

/** What a network does, each for a while. */
const disturbances: ProxyMode[] = [
  { kind: 'refuse' },
  { kind: 'pause' },
  { kind: 'half-close' },
  { kind: 'drop-after', bytes: 30_000 },
  { kind: 'latency', ms: 60 },
]

describe.each(['postgres', 'valkey', 's3'] as const)('the network to %s', (server) => {
  test(`resets, refuses, pauses, swallows, drops and dawdles in turn (seed ${seed})`, async () => {
    const random = createRandom(seedOf(seed, 'network', server))
    await using proxy = await startTcpProxy(new URL(targets[server]).host)
    await using run = await startFaultRun(`network-${server}`, { through: { [server]: proxy.address } })
    await run.deliver()
    await run.searchable(1)
    // Between two jobs there may be none to the storage.
    await expect.poll(() => proxy.resetAll(), { timeout: 30_000, interval: 50 }).toBeGreaterThan(0)
    for (const mode of shuffled(random, disturbances)) {
      await sleep(random() * 1500)
      proxy.set(mode)
      await sleep(awayMs / 4)
      if (mode.kind === 'refuse') proxy.resetAll()
      await sleep(awayMs / 8)
      proxy.set({ kind: 'pass' })
    }
    await run.checkEnd()
  })
})
