/**
 * npm run bench -- flac [--rounds 7] [--minutes 10] [FILE...]
 *
 * Reading FLAC on one core, from a file to mono samples: openAudio, and beside it the library that it read with before
 * (its decoder alone, from memory). CPU time; runs take turns, and medians of their ratios count. Without FILEs: a night's
 * sound in 16 bits, mono and stereo, at 44.1 and 48 kHz, by the synthetic deployment's encoder.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { openAudio } from '@coro/audio/read/open-audio'
import { encodeFlac } from '@coro/synthetic/flac'
import { FLACDecoder } from '@wasm-audio-decoders/flac'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '7' }, minutes: { type: 'string', default: '10' } },
})

/** Steady noise, stronger below, and a sweep every three seconds. */
function night(sampleRateHz: number, frames: number, seed: number): Int32Array {
  const pcm = new Int32Array(frames)
  let state = seed
  let low = 0
  for (let n = 0; n < frames; n += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const white = state / 2 ** 31 - 1
    low = 0.97 * low + 0.03 * white
    const timeS = (n / sampleRateHz) % 3
    const call = timeS < 0.4 ? 0.2 * Math.sin(2 * Math.PI * (2000 + 3000 * timeS) * timeS) : 0
    pcm[n] = Math.round(32767 * (0.02 * white + 0.3 * low + call))
  }
  return pcm
}

function writeNights(folder: string): string[] {
  return [44_100, 48_000].flatMap((sampleRateHz) =>
    [1, 2].map((channels) => {
      const frames = Number(values.minutes) * 60 * sampleRateHz
      const pcm = Array.from({ length: channels }, (_, channel) => night(sampleRateHz, frames, channel + 1))
      const path = join(folder, `${sampleRateHz} Hz, ${channels === 1 ? 'mono' : 'stereo'}`)
      writeFileSync(path, encodeFlac({ pcm, sampleRateHz, bitsPerSample: 16 }))
      return path
    }),
  )
}

/** CPU seconds of one run. */
async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(began)
  return (user + system) / 1e6
}

async function readWhole(path: string): Promise<number> {
  await using reader = await openAudio(path)
  let frames = 0
  for await (const block of reader.samples()) frames += block.length
  return frames / reader.header.sampleRateHz
}

async function readByLibrary(path: string): Promise<void> {
  const decoder = new FLACDecoder()
  await decoder.ready
  await decoder.decodeFile(new Uint8Array(readFileSync(path)))
  decoder.free()
}

const median = (numbers: number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!

const folder = mkdtempSync(join(tmpdir(), 'coro-bench-flac-'))
try {
  for (const path of positionals.length > 0 ? positionals : writeNights(folder)) {
    const durationS = await readWhole(path)
    const ours: number[] = []
    const library: number[] = []
    for (let round = 0; round < Number(values.rounds); round += 1) {
      library.push(await timed(() => readByLibrary(path)))
      ours.push(await timed(() => readWhole(path)))
    }
    const speed = (times: number[]): string => `${(durationS / median(times)).toFixed(0)}x real time`
    const ratio = median(library.map((took, round) => took / ours[round]!))
    console.log(`${basename(path)}: ${speed(ours)}, library ${speed(library)}, ratio ${ratio.toFixed(2)}`)
  }
} finally {
  rmSync(folder, { recursive: true })
}
