import { formatCivil, parseUtcOffset } from './civil-time.js'
import type { RecorderDevice, RecorderMetadata, TimeClaim } from './recorder-metadata.js'

/**
 * Read AudioMoth's comment (INFO chunk, ICMT), wherever the sentence stands in the text: "Recorded at HH:MM:SS
 * DD/MM/YYYY (UTC[+-H[:MM]]) by AudioMoth <16 hex> at <gain> gain while battery ...", or since 1.5 "during deployment
 * <16 hex>" in the recorder's place (INFO's IART names it then). Forms of all firmware to 1.11
 * (OpenAcousticDevices/AudioMoth-Firmware-Basic, src/main.c, setHeaderComment). Day before month, always; no "(UTC)"
 * means UTC. Null when the text is no such comment.
 */
export function parseAudioMothComment(text: string): RecorderMetadata | null {
  const start =
    /Recorded at (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,3}))? (\d{2})\/(\d{2})\/(\d{4})(?: \(UTC([^)]{0,8})\))?/.exec(text)
  const by = /\bAudioMoth(?: ([0-9A-F]{16}))?\b/i.exec(text)
  const deployment = /during deployment ([0-9A-F]{16})/i.exec(text)
  if (start === null || (by ?? deployment) === null) return null
  return { claims: timeClaims(start), device: device(text, by?.[1], deployment?.[1]) }
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
  const offset = match[8] ?? ''
  // 1.2.2 left the hours out of half an hour, and its sign with them: "(UTC:30)".
  const utcOffsetMin = offset === '' ? 0 : parseUtcOffset(offset)
  return [{ source: 'audiomoth', local, utcOffsetMin, confidence: 0.95 }]
}

function device(text: string, serial: string | undefined, deployment: string | undefined): RecorderDevice {
  const found: RecorderDevice = { make: 'Open Acoustic Devices', model: 'AudioMoth' }
  if (serial !== undefined) found.recorderId = serial.toUpperCase()
  if (deployment !== undefined) found.deploymentId = deployment.toUpperCase()
  const gain = /\bat (?:gain setting (\d)|(low-medium|medium-high|low|medium|high)(?: gain)?)\b/.exec(text)
  if (gain !== null) found.gain = (gain[1] ?? gain[2])!
  if (/using external microphone/.test(text)) found.externalMicrophone = true
  const battery = /battery (?:state )?was (less than |greater than |below |above |< ?|> ?)?(\d+(?:\.\d+)?)\s?V/.exec(
    text,
  )
  if (battery !== null) {
    found.batteryV = Number(battery[2])
    if (battery[1] !== undefined) found.batteryBound = /less|below|</.test(battery[1]) ? 'below' : 'above'
  }
  const temperature = /temperature was (-?\d+(?:\.\d+)?)\s?C/.exec(text)
  if (temperature !== null) found.temperatureC = Number(temperature[1])
  const trigger = /\b((?:Amplitude threshold|Frequency trigger)\b[^"]*?)\.?(?:\s[A-Z]|\s*$|")/.exec(text)
  if (trigger !== null) {
    found.triggered = true
    found.trigger = trigger[1]!
  }
  const filter =
    /\b(Low|High|Band)-pass filter (?:with|applied with cut-off) frequenc(?:y|ies) of ([\d.]+kHz(?: and [\d.]+kHz)?)/.exec(
      text,
    )
  if (filter !== null) found.filter = `${filter[1]!.toLowerCase()}-pass ${filter[2]!}`
  const reason =
    /Recording (?:cancelled before completion|stopped) (?:due to |by )([^.]+)/i.exec(text)?.[1] ??
    /Recording (cancelled before completion|stopped)/i.exec(text)?.[1]
  if (reason !== undefined) found.stoppedReason = reason.trim()
  return found
}
