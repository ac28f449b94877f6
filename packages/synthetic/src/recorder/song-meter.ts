import type { RiffChunk } from '../wav.js'
import type { RecordingFacts } from './header.js'
import { wallClock } from './local-time.js'

/** GUANO as a Song Meter writes it, here without an offset: the clock is local and the file does not say where. */
export function songMeterGuanoChunk(facts: RecordingFacts): RiffChunk {
  const at = wallClock(facts.startedAt, facts.offsetMin)
  const lines = [
    'GUANO|Version: 1.0',
    'Firmware Version: 4.6',
    `Length: ${facts.durationS.toFixed(3)}`,
    `Loc Position: ${facts.latitude.toFixed(5)} ${facts.longitude.toFixed(5)}`,
    'Make: Wildlife Acoustics, Inc.',
    'Model: Song Meter Mini 2',
    `Original Filename: ${facts.fileName}`,
    `Samplerate: ${facts.sampleRateHz}`,
    `Serial: ${facts.serial}`,
    `Temperature Int: ${facts.temperatureC.toFixed(2)}`,
    `Timestamp: ${at.year}-${at.month}-${at.day} ${at.hour}:${at.minute}:${at.second}`,
    `WA|Song Meter|Audio settings: [{"rate":"${facts.sampleRateHz}","gain":"18.00"}]`,
    `WA|Song Meter|Prefix: ${facts.serial}`,
  ]
  return { id: 'guan', body: Buffer.from(`${lines.join('\n')}\n`, 'utf8'), place: 'after data' }
}

/** The Vorbis comments of a Song Meter file made into FLAC: who recorded it, but not when. */
export function songMeterVorbisComments(facts: RecordingFacts): [string, string][] {
  return [
    ['ARTIST', `Song Meter Mini 2 ${facts.serial}`],
    ['TITLE', facts.fileName],
  ]
}
