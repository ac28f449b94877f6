import { describe, expect, it } from 'vitest'
import { CoroError, errorFacts } from './errors.js'

const coded = (code: string, name = 'Error') => Object.assign(new Error('words'), { code, name })

describe('errorFacts', () => {
  it('reads a coded error as it is', () => {
    const cause = new Error('below')
    const error = new CoroError('AUDIO_EMPTY', 'no samples', { disposition: 'reject', cause, details: { bytes: 44 } })
    expect(errorFacts(error)).toEqual({ code: 'AUDIO_EMPTY', message: 'no samples', disposition: 'reject' })
    expect(error).toMatchObject({ cause, details: { bytes: 44 }, name: 'CoroError' })
  })

  it('takes an error of another package at its word', () => {
    const error = Object.assign(new Error('no sound'), { code: 'AUDIO_X', disposition: 'crash' })
    expect(errorFacts(error)).toEqual({ code: 'AUDIO_X', message: 'no sound', disposition: 'crash' })
  })

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ENOSPC', 'EMFILE', '57P01', '53300'])(
    'waits for the surroundings: %s',
    (code) => {
      expect(errorFacts(coded(code))).toEqual({ code, message: 'words', disposition: 'wait' })
    },
  )

  it('gives a full disk of the database a name', () => {
    expect(errorFacts(coded('53100'))).toEqual({ code: 'DATABASE_FULL', message: 'words', disposition: 'wait' })
  })

  it('knows errors without a code by their name', () => {
    expect(errorFacts(Object.assign(new Error('slow'), { name: 'TimeoutError' }))).toMatchObject({
      disposition: 'wait',
    })
  })

  it.each([
    ['another system error', coded('EIO'), 'EIO'],
    ['a plain error', new TypeError('x is undefined'), 'UNEXPECTED'],
    ['what is no error', 'frog', 'UNEXPECTED'],
    ['a disposition that is none', Object.assign(coded('X'), { disposition: 'panic' }), 'X'],
  ])('lets %s cost an attempt', (_, error, code) => {
    expect(errorFacts(error)).toMatchObject({ code, disposition: 'retry' })
  })
})
