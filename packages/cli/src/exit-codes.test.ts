import { CoroError, type Disposition } from '@coro/shared/errors'
import { CommanderError } from 'commander'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { exitCodes, reportError } from './exit-codes.js'

let printed: string
beforeEach(() => {
  printed = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += String(text)
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

const coded = (code: string, disposition: Disposition) => new CoroError(code, 'a sentence', { disposition })

describe('reportError', () => {
  it.each([
    ['help', new CommanderError(0, 'commander.helpDisplayed', ''), exitCodes.fine],
    ['an unknown option', new CommanderError(1, 'commander.unknownOption', ''), exitCodes.usage],
    ['a bad setting', coded('CONFIG_INVALID', 'crash'), exitCodes.usage],
    ['a store inside a source', coded('CONFIG_OVERLAP', 'crash'), exitCodes.usage],
    ['wrong usage', coded('USAGE', 'reject'), exitCodes.usage],
    ['a parameter out of its range', coded('AUDIO_BAD_PARAMETER', 'crash'), exitCodes.usage],
    ['input that is refused', coded('AUDIO_UNSUPPORTED', 'reject'), exitCodes.rejected],
    ['a server that is away', coded('API_UNREACHABLE', 'wait'), exitCodes.unavailable],
    ['a folder in use', coded('DATA_LOCKED', 'crash'), exitCodes.unavailable],
    ['work that a person paused', coded('PAUSED', 'wait'), exitCodes.paused],
    ['a broken model', coded('MODEL_INVALID', 'crash'), exitCodes.failed],
    ['anything else', new TypeError('x is undefined'), exitCodes.failed],
    ['what is no error', 'frog', exitCodes.failed],
  ])('tells %s by its exit code', (_, error, exitCode) => {
    expect(reportError(error, false)).toBe(exitCode)
  })

  it('prints code and sentence, or JSON', () => {
    reportError(coded('AUDIO_EMPTY', 'reject'), false)
    expect(printed).toBe('AUDIO_EMPTY: a sentence\n')
    printed = ''
    reportError(coded('AUDIO_EMPTY', 'reject'), true)
    expect(JSON.parse(printed)).toEqual({ error: { code: 'AUDIO_EMPTY', message: 'a sentence' } })
  })

  it('shows where an unexpected error came from, but keeps JSON whole', () => {
    reportError(new TypeError('x is undefined'), false)
    expect(printed).toContain('exit-codes.test.ts')
    printed = ''
    reportError(new TypeError('x is undefined'), true)
    expect(JSON.parse(printed)).toMatchObject({ error: { message: 'x is undefined' } })
  })
})
