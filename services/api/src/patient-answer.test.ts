import { setTimeout as sleep } from 'node:timers/promises'
import { CoroError } from '@coro/shared/errors'
import { createLogger } from '@coro/shared/log/logger'
import { describe, expect, it } from 'vitest'
import { patientAnswer } from './patient-answer.js'

const log = createLogger({ level: 'silent' })
const failure = () => new CoroError('INDEX_IMPOSSIBLE', 'too many dimensions', { disposition: 'reject' })

describe('an answer to long work', () => {
  it('is a plain one where the work ends soon, and a failure is thrown as ever', async () => {
    expect(await patientAnswer(log, Promise.resolve({ built: true }))).toEqual({ built: true })
    await expect(patientAnswer(log, Promise.reject(failure()))).rejects.toMatchObject({ code: 'INDEX_IMPOSSIBLE' })
  })

  it('begins before the work has ended, keeps on, and is JSON', async () => {
    let end: (answer: { built: boolean }) => void = () => undefined
    const work = new Promise<{ built: boolean }>((resolve) => (end = resolve))
    const answer = (await patientAnswer(log, work, 5)) as Response
    expect(answer.headers.get('content-type')).toBe('application/json')
    const reader = answer.body!.getReader()
    const beats = [await reader.read(), await reader.read(), await reader.read()]
    expect(beats.map(({ value }) => new TextDecoder().decode(value))).toEqual([' ', ' ', ' '])
    end({ built: true })
    let rest = ''
    for (let read = await reader.read(); !read.done; read = await reader.read())
      rest += new TextDecoder().decode(read.value)
    expect(JSON.parse(`   ${rest}`)).toEqual({ built: true })
  })

  it('tells a late failure in its body', async () => {
    const work = sleep(30).then(() => Promise.reject<{ built: boolean }>(failure()))
    const answer = (await patientAnswer<{ built: boolean }>(log, work, 5)) as Response
    expect(await answer.json()).toEqual({ error: { code: 'INDEX_IMPOSSIBLE', message: 'too many dimensions' } })
  })

  it('lets the work end where its reader goes away', async () => {
    const work = sleep(20).then(() => ({ built: true }))
    const answer = (await patientAnswer(log, work, 5)) as Response
    await answer.body!.cancel()
    await expect(work).resolves.toEqual({ built: true })
  })
})
