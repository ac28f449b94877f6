import type { RiffChunk } from '../wav.js'
import type { RecordingFacts } from './header.js'
import { offsetText, wallClock } from './local-time.js'

/** "UTC", "UTC-3", "UTC+5:30": the sign covers the minutes. */
function zoneText(offsetMin: number): string {
  if (offsetMin === 0) return 'UTC'
  const size = Math.abs(offsetMin)
  const minutes = size % 60
  const hours = `${offsetMin < 0 ? '-' : '+'}${Math.floor(size / 60)}`
  return `UTC${hours}${minutes === 0 ? '' : `:${String(minutes).padStart(2, '0')}`}`
}

/** The comment sentence of firmware 1.4 to 1.11. Source: setHeaderComment in AudioMoth-Firmware-Basic's main.c. */
export function audioMothComment(facts: RecordingFacts): string {
  const at = wallClock(facts.startedAt, facts.offsetMin)
  const when = `${at.hour}:${at.minute}:${at.second} ${at.day}/${at.month}/${at.year} (${zoneText(facts.offsetMin)})`
  const power = `battery was ${facts.batteryV.toFixed(1)}V and temperature was ${facts.temperatureC.toFixed(1)}C.`
  return `Recorded at ${when} by AudioMoth ${facts.serial} at medium gain while ${power}`
}

/** The LIST chunk as the firmware lays it out: ICMT in 384 zero-filled bytes, IART in 32; 436 bytes in all. */
export function audioMothInfoChunk(facts: RecordingFacts): RiffChunk {
  const body = Buffer.alloc(436)
  body.write('INFOICMT', 0, 'latin1')
  body.writeUInt32LE(384, 8)
  body.write(audioMothComment(facts), 12, 383, 'latin1')
  body.write('IART', 396, 'latin1')
  body.writeUInt32LE(32, 400)
  body.write(`AudioMoth ${facts.serial}`, 404, 31, 'latin1')
  return { id: 'LIST', body }
}

/** GUANO as firmware 1.11 writes it: no space after the colon, after the data, unpadded where its size is odd. */
export function audioMothGuanoChunk(facts: RecordingFacts): RiffChunk {
  const at = wallClock(facts.startedAt, facts.offsetMin)
  const date = `${at.year}-${at.month}-${at.day}T${at.hour}:${at.minute}:${at.second}`
  const lines = [
    'GUANO|Version:1.0',
    'Make:Open Acoustic Devices',
    'Model:AudioMoth',
    `Serial:${facts.serial}`,
    'Firmware Version:AudioMoth-Firmware-Basic (1.11.0)',
    `Timestamp:${date}${offsetText(facts.offsetMin)}`,
    `Loc Position:${facts.latitude.toFixed(6)} ${facts.longitude.toFixed(6)}`,
    'OAD|Loc Source:Acoustic chime',
    `Original Filename:${facts.fileName}`,
    `OAD|Recording Settings:${facts.sampleRateHz} GAIN 2`,
    `OAD|Battery Voltage:${facts.batteryV.toFixed(1)}`,
    `Temperature Int:${facts.temperatureC.toFixed(1)}`,
  ]
  return { id: 'guan', body: Buffer.from(lines.join('\n'), 'utf8'), place: 'after data', unpadded: true }
}

/** The Vorbis comments of an AudioMoth file that ffmpeg made into FLAC: ICMT becomes DESCRIPTION, IART artist. */
export function audioMothVorbisComments(facts: RecordingFacts): [string, string][] {
  return [
    ['DESCRIPTION', audioMothComment(facts)],
    ['artist', `AudioMoth ${facts.serial}`],
  ]
}
