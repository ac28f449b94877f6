import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { AudioError } from '../../audio-error.js'
import { boundedCommand, isMissingProgram } from './bounded-command.js'

/** What ffprobe says about a file's first audio stream. */
export interface ProbedAudio {
  codec: string
  sampleRateHz: number
  channels: number
  bitsPerSample: number
  /** Claimed by the container; null = not said. */
  durationS: number | null
  /** Texts of tags, under which converters keep a recorder's comment. */
  texts: string[]
}

const run = promisify(execFile)
const timeoutMs = 30_000
const cpuS = 30
const maxAnswerBytes = 1 << 20

/**
 * Options for both programs: one reader, chosen by us from the content, on one local file. Playlists, references to
 * other files and addresses stay out of reach.
 */
export function inputOptions(path: string, demuxer: string): string[] {
  return ['-max_alloc', String(1 << 28), '-protocol_whitelist', 'file', '-f', demuxer, '-i', `file:${path}`]
}

/**
 * Ask ffprobe about a file. name: the format, for messages. Errors: AUDIO_UNSUPPORTED where ffmpeg is not installed,
 * or does not know the coding, AUDIO_DAMAGED where it cannot read the file, AUDIO_NO_SAMPLES where there is no sound in it.
 */
export async function probeAudio(path: string, demuxer: string, name: string): Promise<ProbedAudio> {
  const options = ['-v', 'quiet', '-of', 'json', '-select_streams', 'a:0', '-show_streams', '-show_format']
  let text: string
  try {
    const answer = await run(...boundedCommand('ffprobe', [...options, ...inputOptions(path, demuxer)], cpuS), {
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: maxAnswerBytes,
    })
    text = answer.stdout
  } catch (cause) {
    if (isMissingProgram((cause as NodeJS.ErrnoException).code)) throw missingFfmpeg(name)
    throw new AudioError(
      'AUDIO_DAMAGED',
      `${name}: ffmpeg cannot read this file, it is cut off or damaged: copy it again from the recorder`,
      { cause },
    )
  }
  return readAnswer(JSON.parse(text) as ProbeAnswer, demuxer, name)
}

/** The error where ffmpeg would be needed and is not installed. */
export function missingFfmpeg(name: string): AudioError {
  return new AudioError(
    'AUDIO_UNSUPPORTED',
    `${name} is read through ffmpeg, which is not installed here: install ffmpeg (with ffprobe) where recordings are prepared, or convert the file to WAV or FLAC`,
  )
}

interface ProbeAnswer {
  streams?: Record<string, unknown>[]
  format?: Record<string, unknown>
}

function readAnswer(answer: ProbeAnswer, demuxer: string, name: string): ProbedAudio {
  const stream = answer.streams?.[0]
  if (stream === undefined) throw new AudioError('AUDIO_NO_SAMPLES', `${name}: there is no sound in this file`)
  const codec = stream['codec_name']
  if (typeof codec !== 'string' || codec === 'unknown') {
    throw new AudioError(
      'AUDIO_UNSUPPORTED',
      `${name}: neither Coro nor ffmpeg reads it. Its header is damaged, or it has to be converted with the program of the recorder's maker`,
    )
  }
  const sampleRateHz = Number(stream['sample_rate'] ?? 0)
  // CAF's reader lowers the duration to what is there, and keeps the claimed samples here.
  const claimed =
    codec.startsWith('pcm_') && demuxer === 'caf' ? Number(stream['nb_frames']) / sampleRateHz : Number.NaN
  const durationS = claimed > 0 ? claimed : Number(stream['duration'] ?? answer.format?.['duration'])
  const bits = Number(stream['bits_per_raw_sample'] ?? stream['bits_per_sample'])
  const tags = [stream['tags'], answer.format?.['tags']].flatMap((found) => Object.values(found ?? {}))
  return {
    codec,
    sampleRateHz,
    channels: Number(stream['channels'] ?? 0),
    bitsPerSample: bits > 0 && bits <= 64 ? bits : 16,
    durationS: durationS > 0 && Number.isFinite(durationS) ? durationS : null,
    texts: tags.filter((tag) => typeof tag === 'string'),
  }
}
