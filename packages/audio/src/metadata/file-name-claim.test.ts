import { describe, expect, it } from 'vitest'
import { readFileName } from './file-name-claim.js'

describe('file names', () => {
  it.each([
    // AudioMoth: plain, triggered, with its id, with a name of the deployment, hex seconds of the first firmware.
    ['20240903_202615.WAV', '2024-09-03T20:26:15', null],
    ['site a/20240903_202615T.WAV', '2024-09-03T20:26:15', null],
    ['242A2604603691DD_20250503_031400.WAV', '2025-05-03T03:14:00', null],
    ['242A2604603691DD_20250503_031400T.WAV', '2025-05-03T03:14:00', null],
    ['LAGOA_20250503_031400.WAV', '2025-05-03T03:14:00', null],
    ['5C0DF1A0.WAV', '2018-12-10T04:54:56', 0],
    // Its maker's programs: split and expand with milliseconds, a channel of a synchronised pair.
    ['20240903_202615_250.WAV', '2024-09-03T20:26:15.250', null],
    ['20240903_202615_SYNC.WAV', '2024-09-03T20:26:15', null],
    // Song Meter: SM2 with its trigger count, SM3 with channels and GPS, SM4, SM4BAT, Mini, Mini Bat, Micro.
    ['SM2-01_20110501_053000_000.wac', '2011-05-01T05:30:00', null],
    ['SM3_0+1_20170716_230503.wav', '2017-07-16T23:05:03', null],
    ['SM304472_0+1_20170716$230503.wav', '2017-07-16T23:05:03', null],
    ['PREFIX_-0_20170716_230503.wav', '2017-07-16T23:05:03', null],
    ['PREFIX_20170716$230503.wav', '2017-07-16T23:05:03', null],
    ['S4A03895_20190522_000000.wav', '2019-05-22T00:00:00', null],
    ['S4U07123_20190522_213015_000.wav', '2019-05-22T21:30:15', null],
    ['SMM01234_20210101_120000.wav', '2021-01-01T12:00:00', null],
    ['SMA04321_20220815_213414.wav', '2022-08-15T21:34:14', null],
    ['SMU00321_20230815_213414.wav', '2023-08-15T21:34:14', null],
    // Frontier Labs: with the serial, a place in brackets, Z, half hours, both ends, and before it wrote offsets.
    ['20190101T050000+1000_REC.flac', '2019-01-01T05:00:00', 600],
    ['20220502T075930+1000_Minjerribah-Dry-B_1088507.flac', '2022-05-02T07:59:30', 600],
    ['20190101T050000+1000_REC [-27.54167+153.04277].flac', '2019-01-01T05:00:00', 600],
    ['20190101T050000-0330_REC.flac', '2019-01-01T05:00:00', -210],
    ['20190101T050000Z.flac', '2019-01-01T05:00:00', 0],
    ['S20240815T072747.083+1000_E20240815T073247.123+1000_-12.34567+78.98102.wav', '2024-08-15T07:27:47.083', 600],
    ['20150101_050000_REC [19.2144 152.8811].flac', '2015-01-01T05:00:00', null],
    // Its serial in front, a day that a firmware wrote without its zero, fractions of any length, places in other marks.
    ['8537_20210709T040000-0300_every1d6x4hrs [+44.72053-062.80072].wav', '2021-07-09T04:00:00', -180],
    ['201905 8T020000+1000_REC.flac', '2019-05-08T02:00:00', 600],
    ['20161108T075126.123456-0430_dawn [-39.5336 -131.2711].wav', '2016-11-08T07:51:26.123', -270],
    ['20180226_040000_Bar7 _27.2819 90.1361_.wav', '2018-02-26T04:00:00', null],
    ['20180226_040000Z_+40.1213-075.0015+2.79CRSWGS_84.flac', '2018-02-26T04:00:00', 0],
    ['LAGOA_0+1_20180221T031609+1000.wav', '2018-02-21T03:16:09', 600],
    // SoundTrap: serial and YYMMDDhhmmss. ARBIMON: no seconds. BirdNET-Pi. Others without any separator, or with UTC.
    ['671629352.181204100002.wav', '2018-12-04T10:00:02', null],
    ['lagoa-2014-05-30_14-10.flac', '2014-05-30T14:10:00', null],
    ['Pica_pica-78-2023-05-03-birdnet-08:12:33.mp3', '2023-05-03T08:12:33', null],
    ['2023-05-03-birdnet-RTSP_1-08:12:33.wav', '2023-05-03T08:12:33', null],
    ['20070415051314.trimmed.wav', '2007-04-15T05:13:14', null],
    ['3f2a9c1e-9329-404c-bdb3-a50827457b15_20100503-080000Z.mp3', '2010-05-03T08:00:00', 0],
    ['20180517_010348.5AFCD4F4.WAV', '2018-05-17T01:03:48', null],
    // Others: names with hyphens, dots and more numbers; ISO 8601 written out.
    ['AUVIC_Railway_Pond-20231208_103700.wav', '2023-12-08T10:37:00', null],
    ['dalby_bush_01_2980_703204_20210123_085630_30_0.wav', '2021-01-23T08:56:30', null],
    ['0166_20240531_223911.wav', '2024-05-31T22:39:11', null],
    ['2024-01-31T06-05-04-03:00.flac', '2024-01-31T06:05:04', -180],
    ['S1031_20230405_123456-0500_000.wav', '2023-04-05T12:34:56', -300],
  ])('%s', (name, local, utcOffsetMin) => {
    expect(readFileName(name).claims).toEqual([expect.objectContaining({ source: 'filename', local, utcOffsetMin })])
  })

  it.each([
    'REC0001.wav',
    'ZOOM0012.WAV',
    '200101_0001.wav',
    '20240101_240000.wav',
    'LOCA_2021_09_24_652_3.wav',
    '20241350_202615.wav',
    '12345678.wav',
    'DEADBEEF.wav',
    '19700101_000000.wav',
    'd001_toad.flac',
    '5AFCD4F45AFCD4F4.WAV',
    '00000000.WAV',
    '671629352.181304100002.wav',
    '20231301121212.wav',
    'scene-2014-05-30.wav',
  ])('claims nothing for %s', (name) => {
    expect(readFileName(name).claims).toEqual([])
  })

  it.each([
    ['242A2604603691DD_20250503_031400.WAV', { recorderId: '242A2604603691DD' }],
    ['242a2604603691dd_20250503_031400T.WAV', { recorderId: '242A2604603691DD', triggered: true }],
    ['20240903_202615T.WAV', { triggered: true }],
    ['20240903_202615.WAV', {}],
    ['S4A03895_20190522_000000.wav', { recorderId: 'S4A03895' }],
    ['S4U07123_20190522_213015_000.wav', { recorderId: 'S4U07123' }],
    ['SMM01234_20210101_120000.wav', { recorderId: 'SMM01234' }],
    ['SM304472_0+1_20170716$230503.wav', { recorderId: 'SM304472' }],
    ['SM304472_-1_20170716_230503.wav', { recorderId: 'SM304472' }],
    ['0166_20240531_223911.wav', {}],
    ['recording_20170716_230503.wac', {}],
    [
      '20190101T050000+1000_REC [-27.54167+153.04277].flac',
      { position: { latitude: -27.54167, longitude: 153.04277 } },
    ],
    [
      'S20240815T072747.083+1000_E20240815T073247.123+1000_-12.34567+78.98102.wav',
      { position: { latitude: -12.34567, longitude: 78.98102 } },
    ],
    ['20190101T050000+1000_REC [no fix].flac', {}],
    [
      '8537_20210709T040000-0300_every1d6x4hrs [+44.72053-062.80072].wav',
      { recorderId: '8537', position: { latitude: 44.72053, longitude: -62.80072 } },
    ],
    ['12_20210709_040000.wav', {}],
    ['20180226_040000_Bar7 _27.2819 90.1361_.wav', { position: { latitude: 27.2819, longitude: 90.1361 } }],
    ['20161108_075126_dawn [-39.5336 -131.2711]_2.wav', { position: { latitude: -39.5336, longitude: -131.2711 } }],
    ['20180226_040000Z_+40.1213-075.0015+2.79CRSWGS_84.flac', { position: { latitude: 40.1213, longitude: -75.0015 } }],
    ['LAGOA_20121204_234600_+13-090.wav', { recorderId: 'LAGOA', position: { latitude: 13, longitude: -90 } }],
    ['671629352.181204100002.wav', { recorderId: '671629352' }],
    ['LAGOA-2_0+1_20180221T031609+1000.wav', { recorderId: 'LAGOA-2' }],
  ])('knows the device by %s', (name, device) => {
    expect(readFileName(name).device).toEqual(device)
  })
})
