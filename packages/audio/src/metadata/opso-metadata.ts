import { parseAudioMothComment } from './audiomoth-comment.js'
import { parseIsoClaim } from './civil-time.js'
import { emptyMetadata, mergeMetadata, type RecorderMetadata } from './recorder-metadata.js'

/**
 * Read the comment that opensoundscape writes into what it saves: "opso_metadata" and JSON, with the recorder's own
 * comment inside (kitzeslab/opensoundscape, opensoundscape/audio.py, `parse_opso_metadata`). Lengths in it are of the
 * recording that the file was cut from: nothing is taken from them. Null when it is none.
 */
export function parseOpsoMetadata(text: string): RecorderMetadata | null {
  const fields = jsonFields(text)
  if (fields === null) return null
  const metadata = emptyMetadata()
  mergeMetadata(metadata, parseAudioMothComment(textOf(fields['comment'])))
  const stamp = parseIsoClaim(textOf(fields['recording_start_time']))
  const own = emptyMetadata()
  if (stamp !== null) {
    own.claims.push({ source: 'opensoundscape', ...stamp, confidence: stamp.utcOffsetMin === null ? 0.7 : 0.9 })
  }
  const serial = /^(?:AudioMoth )?([0-9A-F]{16})$/i.exec(textOf(fields['device_id']))
  if (serial !== null) own.device.recorderId = serial[1]!.toUpperCase()
  const gain = textOf(fields['gain_setting'])
  if (gain !== '') own.device.gain = gain
  const { battery_state: battery, temperature_C: temperature } = fields
  if (typeof battery === 'number') own.device.batteryV = battery
  if (typeof temperature === 'number') own.device.temperatureC = temperature
  mergeMetadata(metadata, own)
  return metadata
}

function jsonFields(text: string): Record<string, unknown> | null {
  const start = /^\s*opso_metadata\s*(?=\{)/.exec(text)
  if (start === null) return null
  try {
    const found: unknown = JSON.parse(text.slice(start[0].length))
    return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
