import { describe, expect, it } from 'vitest'
import { keyPattern, whyNoPattern } from './pattern.js'

describe('a pattern of keys', () => {
  it.each([
    ['{site}/{recorder}/{date}/...', 'lagoa/A1/2026-01-10/190000.WAV', { site: 'lagoa', recorder: 'A1' }],
    ['{site}/{recorder}/{date}/...', 'lagoa/A1/2026/01/10/190000.WAV', { site: 'lagoa', recorder: 'A1' }],
    ['{site}/{recorder}/{date}/', 'lagoa/A1/190000.WAV', null],
    ['{date}/{site}_{recorder}/**', '2026-01-10/serra alta_B2/a/b.wav', { site: 'serra alta', recorder: 'B2' }],
    ['{site}_{recorder}_{date}_*.wav', 'lagoa_A1_20260110_190000.wav', { site: 'lagoa', recorder: 'A1' }],
    ['{site}_{recorder}_{date}_*.wav', 'a/lagoa_A1_20260110_190000.wav', null],
    ['cards/**/{recorder}/*.WAV', 'cards/A1/x.WAV', { recorder: 'A1' }],
    ['cards/**/{recorder}/*.WAV', 'cards/2026/jan/A1/x.WAV', { recorder: 'A1' }],
    ['cards/**/{recorder}/*.WAV', 'cards/2026/jan/A1/x.wav', null],
    ['AM?/...', 'AM1/x.wav', {}],
    ['AM?/...', 'AM12/x.wav', null],
    ['a.b+(c)/{site}/...', 'a.b+(c)/x/1.wav', { site: 'x' }],
    ['a.b+(c)/{site}/...', 'aXb+(c)/x/1.wav', null],
    ['{site}/...', 'mata ciliar 🌿/1.wav', { site: 'mata ciliar 🌿' }],
  ])('%s of %s', (text, key, names) => {
    expect(whyNoPattern(text)).toBeNull()
    expect(keyPattern(text).match(key)).toEqual(names)
  })

  it.each([
    ['{site}/{recorder}/{date}/...', { site: 'lagoa', recorder: 'A1' }, 'lagoa/A1/'],
    ['{date}/{site}/{recorder}/...', { site: 'lagoa', recorder: 'A1' }, '{date}/lagoa/A1/'],
    ['{site}_{recorder}_{date}.wav', { site: 'lagoa', recorder: 'A1' }, 'lagoa_A1_{date}.wav'],
    ['2026/{site}/**', { site: 'x' }, '2026/x/'],
    ['AM?/...', {}, 'AM?/'],
  ])('%s with its names is what tells its deployments apart', (text, names, filled) => {
    expect(keyPattern(text).filled(names)).toBe(filled)
  })

  it('begins with what does not vary', () => {
    for (const [text, literal] of [
      ['a/b{site}/...', 'a/b'],
      ['a/**/b', 'a/'],
      ['a/...', 'a/'],
      ['{site}', ''],
    ] as const) {
      expect(keyPattern(text).literal).toBe(literal)
    }
  })

  it.each([
    ['{site}/{site}/...', 'twice'],
    ['{si te}/...', 'braces'],
    ['/{site}/...', 'slash'],
    ['{site}{recorder}/...', 'between'],
    ['a/x**/b', 'component'],
    ['**/a/**/b/**/c', 'two'],
    ['*a*b*c*d*/...', 'four'],
  ])('%s is none', (text, why) => {
    expect(whyNoPattern(text)).toContain(why)
  })

  it('does not take long for a key that almost fits', () => {
    const pattern = keyPattern('**/{site}_{recorder}_{date}_*/**/x')
    expect(pattern.match(`${'a_'.repeat(500)}/${'b/'.repeat(20)}y`)).toBeNull()
  })
})
