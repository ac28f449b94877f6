import { parseFrameHeader } from './flac/flac-frame-header.js'

/** What Coro reads itself; ffmpeg's names of the containers. */
export type KnownFormat = 'wav' | 'w64' | 'aiff' | 'flac' | 'mp3' | 'ogg'

/** A known format that we have no reader for. */
export interface ForeignFormat {
  /** Its short name: `wac`, `mp4`, ... */
  format: string
  /** For messages. */
  unsupported: string
  /** ffmpeg's name for it; null = ffmpeg has none either. */
  demuxer: string | null
}

/** A format told by its first bytes; `offset` = where it begins (behind an ID3v2 tag). */
export interface SniffedFormat {
  /** `wav` (RIFF, RF64, BW64, RIFX) and the others are read; other names are for messages; null = unknown. */
  name: KnownFormat | ForeignFormat | null
  offset: number
}

const foreign = (format: string, unsupported: string, demuxer: string | null): ForeignFormat => ({
  format,
  unsupported,
  demuxer,
})

/** First bytes of what is not read in process. */
const marks: [mark: string, ForeignFormat][] = [
  ['WAac', foreign('wac', 'WAC (Wildlife Acoustics, proprietary)', null)],
  ['wvpk', foreign('wavpack', 'WavPack', 'wv')],
  ['MAC ', foreign('ape', "Monkey's Audio (APE)", 'ape')],
  ['caff', foreign('caf', 'CAF', 'caf')],
  ['.snd', foreign('au', 'Sun AU', 'au')],
  ['0&²u', foreign('asf', 'ASF/WMA', 'asf')],
  ['\x1aE\xdf\xa3', foreign('matroska', 'Matroska/WebM', 'matroska')],
  ['#!AMR', foreign('amr', 'AMR', 'amr')],
  ['\x0b\x77', foreign('ac3', 'AC-3', 'ac3')],
  ['TTA1', foreign('tta', 'True Audio (TTA)', 'tta')],
  ['MPCK', foreign('musepack', 'Musepack', 'mpc8')],
  ['DSD ', foreign('dsf', 'DSD (DSF)', 'dsf')],
  ['ajkg', foreign('shorten', 'Shorten', 'shn')],
]

const w64Riff = '726966662e91cf11a5d628db04c10000'

/**
 * Tell the format by content, never by the name: recorders and people misname files.
 * bytes: the first 64 or more of the file (fewer when it is shorter).
 */
export function sniffFormat(bytes: Buffer): SniffedFormat {
  // ID3v2: "ID3", version 2 bytes, flags 1, size 4 x 7 bits (id3.org, ID3v2.4.0 structure, section 3.1)
  if (tag(bytes, 0, 3) === 'ID3' && bytes.length >= 10) {
    const size =
      ((bytes[6]! & 0x7f) << 21) | ((bytes[7]! & 0x7f) << 14) | ((bytes[8]! & 0x7f) << 7) | (bytes[9]! & 0x7f)
    return { name: null, offset: 10 + size }
  }
  return { name: sniffPlain(bytes), offset: 0 }
}

function sniffPlain(bytes: Buffer): SniffedFormat['name'] {
  const first = tag(bytes, 0, 4)
  const third = tag(bytes, 8, 4)
  if (
    (first === 'RIFF' || first === 'RF64' || first === 'BW64' || first === 'RIFX') &&
    (third === 'WAVE' || bytes.length < 12)
  )
    return 'wav'
  if (first === 'RIFF' && third === 'AVI ') return foreign('avi', 'AVI (video)', 'avi')
  if (first === 'RIFF' && third === 'WEBP') return null
  if (first === 'RIFF' || first === 'RIFX') return foreign('riff', `RIFF ${printable(third)} (not WAVE)`, null)
  if (first === 'fLaC') return 'flac'
  if (bytes.length >= 16 && bytes.subarray(0, 16).toString('hex') === w64Riff) return 'w64'
  if (first === 'OggS') return 'ogg'
  if (first === 'FORM' && (third === 'AIFF' || third === 'AIFC' || bytes.length < 12)) return 'aiff'
  if (tag(bytes, 4, 4) === 'ftyp') return foreign('mp4', 'MP4/M4A', 'mov')
  const marked = marks.find(([mark]) => tag(bytes, 0, mark.length) === mark)
  if (marked !== undefined) return marked[1]
  // A FLAC stream without its beginning; the header's checksum tells it from AAC, which shares the sync.
  if (parseFrameHeader(bytes, 0) !== null) return 'flac'
  // MPEG audio: 11 sync bits, layer not "reserved", bitrate not 15, rate not 3 (ISO/IEC 11172-3, 2.4.1.3)
  if (bytes.length >= 4 && bytes[0] === 0xff && (bytes[1]! & 0xe0) === 0xe0) {
    if ((bytes[1]! & 0xf6) === 0xf0) return foreign('aac', 'AAC (ADTS)', 'aac')
    const layer = (bytes[1]! >> 1) & 3
    if (layer !== 0 && bytes[2]! >> 4 !== 15 && ((bytes[2]! >> 2) & 3) !== 3) {
      return layer === 1 ? 'mp3' : foreign('mpeg', 'MPEG audio', 'mp3')
    }
  }
  return null
}

function tag(bytes: Buffer, offset: number, length: number): string {
  return bytes.toString('latin1', offset, offset + length)
}

function printable(text: string): string {
  return text.replaceAll(/[^ -~]/g, '?').trim()
}
