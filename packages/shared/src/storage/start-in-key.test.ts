import { expect, it } from 'vitest'
import { startInKey } from './start-in-key.js'

it.each([
  ['A1/20260110_190000.WAV', '2026-01-10T19:00:00.000Z'],
  ['20250101/S4A01234_20260110_190005.wav', '2026-01-10T19:00:05.000Z'],
  ['lagoa/2026-01-10T19-00-05.flac', '2026-01-10T19:00:05.000Z'],
  ['lagoa/REC_20260110.wav', '2026-01-10T00:00:00.000Z'],
  ['lagoa/20260110-1930.wav', '2026-01-10T19:30:00.000Z'],
  // A day that the month lacks counts on into the next one.
  ['20260231_000000.wav', '2026-03-03T00:00:00.000Z'],
])('%s tells %s', (key, instant) => {
  expect(startInKey(key)?.toISOString()).toBe(instant)
})

it.each(['20260110_190000/REC001.wav', 'A1/5E90A4D4.WAV', 'A1/99999999_250000.wav', 'A1/1202601101900001.wav', ''])(
  '%s tells nothing',
  (key) => {
    expect(startInKey(key)).toBeNull()
  },
)
