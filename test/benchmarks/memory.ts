/**
 * npm run bench -- memory [--hours 1] [--rate 48000]
 *
 * Peak memory (resident set) of the front end, each run in a process of its own that loads packages/audio alone: `coro
 * denoise` from WAV and from FLAC, and preparing both variants as a worker does, against the same process before it began.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { nightSound, writeNight } from './night-sound.js'

const modes = ['stationary', 'non-stationary'] as const
type Mode = (typeof modes)[number]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { hours: { type: 'string', default: '1' }, rate: { type: 'string', default: '48000' } },
})
const self = fileURLToPath(import.meta.url)
/** A process counts what its parent held when it was forked: so the parent does nothing but start others. */
const peakMb = (): number => process.resourceUsage().maxRSS / 1024

/** In a process of its own: peak MB of `coro denoise`. */
async function runDenoise(mode: Mode, path: string): Promise<void> {
  const { denoiseFile } = await import('@coro/audio/denoise-file')
  await denoiseFile(path, `${path}.out`, { mode })
  console.log(peakMb().toFixed(1))
}

/** In a process of its own: peak MB before and after preparing a recording. */
async function runPrepare(mode: Mode, path: string, folder: string): Promise<void> {
  const [{ prepareAudio }, { defaultFrontEnd }] = await Promise.all([
    import('@coro/audio/prepare-audio'),
    import('@coro/audio/front-end'),
  ])
  const idle = peakMb()
  await prepareAudio({
    path,
    fileName: 'night.wav',
    outputs: { raw: join(folder, 'raw.wav'), denoised: join(folder, 'denoised.wav') },
    frontEnd: { ...defaultFrontEnd, gate: { ...defaultFrontEnd.gate, mode } },
  })
  console.log(`${idle.toFixed(1)} ${peakMb().toFixed(1)}`)
}

/** A 16-bit FLAC file. The encoder holds it all in memory, but not in the process that is measured. */
async function writeFlac(path: string, rateHz: number, seconds: number): Promise<void> {
  const { encodeFlac } = await import('@coro/synthetic/flac')
  const pcm = new Int32Array(rateHz * seconds)
  let at = 0
  for (const block of nightSound(rateHz, seconds)) {
    for (const value of block) pcm[at++] = Math.round(32_767 * value)
  }
  writeFileSync(path, encodeFlac({ pcm: [pcm], sampleRateHz: rateHz, bitsPerSample: 16 }))
}

/** The files that are read. More than an hour of FLAC does not fit the encoder's memory. */
async function writeInputs(wav: string, flac: string, rateHz: number, seconds: number): Promise<void> {
  writeNight(wav, rateHz, seconds)
  await writeFlac(flac, rateHz, Math.min(seconds, 3600))
}

const child = (...args: string[]): string =>
  execFileSync(process.execPath, [self, ...args], { encoding: 'utf8' }).trim()

function compare(folder: string): void {
  const seconds = Number(values.hours) * 3600
  const rateHz = Number(values.rate)
  const wav = join(folder, 'night.wav')
  const flac = join(folder, 'night.flac')
  child('write', wav, flac, String(rateHz), String(seconds))
  for (const mode of modes) {
    console.log(`denoise ${values.hours} h of ${rateHz} Hz WAV, ${mode}: peak ${child('denoise', mode, wav)} MB`)
    console.log(`denoise 1 h of FLAC, ${mode}: peak ${child('denoise', mode, flac)} MB`)
    const [idle, peak] = child('prepare', mode, wav, folder).split(' ').map(Number) as [number, number]
    console.log(`prepare both variants, ${mode}: ${(peak - idle).toFixed(1)} MB above ${idle.toFixed(1)} MB idle`)
  }
}

const [task, ...rest] = positionals
if (task === 'denoise') await runDenoise(rest[0] as Mode, rest[1]!)
else if (task === 'write') await writeInputs(rest[0]!, rest[1]!, Number(rest[2]), Number(rest[3]))
else if (task === 'prepare') await runPrepare(rest[0] as Mode, rest[1]!, rest[2]!)
else {
  const folder = mkdtempSync(join(tmpdir(), 'coro-memory-'))
  try {
    compare(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
