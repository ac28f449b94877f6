import { parseIsoClaim } from './civil-time.js'
import type { RecorderDevice, RecorderMetadata } from './recorder-metadata.js'

/**
 * Read GUANO metadata: UTF-8 lines "Key: value" or "Key:value", namespaces before "|".
 * Source: GUANO 1.0 (riggsd/guano-spec). Timestamp without offset = the recorder's local time. Null when the text does
 * not begin with GUANO's version nor holds a timestamp.
 */
export function parseGuano(text: string): RecorderMetadata | null {
  const fields = guanoFields(text)
  if (!fields.has('GUANO|Version') && !fields.has('Timestamp')) return null
  const stamp = parseIsoClaim(fields.get('Timestamp') ?? '')
  const claims =
    stamp === null ? [] : [{ source: 'guano' as const, ...stamp, confidence: stamp.utcOffsetMin === null ? 0.8 : 0.93 }]
  return { claims, device: guanoDevice(fields) }
}

function guanoFields(text: string): Map<string, string> {
  const fields = new Map<string, string>()
  for (const line of text.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':')
    if (colon <= 0) continue
    const key = line.slice(0, colon).trim()
    const value = line
      .slice(colon + 1)
      .replaceAll('\0', '')
      .trim()
    if (key !== '' && value !== '' && !fields.has(key)) fields.set(key, value)
  }
  return fields
}

function guanoDevice(fields: Map<string, string>): RecorderDevice {
  const device: RecorderDevice = {}
  const serial = fields.get('Serial') ?? fields.get('WA|Song Meter|Serial') ?? fields.get('Device ID')
  if (serial !== undefined) device.recorderId = serial
  const make = fields.get('Make')
  if (make !== undefined) device.make = make
  const model = fields.get('Model')
  if (model !== undefined) device.model = model
  const firmware = fields.get('Firmware Version')
  if (firmware !== undefined) device.firmware = firmware
  const gain = fields.get('OAD|Gain') ?? fields.get('OAD|Recording Settings')?.match(/GAIN (\w+)/)?.[1]
  if (gain !== undefined) device.gain = gain
  const battery = number(fields.get('OAD|Battery Voltage') ?? fields.get('Battery Voltage'))
  if (battery !== null) device.batteryV = battery
  const temperature = number(fields.get('Temperature Int') ?? fields.get('Temperature Ext'))
  if (temperature !== null) device.temperatureC = temperature
  const position = parsePosition(fields.get('Loc Position'))
  if (position !== null) device.position = position
  // BATLOGGER|Trigger|... of Elekon, and the like: such recorders start on a call.
  if ([...fields.keys()].some((key) => /\|Trigger\b/i.test(key))) device.triggered = true
  return device
}

/** "lat lon", "lat,lon" or ISO 6709 "+lat+lon/", decimal degrees WGS84; null outside the globe and at 0 0 (no fix). */
export function parsePosition(text: string | undefined): { latitude: number; longitude: number } | null {
  const match = /^\(?\s*([+-]?\d+(?:\.\d+)?)(?:[\s,]+|(?=[+-]))([+-]?\d+(?:\.\d+)?)(?:[+-][\d.]+)?\/?\s*\)?$/.exec(
    text ?? '',
  )
  if (match === null) return null
  const latitude = Number(match[1])
  const longitude = Number(match[2])
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180 || (latitude === 0 && longitude === 0)) return null
  return { latitude, longitude }
}

function number(text: string | undefined): number | null {
  const match = /^[<>]?\s*(-?\d+(?:\.\d+)?)/.exec(text ?? '')
  return match === null ? null : Number(match[1])
}
