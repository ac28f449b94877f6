import { parseIsoClaim } from './civil-time.js'
import type { RecorderDevice, RecorderMetadata } from './recorder-metadata.js'

/** Ids of Wildlife Acoustics' records (riggsd/guano-py, guano/wamd.py, `WAMD_IDS`). */
const model = 0x01
const serial = 0x02
const firmware = 0x03
const timestamp = 0x05
const gpsFirst = 0x06
const temperatureInternal = 0x15

/**
 * Read Wildlife Acoustics' `wamd` chunk: records of id (2 bytes), size (4), content, little-endian, mostly ASCII.
 * Null when no record is understood.
 */
export function parseWamd(bytes: Buffer): RecorderMetadata | null {
  const records = new Map<number, string>()
  let at = 0
  while (at + 6 <= bytes.length) {
    const id = bytes.readUInt16LE(at)
    const size = bytes.readUInt32LE(at + 2)
    if (at + 6 + size > bytes.length) break
    if (!records.has(id)) records.set(id, text(bytes, at + 6, at + 6 + size))
    at += 6 + size
  }
  const device: RecorderDevice = {}
  const named = { model: records.get(model), recorderId: records.get(serial), firmware: records.get(firmware) }
  for (const key of ['model', 'recorderId', 'firmware'] as const) {
    const value = named[key]
    if (value !== undefined && value !== '') device[key] = value
  }
  if (device.model !== undefined) device.make = 'Wildlife Acoustics'
  const position = gpsPosition(records.get(gpsFirst))
  if (position !== null) device.position = position
  const temperature = /^(-?\d+(?:\.\d+)?)/.exec(records.get(temperatureInternal) ?? '')
  if (temperature !== null) device.temperatureC = Number(temperature[1])
  const stamp = parseIsoClaim(records.get(timestamp) ?? '')
  if (stamp === null && Object.keys(device).length === 0) return null
  return {
    claims: stamp === null ? [] : [{ source: 'wamd', ...stamp, confidence: stamp.utcOffsetMin === null ? 0.75 : 0.9 }],
    device,
  }
}

/** "WGS84,50.71794,N,1.76111,W[,altitude]". */
function gpsPosition(content: string | undefined): { latitude: number; longitude: number } | null {
  const match = /^WGS\d+,\s*(\d+(?:\.\d+)?),\s*([NS]),\s*(\d+(?:\.\d+)?),\s*([EW])/.exec(content ?? '')
  if (match === null) return null
  const latitude = Number(match[1]) * (match[2] === 'S' ? -1 : 1)
  const longitude = Number(match[3]) * (match[4] === 'W' ? -1 : 1)
  return Math.abs(latitude) > 90 || Math.abs(longitude) > 180 ? null : { latitude, longitude }
}

function text(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start, end).split('\0', 1)[0]!.trim()
}
