import { describe, expect, it } from 'vitest'
import { defaultFrontEnd, frontEndIdentity } from './front-end.js'
import { frontEndOf } from './front-end-settings.js'
import { parseFrontEnd } from './parse-front-end.js'

const stored = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('parseFrontEnd', () => {
  it('knows every front end that can be chosen again, with the same identity', () => {
    for (const settings of [
      {},
      { gateMode: 'off', gateOrder: 'after', bandPass: { lowHz: 200, highHz: 15_000 }, resampler: 'scipy' },
    ] as const) {
      const frontEnd = frontEndOf(settings)
      const parsed = parseFrontEnd(stored(frontEnd))
      if (parsed === null) throw new Error('not known again')
      for (const variant of ['raw', 'denoised'] as const) {
        expect(frontEndIdentity(parsed, variant)).toBe(frontEndIdentity(frontEnd, variant))
      }
    }
  })

  it.each([
    ['nothing', null],
    ['a text', 'front end'],
    ['an empty object', {}],
    ['another version', { ...defaultFrontEnd, version: 1 }],
    ['another resampler', { ...defaultFrontEnd, resampler: 'sinc-best-9' }],
    ['a stage that is not known', { ...defaultFrontEnd, compressor: { ratio: 2 } }],
    ['a gate with more parameters', { ...defaultFrontEnd, gate: { ...defaultFrontEnd.gate, kneeDb: 3 } }],
    ['a gate with fewer', { ...defaultFrontEnd, gate: { mode: 'stationary' } }],
  ])('does not know %s', (_, value) => {
    expect(parseFrontEnd(stored(value))).toBeNull()
  })
})
