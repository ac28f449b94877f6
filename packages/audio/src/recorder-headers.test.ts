import { describe, expect, it } from 'vitest'
import { checkAudio } from './check-audio.js'
import { noise } from './fixtures/signals.js'
import { temporaryFolder } from './fixtures/temporary-folder.js'
import { chunk, commentList, fmt, int16Bytes, riff } from './fixtures/wav-bytes.js'
import { inspectAudio } from './inspect-audio.js'

/** Whole files as recorders write them, of forms that are told apart by their chunks and where these stand. */
const data = chunk('data', int16Bytes(Array.from(noise(4800, 0.2), (value) => Math.round(value * 32767))))
const format = fmt({ sampleRateHz: 48_000 })

function wamd(...records: [number, string][]): Buffer {
  const parts = records.map(([id, text]) => {
    const head = Buffer.alloc(6)
    head.writeUInt16LE(id, 0)
    head.writeUInt32LE(text.length, 2)
    return Buffer.concat([head, Buffer.from(text, 'latin1')])
  })
  return chunk('wamd', Buffer.concat(parts))
}

const guano = (pad: boolean, ...lines: string[]) => chunk('guan', Buffer.from(lines.join('\n')), { pad })

function bext(originator: string, date: string, time: string): Buffer {
  const content = Buffer.alloc(602)
  content.write(originator, 256, 'latin1')
  content.write(date + time, 320, 'latin1')
  return chunk('bext', content)
}

const moth = (time: string, more = '') =>
  `Recorded at ${time} by AudioMoth 24F319055FDF2205 at medium gain while battery was 4.1V and temperature was 7.5C.${more}`

describe('whole files of recorders', () => {
  it.each([
    [
      'SM4: wamd in local time behind the samples, and the name',
      'S4A03895_20190522_053000.wav',
      [format, data, wamd([1, 'SM4'], [2, 'S4A03895'], [5, '2019-05-22 05:30:00'], [0x15, '12.25C'])],
      { startedAt: '2019-05-22T08:30:00.000Z', utcOffsetMin: -180, timeSource: 'wamd' },
      { recorderId: 'S4A03895', model: 'SM4', temperatureC: 12.25 },
    ],
    [
      'Song Meter Mini Bat: GUANO with its offset, odd and not padded, before the samples',
      'SMU00321_20230815_213414.wav',
      [
        format,
        guano(
          false,
          'GUANO|Version: 1.0',
          'Make: Wildlife Acoustics, Inc.',
          'Model: Song Meter Mini Bat',
          'Serial: SMU00321',
          'Timestamp: 2023-08-15T21:34:14-03:00',
          'Temperature Int: 18.25',
          'Loc Position: -22.9 -43.2',
        ),
        data,
      ],
      { startedAt: '2023-08-16T00:34:14.000Z', utcOffsetMin: -180, timeSource: 'guano' },
      { recorderId: 'SMU00321', temperatureC: 18.25, position: { latitude: -22.9, longitude: -43.2 } },
    ],
    [
      'AudioMoth 1.0: no "(UTC)", hex name, comment before the samples',
      '5C0DF1A0.WAV',
      [
        commentList(
          'Recorded at 04:54:56 10/12/2018 by AudioMoth 24F319055FDF2205 at gain setting 2 while battery state was < 3.6V',
        ),
        format,
        data,
      ],
      { startedAt: '2018-12-10T04:54:56.000Z', utcOffsetMin: 0, timeSource: 'audiomoth' },
      { recorderId: '24F319055FDF2205', gain: '2' },
    ],
    [
      'AudioMoth 1.10 that stopped early: comment, samples, GUANO without spaces',
      '24F319055FDF2205_20240903_202615.WAV',
      [
        format,
        commentList(moth('20:26:15 03/09/2024 (UTC-3:30)', ' Recording stopped due to low voltage.')),
        data,
        guano(
          false,
          'GUANO|Version:1.0',
          'Make:Open Acoustic Devices',
          'Model:AudioMoth',
          'Serial:24F319055FDF2205',
          'Timestamp:2024-09-03T20:26:15-03:30',
          'OAD|Battery Voltage:4.1',
        ),
      ],
      { startedAt: '2024-09-03T23:56:15.000Z', utcOffsetMin: -210, timeSource: 'audiomoth' },
      { recorderId: '24F319055FDF2205', batteryV: 4.1, temperatureC: 7.5, stoppedReason: 'low voltage' },
    ],
    [
      'a field recorder: bext before fmt, in local time',
      'ZOOM0012.WAV',
      [bext('Sound Dev: MixPre S#MP3112089007', '2021-02-13', '22:40:18'), format, data],
      { startedAt: '2021-02-14T01:40:18.000Z', utcOffsetMin: -180, timeSource: 'bext' },
      { recorderId: 'MP3112089007' },
    ],
    [
      'no header at all, and a name with an offset',
      '20190101T050000+1000_REC [-27.54167+153.04277].wav',
      [format, data],
      { startedAt: '2018-12-31T19:00:00.000Z', utcOffsetMin: 600, timeSource: 'filename' },
      { position: { latitude: -27.54167, longitude: 153.04277 } },
    ],
  ] as const)('%s', async (_, name, chunks, { startedAt, ...start }, device) => {
    using folder = temporaryFolder()
    const path = folder.file(name, riff([...chunks]))
    const checked = await checkAudio(path, { timeZone: 'America/Sao_Paulo' })
    expect(checked).toMatchObject({ verdict: 'ok', durationS: 0.1 })
    expect(checked.start).toMatchObject({ startedAt: new Date(startedAt), ...start })
    const { metadata } = await inspectAudio(path, name)
    expect(metadata.device).toMatchObject(device)
    expect(metadata.conflicts).toBeUndefined()
  })

  it('names the recorder by INFO where the comment names the deployment', async () => {
    using folder = temporaryFolder()
    const text = 'Recorded at 20:26:15 03/09/2024 (UTC) during deployment 1A2B3C4D5E6F7081 at medium gain'
    const info = Buffer.concat([
      Buffer.from('INFO'),
      chunk('ICMT', Buffer.from(text.padEnd(384, '\0'))),
      chunk('IART', Buffer.from('AudioMoth 24F319055FDF2205'.padEnd(32, '\0'))),
    ])
    const path = folder.file('20240903_202615.WAV', riff([format, chunk('LIST', info), data]))
    const { metadata } = await inspectAudio(path, '20240903_202615.WAV')
    expect(metadata.device).toMatchObject({ recorderId: '24F319055FDF2205', deploymentId: '1A2B3C4D5E6F7081' })
    expect(metadata.claims[0]).toMatchObject({ source: 'audiomoth', utcOffsetMin: 0 })
  })

  it('takes the date of creation where nobody else tells the time, and nobody else alone', async () => {
    using folder = temporaryFolder()
    const info = (stamp: string) =>
      chunk('LIST', Buffer.concat([Buffer.from('INFO'), chunk('ICRD', Buffer.from(`${stamp}\0`))]))
    const claimsOf = async (name: string, stamp: string) =>
      (await inspectAudio(folder.file(name, riff([format, data, info(stamp)])), name)).metadata.claims
    expect(await claimsOf('take 1.wav', '2018-10-27T11:42:53-05:00')).toEqual([
      { source: 'info', local: '2018-10-27T11:42:53', utcOffsetMin: -300, confidence: 0.2 },
    ])
    expect(await claimsOf('20240903_202615.wav', '2024-11-05T10:00:00Z')).toMatchObject([{ source: 'filename' }])
    expect(await claimsOf('take 2.wav', '2018')).toEqual([])
  })

  it('warns of a recording that is slower than it sounded', async () => {
    using folder = temporaryFolder()
    const slow = guano(true, 'GUANO|Version: 1.0', 'Make: Pettersson', 'TE: 10', 'Timestamp: 2023-08-15T21:34:14+01:00')
    const checked = await checkAudio(folder.file('a.wav', riff([format, data, slow])))
    expect(checked).toMatchObject({ verdict: 'warn', code: 'AUDIO_TIME_EXPANDED' })
  })

  it('tells what contradicts itself: a renamed file, and another recorder in the name', async () => {
    using folder = temporaryFolder()
    const name = '24F319055FDF2206_20240903_212615.WAV'
    const path = folder.file(name, riff([format, commentList(moth('20:26:15 03/09/2024 (UTC)')), data]))
    const { metadata } = await inspectAudio(path, name)
    expect(metadata.conflicts).toEqual([
      { kind: 'recorder', values: ['24F319055FDF2205', '24F319055FDF2206'] },
      { kind: 'time', between: ['audiomoth', 'filename'], differenceS: 3600 },
    ])
  })
})
