import { AudioError } from '../audio-error.js'
import type { ByteFile } from './byte-file.js'

/** What people and programs take for recordings, by its first bytes. */
const marks: [mark: string, what: string][] = [
  ['PK\x03\x04', 'a ZIP archive'],
  ['PK\x05\x06', 'an empty ZIP archive'],
  ['\x1f\x8b', 'a gzip archive'],
  ['7z\xbc\xaf', 'a 7z archive'],
  ['Rar!', 'a RAR archive'],
  ['\xff\xd8\xff', 'a JPEG picture'],
  ['\x89PNG', 'a PNG picture'],
  ['GIF8', 'a GIF picture'],
  ['%PDF', 'a PDF'],
  ['SQLite format 3\0', 'a SQLite database'],
  ['MThd', 'a MIDI file'],
]
const lookedAt = 1 << 16

/** The least that the first header of any format takes. */
const leastHeader = 12

/** The error for content that is no audio: AUDIO_NOT_AUDIO with what it is, where that can be told; AUDIO_NO_SAMPLES for zeros, AUDIO_TRUNCATED_HEADER for a few bytes. */
export function otherContentError(file: ByteFile): AudioError {
  const bytes = file.read(0, lookedAt)
  const what = nameOf(bytes)
  if (what === null && bytes.length < leastHeader) {
    const length = bytes.length === 1 ? '1 byte' : `${bytes.length} bytes`
    return new AudioError('AUDIO_TRUNCATED_HEADER', `the file ends after ${length}, before anything tells its format`)
  }
  if (bytes.length >= 64 && bytes.every((byte) => byte === 0)) {
    return new AudioError(
      'AUDIO_NO_SAMPLES',
      'only zeros: the recorder reserved the file and never wrote it, as when its battery or card fails',
    )
  }
  if (what !== null) {
    const advice = what.endsWith('archive')
      ? ': unpack it'
      : what.startsWith('a page')
        ? ': a server answered with it'
        : ''
    return new AudioError('AUDIO_NOT_AUDIO', `the content is ${what}, not a recording${advice}`)
  }
  return new AudioError(
    'AUDIO_NOT_AUDIO',
    `the content is no audio format that Coro knows (first bytes ${bytes.toString('hex', 0, 8)}): the file is damaged or is not a recording`,
  )
}

function nameOf(bytes: Buffer): string | null {
  const start = bytes.toString('latin1', 0, 16)
  const marked = marks.find(([mark]) => start.startsWith(mark))
  if (marked !== undefined) return marked[1]
  if (start.startsWith('RIFF') && start.slice(8, 12) === 'WEBP') return 'a WebP picture'
  const text = bytes
    .toString('utf8', 0, 1024)
    .replace(/^\ufeff/, '')
    .replace(/\ufffd$/, '')
  // oxlint-disable-next-line no-control-regex -- control characters are what text does not have
  if (text.length < 8 || /[\0-\x08\x0e-\x1a\x7f\ufffd]/.test(text)) return null
  return /^\s*<(?:!doctype|html|\?xml|[a-z]+[\s>])/i.test(text) ? 'a page of HTML or XML' : 'text'
}
