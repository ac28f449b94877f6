import { parseIsoClaim } from './civil-time.js'
import { type Position, positionOf } from './position.js'
import type { RecorderDevice, RecorderMetadata } from './recorder-metadata.js'

/** Ids of Wildlife Acoustics' records (their own wa_meta.h of 2017, in QutEcoacoustics/emu, docs/WildlifeAcoustics). */
const model = 0x01
const serial = 0x02
const firmware = 0x03
const deviceName = 0x04
const timestamp = 0x05
const gpsFirst = 0x06
const timeExpansion = 0x0f
const positionLast = 0x14
const temperatureInternal = 0x15
const temperatureExternal = 0x16

const texts = { model, recorderId: serial, firmware, recorderName: deviceName } as const

/**
 * Read Wildlife Acoustics' `wamd` chunk: records of id (2 bytes), size (4), content, little-endian, mostly ASCII.
 * Null when no record is understood.
 */
export function parseWamd(bytes: Buffer): RecorderMetadata | null {
  const records = new Map<number, string>()
  const device: RecorderDevice = {}
  let at = 0
  while (at + 6 <= bytes.length) {
    const id = bytes.readUInt16LE(at)
    const size = bytes.readUInt32LE(at + 2)
    if (at + 6 + size > bytes.length) break
    if (!records.has(id)) records.set(id, text(bytes, at + 6, at + 6 + size))
    if (id === timeExpansion && size >= 2 && bytes.readUInt16LE(at + 6) > 1) {
      device.timeExpansion = bytes.readUInt16LE(at + 6)
    }
    at += 6 + size
  }
  for (const [key, id] of Object.entries(texts) as [keyof typeof texts, number][]) {
    const value = records.get(id)
    if (value !== undefined && value !== '') device[key] = value
  }
  if (device.model !== undefined) device.make = 'Wildlife Acoustics'
  const position = gpsPosition(records.get(gpsFirst)) ?? gpsPosition(records.get(positionLast))
  if (position !== null) device.position = position
  const celsius = records.get(temperatureInternal) || records.get(temperatureExternal)
  const temperature = /^(-?\d+(?:\.\d+)?)/.exec(celsius ?? '')
  if (temperature !== null) device.temperatureC = Number(temperature[1])
  const stamp = parseIsoClaim(records.get(timestamp) ?? '')
  if (stamp === null && Object.keys(device).length === 0) return null
  return {
    claims: stamp === null ? [] : [{ source: 'wamd', ...stamp, confidence: stamp.utcOffsetMin === null ? 0.75 : 0.9 }],
    device,
  }
}

/**
 * "WGS84,50.71794,N,1.76111,W[,altitude]", the datum left out by older ones; or "WGS84,50.7179,-1.7611[,altitude]" of an
 * Echo Meter, which has been seen to lose the sign: only a west that is there shows that it did not.
 */
function gpsPosition(content: string | undefined): Position | null {
  const [, ...fields] = (content ?? '').split(',').map((field) => field.trim())
  const [latitude, northSouth, longitude, eastWest] = fields
  if (/^[NS]$/.test(northSouth ?? '') && /^[EW]$/.test(eastWest ?? '')) {
    return positionOf(Number(latitude) * (northSouth === 'S' ? -1 : 1), Number(longitude) * (eastWest === 'W' ? -1 : 1))
  }
  const east = Number(northSouth)
  return east < 0 ? positionOf(Number(latitude), east) : null
}

function text(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start, end).split('\0', 1)[0]!.trim()
}
