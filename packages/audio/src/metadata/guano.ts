import { parseIsoClaim } from './civil-time.js'
import { readFileName } from './file-name-claim.js'
import { parsePosition } from './position.js'
import type { RecorderDevice, RecorderMetadata, TimeClaim } from './recorder-metadata.js'

/**
 * Read GUANO metadata: UTF-8 lines "Key: value" or "Key:value", namespaces before "|".
 * Source: GUANO 1.0 (riggsd/guano-spec). Timestamp without offset = the recorder's local time; where there is none, the
 * name that the file once had tells it. Null when the text does not begin with GUANO's version nor holds a timestamp.
 */
export function parseGuano(text: string): RecorderMetadata | null {
  const fields = guanoFields(text)
  if (!fields.has('GUANO|Version') && !fields.has('Timestamp')) return null
  return { claims: timeClaims(fields), device: guanoDevice(fields) }
}

function timeClaims(fields: Map<string, string>): TimeClaim[] {
  const stamp = parseIsoClaim(fields.get('Timestamp') ?? '')
  if (stamp !== null) {
    return [{ source: 'guano', ...stamp, confidence: stamp.utcOffsetMin === null ? 0.8 : 0.93 }]
  }
  const [named] = readFileName(fields.get('Original Filename') ?? '').claims
  return named === undefined ? [] : [{ ...named, source: 'guano' }]
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

/** Texts of the device, by the fields that hold them; the first that is there counts. */
const texts = {
  recorderId: ['Serial', 'WA|Song Meter|Serial', 'Device ID'],
  recorderName: ['WA|Song Meter|Prefix'],
  make: ['Make'],
  model: ['Model'],
  firmware: ['Firmware Version'],
  deploymentId: ['OAD|Deployment ID'],
} as const

function guanoDevice(fields: Map<string, string>): RecorderDevice {
  const device: RecorderDevice = {}
  for (const [key, names] of Object.entries(texts) as [keyof typeof texts, readonly string[]][]) {
    const value = first(fields, names)
    if (value !== undefined) device[key] = value
  }
  const settings = fields.get('OAD|Recording Settings') ?? ''
  const gain = first(fields, ['OAD|Gain', 'PET|Gain']) ?? /\bGAIN (\w+)/.exec(settings)?.[1] ?? songMeterGain(fields)
  if (gain !== undefined) device.gain = gain
  const battery = number(first(fields, ['OAD|Battery Voltage', 'Battery Voltage']))
  if (battery !== null) device.batteryV = battery
  const temperature = number(first(fields, ['Temperature Int', 'Temperature Ext']))
  if (temperature !== null) device.temperatureC = temperature
  const position = parsePosition(fields.get('Loc Position'))
  if (position !== null) device.position = position
  const filter = filterOf(fields)
  if (filter !== undefined) device.filter = filter
  const expansion = number(fields.get('TE'))
  if (expansion !== null && expansion > 1) device.timeExpansion = expansion
  // BATLOGGER|Trigger|... of Elekon, and the like: such recorders start on a call. AudioMoth's settings name thresholds.
  if (/ (?:AMP|FREQ) /.test(settings) || [...fields.keys()].some((key) => /\|Trigger\b/i.test(key))) {
    device.triggered = true
  }
  return device
}

/** An array of JSON, one entry a channel, whose quotes a word processor may have changed (emu#439). */
function songMeterGain(fields: Map<string, string>): string | undefined {
  return /["“”]gain["“”]\s*:\s*["“”]?(-?\d+(?:\.\d+)?)/.exec(fields.get('WA|Song Meter|Audio settings') ?? '')?.[1]
}

/** kHz. */
function filterOf(fields: Map<string, string>): string | undefined {
  const high = fields.get('Filter HP')
  if (high !== undefined) return `high-pass ${high}kHz`
  const low = fields.get('Filter LP')
  return low === undefined ? undefined : `low-pass ${low}kHz`
}

function first(fields: Map<string, string>, names: readonly string[]): string | undefined {
  const name = names.find((candidate) => fields.has(candidate))
  return name === undefined ? undefined : fields.get(name)
}

function number(text: string | undefined): number | null {
  const match = /^[<>]?\s*(-?\d+(?:\.\d+)?)/.exec(text ?? '')
  return match === null ? null : Number(match[1])
}
