import { expect, it } from 'vitest'
import type { Queryable } from './open.js'
import { waitingLately } from './waiting-lately.js'

/** A database whose count takes so long, milliseconds, and comes to one more each time; null fails. */
function countingFor(...timesMs: (number | null)[]) {
  let counts = 0
  const query = async () => {
    const ms = timesMs[Math.min(counts, timesMs.length - 1)] as number | null
    const count = ++counts
    await new Promise((resolve) => setTimeout(resolve, ms ?? 1))
    if (ms === null) throw new Error('away')
    return { rows: [{ stage: 'prepare', source: 's', count, oldest: null }] }
  }
  return { queryable: { query } as unknown as Queryable, counts: () => counts }
}
const countOf = async (queryable: Queryable) => (await waitingLately(queryable))[0]?.count

it('counts once for all who ask while it counts, and uses that for a while where counting takes long', async () => {
  const slow = countingFor(200)
  const first = await Promise.all([1, 2, 3].map(() => countOf(slow.queryable)))
  expect([...first, await countOf(slow.queryable)]).toEqual([1, 1, 1, 1])
  expect(slow.counts()).toBe(1)
})

it('counts anew soon where counting takes no time, and after a count that failed', async () => {
  const quick = countingFor(1)
  expect(await countOf(quick.queryable)).toBe(1)
  await expect.poll(() => countOf(quick.queryable)).toBe(2)
  const failing = countingFor(null, 200)
  await expect(countOf(failing.queryable)).rejects.toThrow('away')
  expect(await countOf(failing.queryable)).toBe(2)
})
