import { parseAudioMothComment } from './audiomoth-comment.js'
import { parseIsoClaim } from './civil-time.js'
import { parseGuano } from './guano.js'
import { parsePosition } from './position.js'
import { emptyMetadata, mergeMetadata, type RecorderDevice, type RecorderMetadata } from './recorder-metadata.js'

const vendorName = ''

/**
 * Read a VORBIS_COMMENT block: vendor, then "NAME=value" entries, lengths little-endian (RFC 9639, section 8.6).
 * bytes: the block's content. Damaged lengths end the list. Names in upper case; the values of one name in order; the
 * vendor under the empty name, which no entry has.
 */
export function parseVorbisComments(bytes: Buffer): Map<string, string[]> {
  const fields = new Map<string, string[]>()
  if (bytes.length < 8) return fields
  let at = 4 + bytes.readUInt32LE(0)
  if (at + 4 > bytes.length) return fields
  fields.set(vendorName, [bytes.toString('utf8', 4, at)])
  const count = bytes.readUInt32LE(at)
  at += 4
  for (let index = 0; index < count && at + 4 <= bytes.length; index += 1) {
    const size = bytes.readUInt32LE(at)
    if (at + 4 + size > bytes.length) break
    const entry = bytes.toString('utf8', at + 4, at + 4 + size)
    at += 4 + size
    const equals = entry.indexOf('=')
    if (equals <= 0) continue
    const name = entry.slice(0, equals).toUpperCase()
    fields.set(name, [...(fields.get(name) ?? []), entry.slice(equals + 1)])
  }
  return fields
}

/** Comments under which converters keep a WAV's ICMT and GUANO texts, and recorders their own sensor readings. */
const startNames = ['RECORDINGSTART', 'RECORDING_START', 'RECORDED_AT', 'DATE', 'CREATION_TIME']
const positionNames = ['SENSORLOCATION', 'LOCATION', 'GEO_LOCATION']

/** What the comments say: an AudioMoth or GUANO text in any of them, Frontier Labs' RecordingStart, Sensor... fields. */
export function vorbisMetadata(fields: Map<string, string[]>): RecorderMetadata {
  const metadata = emptyMetadata()
  for (const values of fields.values()) {
    for (const value of values) {
      mergeMetadata(metadata, parseAudioMothComment(value))
      if (/^\s*GUANO\|/m.test(value)) mergeMetadata(metadata, parseGuano(value))
    }
  }
  for (const name of startNames) {
    const stamp = parseIsoClaim(fields.get(name)?.[0] ?? '')
    if (stamp === null) continue
    const confidence = stamp.utcOffsetMin === null ? 0.7 : 0.9
    metadata.claims.push({ source: 'vorbis', ...stamp, confidence })
    break
  }
  mergeMetadata(metadata, { claims: [], device: vorbisDevice(fields) })
  return metadata
}

function vorbisDevice(fields: Map<string, string[]>): RecorderDevice {
  const device: RecorderDevice = {}
  if (fields.get(vendorName)?.[0]?.startsWith('Frontier Labs') === true) device.make = 'Frontier Labs'
  const serial = fields.get('SENSORUID')?.[0] ?? fields.get('SERIAL')?.[0]
  if (serial !== undefined) device.recorderId = serial.trim()
  for (const name of positionNames) {
    const position = parsePosition(fields.get(name)?.[0]?.trim())
    if (position !== null) device.position ??= position
  }
  // "Firmware: V3.08" at first, "3.30" later.
  const firmware = fields
    .get('SENSORFIRMWAREVERSION')?.[0]
    ?.replace(/^\s*(?:Firmware:)?\s*V?/i, '')
    .trim()
  if (firmware !== undefined && firmware !== '') device.firmware = firmware
  const gain = fields.get('CHANNELGAIN1')?.[0]?.trim()
  if (gain !== undefined) device.gain = gain
  const battery = /(\d+(?:\.\d+)?)\s?V/.exec(fields.get('BATTERYLEVEL')?.[0] ?? '')
  if (battery !== null) device.batteryV = Number(battery[1])
  return device
}
