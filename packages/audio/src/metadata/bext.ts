import { formatCivil } from './civil-time.js'
import { emptyMetadata, mergeMetadata, type RecorderDevice, type RecorderMetadata } from './recorder-metadata.js'
import { parseRecorderText } from './recorder-text.js'

/**
 * Read a Broadcast WAV chunk: description 256 bytes, originator 32, reference 32, origination date 10, time 8
 * (EBU Tech 3285, section 2.3). The time has no zone. A recorder's own sentence may stand in the description. Null when
 * there is neither.
 */
export function parseBext(bytes: Buffer): RecorderMetadata | null {
  if (bytes.length < 338) return null
  const date = /^(\d{4})\D(\d{2})\D(\d{2})$/.exec(text(bytes, 320, 330))
  const time = /^(\d{2})\D(\d{2})\D(\d{2})$/.exec(text(bytes, 330, 338))
  const local =
    date === null || time === null
      ? null
      : formatCivil({
          year: Number(date[1]),
          month: Number(date[2]),
          day: Number(date[3]),
          hour: Number(time[1]),
          minute: Number(time[2]),
          second: Number(time[3]),
        })
  const metadata = emptyMetadata()
  mergeMetadata(metadata, parseRecorderText(text(bytes, 0, 256)))
  const originator = text(bytes, 256, 288)
  mergeMetadata(metadata, {
    claims: local === null ? [] : [{ source: 'bext', local, utcOffsetMin: null, confidence: 0.7 }],
    device: originator === '' ? {} : originatorDevice(originator),
  })
  return metadata.claims.length === 0 && Object.keys(metadata.device).length === 0 ? null : metadata
}

/** "Sound Dev: 702T S#GR1112089007": some recorders write their serial here (wavinfo's test files). */
function originatorDevice(originator: string): RecorderDevice {
  const serial = /^(.*?)\s*\bS#(\w+)$/.exec(originator)
  return serial === null ? { make: originator } : { make: serial[1]!, recorderId: serial[2]! }
}

function text(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('latin1', start, end).split('\0', 1)[0]!.trim()
}
