// The built file: threads run JavaScript.
import { createThreadPool, type ThreadPool } from '@coro/shared/threads/thread-pool'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestTask } from './thread-pool.fixture.js'

let pool: ThreadPool<TestTask, Float32Array>
beforeAll(() => {
  pool = createThreadPool(new URL(import.meta.resolve('@coro/shared/threads/thread-pool.fixture')), 2)
})
afterAll(() => pool[Symbol.asyncDispose]())

const works = async () => {
  const answer = await pool.run({ kind: 'double', samples: Float32Array.of(1, -2) })
  expect(answer).toEqual(Float32Array.of(2, -4))
}

describe('a thread pool', () => {
  it('runs a task in a thread and moves what is transferred', async () => {
    const samples = new Float32Array(1000).fill(3)
    const answer = await pool.run({ kind: 'double', samples }, { transfer: [samples.buffer] })
    expect(answer[999]).toBe(6)
    expect(samples.length).toBe(0)
  })

  it('carries a coded error across, with the stack of the thread', async () => {
    await expect(pool.run({ kind: 'reject' })).rejects.toMatchObject({
      name: 'CoroError',
      code: 'AUDIO_UNSUPPORTED',
      message: '24-bit ADPCM',
      disposition: 'reject',
      stack: expect.stringContaining('thread-pool.fixture') as string,
    })
  })

  it('keeps the code and the meaning of a system error', async () => {
    await expect(pool.run({ kind: 'system error', code: 'ENOSPC' })).rejects.toMatchObject({
      code: 'ENOSPC',
      disposition: 'wait',
    })
    await expect(pool.run({ kind: 'system error', code: 'EIO' })).rejects.toMatchObject({
      code: 'EIO',
      disposition: 'retry',
    })
  })

  it('says THREAD_DIED where the thread ended, and goes on with another', async () => {
    await expect(pool.run({ kind: 'exit' })).rejects.toMatchObject({ code: 'THREAD_DIED', disposition: 'retry' })
    await works()
  })

  it('ends a task when its signal fires: the work is not at fault', async () => {
    const stopping = new AbortController()
    const running = pool.run({ kind: 'sleep' }, { signal: stopping.signal })
    setTimeout(() => stopping.abort(), 5)
    await expect(running).rejects.toMatchObject({ code: 'ABORTED', disposition: 'wait' })
    await works()
  })

  it('ends a task that takes too long: the work is at fault', async () => {
    await expect(pool.run({ kind: 'sleep' }, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({
      code: 'THREAD_TIMEOUT',
      disposition: 'retry',
    })
    await works()
  })
})
