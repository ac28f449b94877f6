import { spawn } from 'node:child_process'
import { AudioError } from '../../audio-error.js'
import type { AudioHeader, AudioWarning } from '../audio-reader.js'
import { sampleLimiter } from '../limit-samples.js'
import { tellSamples } from '../tell-amount.js'
import { pcmDecoder } from '../pcm/decode-pcm.js'
import type { ReadSource } from '../read-source.js'
import { lastOggPage } from '../ogg/last-ogg-page.js'
import { boundedCommand, isMissingProgram } from './bounded-command.js'
import { inputOptions, missingFfmpeg } from './probe-audio.js'

export interface FfmpegTask {
  source: ReadSource
  path: string
  demuxer: string
  name: string
  header: AudioHeader
  warnings: AudioWarning[]
}

/** The most sound that a byte can hold: as with FLAC, 65535 samples in 10 bytes. */
export const mostFramesPerByte = 6554
/** ffmpeg that gives nothing for so long hangs. */
const idleLimitMs = 60_000
/** Slower than any codec on any computer that runs this. */
const leastBytesPerS = 50_000
const blockCapacity = 65536
const keptWords = 2000

/**
 * Decode through a pipe from ffmpeg to mono blocks. ffmpeg waits while nobody reads, is killed when it gives nothing for
 * a minute or more than the file can hold, and with the iteration. Appends its warnings at the end.
 * Errors: AUDIO_DAMAGED, AUDIO_NO_SAMPLES, AUDIO_UNSUPPORTED.
 */
export async function* decodeWithFfmpeg(task: FfmpegTask): AsyncGenerator<Float32Array> {
  const { source, header, warnings, name } = task
  const { sampleRateHz, channels } = header
  const output = ['-map', '0:a:0', '-c:a', 'pcm_f32le', '-ar', String(sampleRateHz), '-ac', String(channels)]
  const options = ['-v', 'error', '-nostdin', '-threads', '1', ...inputOptions(task.path, task.demuxer), ...output]
  const cpuS = 60 + source.file.sizeBytes / leastBytesPerS
  const child = spawn(...boundedCommand('ffmpeg', [...options, '-f', 'f32le', 'pipe:1'], cpuS), {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  /** An error's code, an exit code, or null for a signal. */
  const ended = new Promise<unknown>((settle) => {
    child.once('error', (error: NodeJS.ErrnoException) => settle(error.code))
    child.once('close', settle)
  })
  let words = ''
  child.stderr.on('data', (text: Buffer) => {
    if (words.length < keptWords) words += text.toString('latin1')
  })
  let idle = false
  const watch = setTimeout(() => {
    idle = true
    child.kill('SIGKILL')
  }, idleLimitMs)
  const frameBytes = channels * 4
  const decode = pcmDecoder(
    { codec: 'pcm_f32le', sampleRateHz, channels, bitsPerSample: 32, bytesPerSample: 4 },
    source.channel,
  )
  const limiter = sampleLimiter(sampleRateHz, true)
  const mono = new Float32Array(blockCapacity)
  const most = source.file.sizeBytes * mostFramesPerByte
  let rest: Buffer = Buffer.alloc(0)
  let done = 0
  try {
    for await (const part of child.stdout as AsyncIterable<Buffer>) {
      watch.refresh()
      const bytes = rest.length === 0 ? part : Buffer.concat([rest, part])
      const frames = Math.floor(bytes.length / frameBytes)
      for (let at = 0; at < frames; at += blockCapacity) {
        const count = Math.min(blockCapacity, frames - at)
        decode(bytes.subarray(at * frameBytes, (at + count) * frameBytes), count, mono)
        limiter.limit(mono.subarray(0, count))
        yield mono.subarray(0, count)
      }
      rest = Buffer.from(bytes.subarray(frames * frameBytes))
      done += frames
      if (done > most)
        throw new AudioError('AUDIO_DAMAGED', `${name}: more sound than ${source.file.sizeBytes} bytes can hold`)
    }
    if (isMissingProgram(await ended)) throw missingFfmpeg(name)
    if (idle) throw new AudioError('AUDIO_DAMAGED', `${name}: ffmpeg gave nothing for ${idleLimitMs / 1000} s`)
  } finally {
    clearTimeout(watch)
    child.kill('SIGKILL')
  }
  if (done === 0) throw new AudioError('AUDIO_NO_SAMPLES', `${name}: ffmpeg found no sound that can be decoded`)
  limiter.finish(warnings)
  if (isCut(task, done)) {
    const claim =
      header.frames === null ? 'the stream has no end' : `the header claims ${tellSamples(header.frames, sampleRateHz)}`
    warnings.push({
      code: 'AUDIO_TRUNCATED',
      message: `${claim}; the ${tellSamples(done, sampleRateHz)} that are there are used`,
    })
  }
  if (words !== '') {
    warnings.push({ code: 'AUDIO_CORRUPT_FRAMES', message: `ffmpeg met damage and went on: ${firstWords(words)}` })
  }
}

/**
 * Containers of lossless sound state its length; others to a tenth of a second or so, and encoders add silence in front
 * that is left out. Ogg marks its last page.
 */
function isCut({ source, header }: FfmpegTask, done: number): boolean {
  if (header.format === 'ogg' && lastOggPage(source.file, null)?.last !== true) return true
  const slack = /^(?:pcm_|wavpack$|tta$|flac$)/.test(header.codec) ? 0 : header.sampleRateHz / 2
  return header.frames !== null && done < header.frames - slack
}

/** The first line, without addresses in memory and anything that is not printable. */
function firstWords(words: string): string {
  const line = words.split('\n', 1)[0]!
  return line
    .replaceAll(/ @ 0x[0-9a-f]+/g, '')
    .replaceAll(/[^ -~]/g, '?')
    .slice(0, 160)
}
