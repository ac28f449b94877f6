import { describe, expect, it } from 'vitest'
import { readFileName } from './file-name-claim.js'

describe('file names', () => {
  it.each([
    ['20240903_202615.WAV', '2024-09-03T20:26:15', null],
    ['site a/20240903_202615T.WAV', '2024-09-03T20:26:15', null],
    ['242A2604603691DD_20250503_031400.WAV', '2025-05-03T03:14:00', null],
    ['S4A03895_20190522_000000.wav', '2019-05-22T00:00:00', null],
    ['SM3_0+1_20170716_230503.wav', '2017-07-16T23:05:03', null],
    ['PREFIX_20170716$230503.wav', '2017-07-16T23:05:03', null],
    ['20190101T050000+1000_REC.flac', '2019-01-01T05:00:00', 600],
    ['20190101T050000Z.flac', '2019-01-01T05:00:00', 0],
    ['AUVIC_Railway_Pond-20231208_103700.wav', '2023-12-08T10:37:00', null],
    ['dalby_bush_01_2980_703204_20210123_085630_30_0.wav', '2021-01-23T08:56:30', null],
    ['5C0DF1A0.WAV', '2018-12-10T04:54:56', 0],
  ])('%s', (name, local, utcOffsetMin) => {
    expect(readFileName(name).claims).toEqual([expect.objectContaining({ source: 'filename', local, utcOffsetMin })])
  })

  it.each([
    'REC0001.wav',
    '20241350_202615.wav',
    '12345678.wav',
    'DEADBEEF.wav',
    '19700101_000000.wav',
    'd001_toad.flac',
  ])('claims nothing for %s', (name) => {
    expect(readFileName(name).claims).toEqual([])
  })

  it('knows the recorder and the trigger', () => {
    expect(readFileName('242A2604603691DD_20250503_031400.WAV').device).toEqual({ recorderId: '242A2604603691DD' })
    expect(readFileName('S4A03895_20190522_000000.wav').device).toEqual({ recorderId: 'S4A03895' })
    expect(readFileName('20240903_202615T.WAV').device).toEqual({ triggered: true })
  })
})
