import { describe, expect, it } from 'vitest'
import { parseBext } from './bext.js'
import { parseUtcOffset } from './civil-time.js'
import { parseGuano, parsePosition } from './guano.js'
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

  it('is null for other text', () => {
    expect(parseGuano('Hello: world')).toBeNull()
  })
})

describe('positions and offsets', () => {
  it('accepts the globe only', () => {
    expect(parsePosition('-27.5, 153.04')).toEqual({ latitude: -27.5, longitude: 153.04 })
    expect(parsePosition('-27.54167+153.04277/')).toEqual({ latitude: -27.54167, longitude: 153.04277 })
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
})

describe('wamd', () => {
  it('reads model, serial, time and position', () => {
    const record = (id: number, text: string): Buffer => {
      const head = Buffer.alloc(6)
      head.writeUInt16LE(id, 0)
      head.writeUInt32LE(text.length, 2)
      return Buffer.concat([head, Buffer.from(text)])
    }
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
})
