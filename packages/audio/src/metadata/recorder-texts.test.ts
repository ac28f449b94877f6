import { describe, expect, it } from 'vitest'
import { parseBext } from './bext.js'
import { parseUtcOffset } from './civil-time.js'
import { parseGuano } from './guano.js'
import { parsePosition } from './position.js'
import { parseVorbisComments, vorbisMetadata } from './vorbis-comments.js'
import { parseWamd } from './wamd.js'

describe('GUANO', () => {
  it('reads the forms with and without a space behind the colon', () => {
    const found = parseGuano(
      'GUANO|Version:1.0\nTimestamp:2024-09-03T20:26:15+01:00\r\nMake: Open Acoustic Devices\nSerial:24E144055E080032\nOAD|Battery Voltage:4.2\nTemperature Int:19.3\nLoc Position:52.146196 4.474776\n\0',
    )
    expect(found).toEqual({
      claims: [{ source: 'guano', local: '2024-09-03T20:26:15', utcOffsetMin: 60, confidence: 0.93 }],
      device: {
        make: 'Open Acoustic Devices',
        recorderId: '24E144055E080032',
        batteryV: 4.2,
        temperatureC: 19.3,
        position: { latitude: 52.146196, longitude: 4.474776 },
      },
    })
  })

  it("reads Wildlife Acoustics' timestamps and those without offset", () => {
    expect(parseGuano('Timestamp:  2022-08-15 21:34:14+0100')?.claims[0]).toMatchObject({
      local: '2022-08-15T21:34:14',
      utcOffsetMin: 60,
    })
    expect(parseGuano('Timestamp: 2024-05-31T22:39:11.250')?.claims[0]).toMatchObject({
      local: '2024-05-31T22:39:11.250',
      utcOffsetMin: null,
    })
  })

  it.each([
    ['2024-09-03T20:26:15Z', '2024-09-03T20:26:15', 0],
    ['2024-09-03T20:26:15.123456-03:30', '2024-09-03T20:26:15.123', -210],
    ['2024-09-03 20:26:15 +0545', '2024-09-03T20:26:15', 345],
    ['2024-09-03T20:26:15+01', '2024-09-03T20:26:15', 60],
    ['2024-09-03 20:26:15 UTC', '2024-09-03T20:26:15', 0],
    ['2024-09-03T20:26+01:00', '2024-09-03T20:26:00', 60],
  ])('reads the timestamp %s', (stamp, local, utcOffsetMin) => {
    expect(parseGuano(`GUANO|Version: 1.0\nTimestamp: ${stamp}`)?.claims).toEqual([
      expect.objectContaining({ local, utcOffsetMin }),
    ])
  })

  it.each([
    [
      "AudioMoth's own words",
      [
        'OAD|Deployment ID:1A2B3C4D5E6F7081',
        'OAD|Recording Settings:250000 GAIN 2 HPF 15000 AMP 4% 5 LGR',
        'Loc Position:-22.910000 -43.209373',
      ],
      {
        deploymentId: '1A2B3C4D5E6F7081',
        gain: '2',
        triggered: true,
        position: { latitude: -22.91, longitude: -43.209373 },
      },
    ],
    [
      "a Song Meter's settings, in quotes of a word processor",
      [
        'Model: Song Meter Micro 2',
        'WA|Song Meter|Audio settings: [{\u201crate\u201d:24000,\u201cgain\u201d:\u201c18.00\u201d,\u201ctrig level\u201d:12}]',
        'WA|Song Meter|Prefix: lagoa-3',
      ],
      { model: 'Song Meter Micro 2', gain: '18.00', recorderName: 'lagoa-3' },
    ],
    [
      'a bat detector that slows down',
      ['Make: Pettersson', 'TE: 10', 'Samplerate: 300000', 'PET|Gain: 80', 'Filter HP: 20.0', 'Temperature Ext: -3.5'],
      { make: 'Pettersson', timeExpansion: 10, gain: '80', filter: 'high-pass 20.0kHz', temperatureC: -3.5 },
    ],
  ])('reads %s', (_, lines, device) => {
    expect(parseGuano(['GUANO|Version: 1.0', ...lines].join('\n'))?.device).toEqual(device)
  })

  it('takes the time from the name that the file once had, where nothing else tells it', () => {
    const text = 'GUANO|Version: 1.0\nOriginal Filename: SMU00321_20230815_213414.wav'
    expect(parseGuano(text)?.claims).toEqual([
      expect.objectContaining({ source: 'guano', local: '2023-08-15T21:34:14', utcOffsetMin: null }),
    ])
    expect(parseGuano(`${text}\nTimestamp: 2023-08-15T21:34:15-03:00`)?.claims).toHaveLength(1)
  })

  it('is null for other text', () => {
    expect(parseGuano('Hello: world')).toBeNull()
  })
})

describe('positions and offsets', () => {
  it('accepts the globe only', () => {
    expect(parsePosition('-27.5, 153.04')).toEqual({ latitude: -27.5, longitude: 153.04 })
    expect(parsePosition('-27.54167+153.04277/')).toEqual({ latitude: -27.54167, longitude: 153.04277 })
    expect(parsePosition('+40.1213-075.0015+2.79CRSWGS_84/')).toEqual({ latitude: 40.1213, longitude: -75.0015 })
    expect(parsePosition('+13-090')).toEqual({ latitude: 13, longitude: -90 })
    expect(parsePosition('91 0')).toBeNull()
    expect(parsePosition('0 0')).toBeNull()
    expect(parsePosition('here')).toBeNull()
  })

  it('lets the sign cover the minutes', () => {
    expect(['Z', '+1000', '-3:30', '+5', '+05:45', '+15', '-12:30', 'x'].map(parseUtcOffset)).toEqual([
      0,
      600,
      -210,
      300,
      345,
      null,
      null,
      null,
    ])
  })
})

describe('bext', () => {
  it('reads date, time and originator', () => {
    const bytes = Buffer.alloc(602)
    bytes.write('ZOOM F8', 256, 'latin1')
    bytes.write('2019-02-1322:40:18', 320, 'latin1')
    expect(parseBext(bytes)).toEqual({
      claims: [{ source: 'bext', local: '2019-02-13T22:40:18', utcOffsetMin: null, confidence: 0.7 }],
      device: { make: 'ZOOM F8' },
    })
    expect(parseBext(Buffer.alloc(602))).toBeNull()
  })

  it.each([
    ['2019/02/1322-40-18', '2019-02-13T22:40:18'],
    ['2019:02:1322.40.18', '2019-02-13T22:40:18'],
    ['2019.02.1322 40 18', '2019-02-13T22:40:18'],
  ])('reads date and time as %s', (stamp, local) => {
    const bytes = Buffer.alloc(602)
    bytes.write(stamp, 320, 'latin1')
    expect(parseBext(bytes)?.claims).toEqual([expect.objectContaining({ local })])
  })

  it("reads a recorder's sentence in the description", () => {
    const bytes = Buffer.alloc(602)
    bytes.write('Recorded at 09:32:00 04/05/2018 (UTC-3) by AudioMoth 24F319055FDF2205 at medium gain', 0, 'latin1')
    bytes.write('2019-02-1322:40:18', 320, 'latin1')
    expect(parseBext(bytes)).toMatchObject({
      claims: [
        { source: 'audiomoth', local: '2018-05-04T09:32:00', utcOffsetMin: -180 },
        { source: 'bext', local: '2019-02-13T22:40:18' },
      ],
      device: { recorderId: '24F319055FDF2205' },
    })
  })
})

describe('wamd', () => {
  const record = (id: number, text: string): Buffer => {
    const head = Buffer.alloc(6)
    head.writeUInt16LE(id, 0)
    head.writeUInt32LE(text.length, 2)
    return Buffer.concat([head, Buffer.from(text)])
  }
  const wamd = (...records: [number, string][]) =>
    parseWamd(Buffer.concat(records.map(([id, text]) => record(id, text))))

  it('reads model, serial, time and position', () => {
    const bytes = Buffer.concat([
      record(0, '\x01\0'),
      record(1, 'SM4'),
      record(2, 'S4A03895'),
      record(5, '2019-05-22 00:00:00+10:00'),
      record(6, 'WGS84,50.71794,N,1.76111,W,51'),
    ])
    expect(parseWamd(bytes)).toEqual({
      claims: [{ source: 'wamd', local: '2019-05-22T00:00:00', utcOffsetMin: 600, confidence: 0.9 }],
      device: {
        model: 'SM4',
        make: 'Wildlife Acoustics',
        recorderId: 'S4A03895',
        position: { latitude: 50.71794, longitude: -1.76111 },
      },
    })
    expect(parseWamd(Buffer.from([1, 0, 255, 255, 255, 255]))).toBeNull()
  })

  it('reads what older and smaller ones write', () => {
    // A name, the last known place (older ones leave the datum out), the temperature outside, and padding.
    const found = wamd(
      [0, '\x01\0'],
      [4, 'SM2-01\0\0'],
      [5, '2011-05-01 05:30:00.250-0330'],
      [0xffff, 'xx'],
      [0x14, ',22.91000,S,43.20937,W'],
      [0x15, ''],
      [0x16, '-1.50C'],
    )
    expect(found).toEqual({
      claims: [{ source: 'wamd', local: '2011-05-01T05:30:00.250', utcOffsetMin: -210, confidence: 0.9 }],
      device: {
        recorderName: 'SM2-01',
        position: { latitude: -22.91, longitude: -43.20937 },
        temperatureC: -1.5,
      },
    })
    expect(wamd([0x0f, '\x0a\0'])?.device).toEqual({ timeExpansion: 10 })
  })

  it("believes an Echo Meter's place without hemispheres only where a sign shows that signs are kept", () => {
    expect(wamd([6, 'WGS84,50.7179417,-1.7611083,51.2'])?.device.position).toEqual({
      latitude: 50.7179417,
      longitude: -1.7611083,
    })
    expect(wamd([6, 'WGS84,50.7179417,1.76111,51.2'])).toBeNull()
  })
})

describe("Frontier Labs' comments", () => {
  it('read the forms of all firmware', () => {
    const entries = [
      'RecordingStart=2019-05-08 02:00:00',
      'SensorUid=00002716\n      ',
      'SensorFirmwareVersion=Firmware: V3.08      ',
      'ChannelGain1=50dB  ',
      'BatteryLevel=53p 12.16V',
      'SensorLocation=-27.38860+152.88110/',
    ].map((text) => Buffer.concat([uint32(text.length), Buffer.from(text)]))
    const bytes = Buffer.concat([uint32(13), Buffer.from('Frontier Labs'), uint32(entries.length), ...entries])
    expect(vorbisMetadata(parseVorbisComments(bytes))).toEqual({
      claims: [{ source: 'vorbis', local: '2019-05-08T02:00:00', utcOffsetMin: null, confidence: 0.7 }],
      device: {
        make: 'Frontier Labs',
        recorderId: '00002716',
        firmware: '3.08',
        gain: '50dB',
        batteryV: 12.16,
        position: { latitude: -27.3886, longitude: 152.8811 },
      },
    })
  })
})

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
