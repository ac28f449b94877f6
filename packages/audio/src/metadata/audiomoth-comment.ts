import { formatCivil, parseUtcOffset } from './civil-time.js'
import type { RecorderDevice, RecorderMetadata, TimeClaim } from './recorder-metadata.js'

/**
 * Read AudioMoth's comment (INFO chunk, ICMT), wherever the sentence stands in the text: "Recorded at HH:MM:SS
 * DD/MM/YYYY (UTC[+-H[:MM]]) by AudioMoth <16 hex> at <gain> gain while battery ...". Forms of all firmware to 1.11
 * (OpenAcousticDevices/AudioMoth-Firmware-Basic, src/main.c, setHeaderComment). Day before month, always; no "(UTC)"
 * means UTC. Null when the text is no such comment.
 */
export function parseAudioMothComment(text: string): RecorderMetadata | null {
  const start =
    /Recorded at (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,3}))? (\d{2})\/(\d{2})\/(\d{4})(?: \(UTC([+-]\d{1,2}(?::\d{2})?)?\))?/.exec(
      text,
    )
  const by = /\bAudioMoth(?: ([0-9A-F]{16}))?\b/i.exec(text)
  if (start === null || by === null) return null
  return { claims: timeClaims(start), device: device(text, by[1]) }
}

function timeClaims(match: RegExpExecArray): TimeClaim[] {
  const local = formatCivil({
    hour: Number(match[1]),
    minute: Number(match[2]),
    second: Number(match[3]),
    millisecond: Number((match[4] ?? '').padEnd(3, '0')),
    day: Number(match[5]),
    month: Number(match[6]),
    year: Number(match[7]),
  })
  if (local === null) return []
  const utcOffsetMin = match[8] === undefined ? 0 : parseUtcOffset(match[8])
  return [{ source: 'audiomoth', local, utcOffsetMin, confidence: 0.95 }]
}

function device(text: string, serial: string | undefined): RecorderDevice {
  const found: RecorderDevice = { make: 'Open Acoustic Devices', model: 'AudioMoth' }
  if (serial !== undefined) found.recorderId = serial.toUpperCase()
  const deployment = /during deployment ([0-9A-F]{16})/i.exec(text)
  if (deployment !== null) found.deploymentId = deployment[1]!.toUpperCase()
  const gain = /\bat (?:gain setting (\d)|(low-medium|medium-high|low|medium|high)(?: gain)?)\b/.exec(text)
  if (gain !== null) found.gain = (gain[1] ?? gain[2])!
  if (/using external microphone/.test(text)) found.externalMicrophone = true
  const battery = /battery (?:state )?was (less than |greater than |below |above )?(\d+(?:\.\d+)?)\s?V/.exec(text)
  if (battery !== null) {
    found.batteryV = Number(battery[2])
    if (battery[1] !== undefined) found.batteryBound = /less|below/.test(battery[1]) ? 'below' : 'above'
  }
  const temperature = /temperature was (-?\d+(?:\.\d+)?)\s?C/.exec(text)
  if (temperature !== null) found.temperatureC = Number(temperature[1])
  if (/(?:amplitude|frequency) (?:threshold|trigger)|threshold (?:of|was)/i.test(text)) found.triggered = true
  const reason =
    /Recording (?:cancelled before completion|stopped) (?:due to |by )([^.]+)/i.exec(text)?.[1] ??
    /Recording (cancelled before completion|stopped)/i.exec(text)?.[1]
  if (reason !== undefined) found.stoppedReason = reason.trim()
  return found
}
