import { describe, expect, it } from 'vitest'
import { createDisposables } from './dispose-all.js'

describe('createDisposables', () => {
  it('ends what was begun, the last first, each awaited, once', async () => {
    const ended: string[] = []
    const own = createDisposables()
    own.use({ [Symbol.dispose]: () => ended.push('lock') })
    own.use({
      async [Symbol.asyncDispose]() {
        await Promise.resolve()
        ended.push('database')
      },
    })
    const queue = { [Symbol.asyncDispose]: () => Promise.resolve(void ended.push('queue')) }
    expect(own.use(queue)).toBe(queue)
    await own[Symbol.asyncDispose]()
    await own[Symbol.asyncDispose]()
    expect(ended).toEqual(['queue', 'database', 'lock'])
  })

  it('ends the rest where one fails, and says so', async () => {
    const ended: string[] = []
    const own = createDisposables()
    own.use({ [Symbol.dispose]: () => ended.push('first') })
    own.use({ [Symbol.asyncDispose]: () => Promise.reject(new Error('stuck')) })
    await expect(own[Symbol.asyncDispose]()).rejects.toMatchObject({ errors: [{ message: 'stuck' }] })
    expect(ended).toEqual(['first'])
  })
})
