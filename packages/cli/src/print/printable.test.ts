import { expect, it } from 'vitest'
import { printable } from './printable.js'

it.each([
  ['A1/20260110_190000.WAV', 'A1/20260110_190000.WAV'],
  ['São José/🐸.wav', 'São José/🐸.wav'],
  ['new\nline.wav', 'new\\nline.wav'],
  ['tab\t\r.wav', 'tab\\t\\r.wav'],
  ['\u001b[31mred\u0007\u009b', '\\x1b[31mred\\x07\\x9b'],
])('%j is printed as %j', (text, printed) => {
  expect(printable(text)).toBe(printed)
})
