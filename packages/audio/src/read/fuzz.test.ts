import { rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { AudioError } from '../audio-error.js'
import { civilAsUtcMs } from '../metadata/civil-time.js'
import { fuzzSeeds } from '../fixtures/fuzz-seeds.js'
import { temporaryFolder } from '../fixtures/temporary-folder.js'
import { crc16 } from './flac/flac-crc.js'
import { parseFrameHeader } from './flac/flac-frame-header.js'
import { openAudio } from './open-audio.js'
import { pageCrc, parseOggPage } from './ogg/ogg-pages.js'
import { pumpSamples } from './pump-samples.js'

// oxlint-disable-next-line node/no-process-env -- CORO_FUZZ=100000 for the long form
const inputs = Number(process.env['CORO_FUZZ'] ?? 2000)
/** Samples that so small a file may at most become: a hole in FLAC or Ogg is filled with up to 600 s of silence. */
const mostSamples = 620 * 96_000
/** What a file of some kilobytes may cost beyond what is resident at the start. */
const mostBytes = 400 * 2 ** 20

/** Repeatable whole numbers below `end` (mulberry32). */
function dice(seed: number): (end: number) => number {
  let state = seed
  return (end) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end
  }
}

const extremes = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff]

function mutate(original: Buffer, roll: (end: number) => number): Buffer {
  let bytes = Buffer.from(original)
  const isOgg = bytes.toString('latin1', 0, 4) === 'OggS'
  for (let left = 1 + roll(6); left > 0 && bytes.length > 8; left -= 1) {
    // Headers decide most: half of the changes hit the first bytes.
    const at = roll(roll(2) === 0 ? Math.min(200, bytes.length) : bytes.length)
    const kind = roll(7)
    if (kind === 0) bytes[at] = roll(256)
    else if (kind === 1) bytes[at]! ^= 1 << roll(8)
    else if (kind === 2 && at + 4 <= bytes.length) bytes.writeUInt32LE(extremes[roll(extremes.length)]!, at)
    else if (kind === 3 && at + 4 <= bytes.length) bytes.writeUInt32BE(extremes[roll(extremes.length)]!, at)
    else if (kind === 4) bytes = bytes.subarray(0, at)
    else if (kind === 5)
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + roll(64)))])
    else
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        bytes.subarray(roll(bytes.length), bytes.length).subarray(0, 200),
        bytes.subarray(at),
      ])
  }
  // Behind a right checksum the packets' own reader is met.
  if (isOgg && roll(2) === 0) repairPages(bytes)
  if (bytes.toString('latin1', 0, 4) === 'fLaC' && roll(2) === 0) repairFrames(bytes)
  return bytes
}

/** Write a right CRC-16 in front of each frame header and at the end. */
function repairFrames(bytes: Buffer): void {
  let from = -1
  for (let at = bytes.indexOf(0xff); ; at = bytes.indexOf(0xff, at + 1)) {
    const end = at < 0 ? bytes.length : at
    if (at >= 0 && parseFrameHeader(bytes, at) === null) continue
    if (from >= 0 && end - from > 8) bytes.writeUInt16BE(crc16(0, bytes, from, end - 2), end - 2)
    if (at < 0) return
    from = at
  }
}

function repairPages(bytes: Buffer): void {
  for (let at = bytes.indexOf('OggS'); at >= 0; at = bytes.indexOf('OggS', at + 1)) {
    const segments = bytes[at + 26] ?? 0
    const body = bytes.subarray(at + 27, at + 27 + segments).reduce((sum, size) => sum + size, 0)
    const page = bytes.subarray(at, at + 27 + segments + body)
    if (page.length < 27 || page.length < 27 + segments + body) continue
    page.writeUInt32LE(pageCrc(page), 22)
    if (parseOggPage(page) === null) continue
  }
}

/** What is wrong with how a file was taken, or null. */
async function surprise(path: string): Promise<string | null> {
  try {
    await using reader = await openAudio(path)
    let samples = 0
    let wrong = false
    await pumpSamples(reader, (block) => {
      samples += block.length
      wrong ||= block.length > 65536 || !(Math.abs(block[0] ?? 0) <= 1) || !(Math.abs(block.at(-1) ?? 0) <= 1)
    })
    if (wrong) return 'a block that is too long, or samples beyond -1..1'
    if (samples > mostSamples) return `${samples} samples`
    if (reader.metadata.claims.some(({ local }) => Number.isNaN(civilAsUtcMs(local)))) return 'a time that is none'
    const { durationS, frames } = reader.header
    return durationS !== null && (!(durationS > 0) || !(frames! > 0)) ? `a duration of ${durationS}` : null
  } catch (error) {
    if (error instanceof AudioError && error.disposition === 'reject') return null
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

beforeEach(() => {
  // What goes to ffmpeg is ffmpeg's to fuzz, and a process each would take hours.
  vi.stubEnv('PATH', '')
})
afterEach(() => {
  vi.unstubAllEnvs()
})

it.each(fuzzSeeds)('reads %s undamaged', async (_, bytes) => {
  using folder = temporaryFolder()
  await using reader = await openAudio(folder.file('20240903_202615.wav', bytes))
  expect(await pumpSamples(reader, () => undefined)).toBeGreaterThan(200)
})

it(`takes or refuses ${inputs} damaged files, each with a reason`, { timeout: 60_000 + inputs * 60 }, async () => {
  using folder = temporaryFolder()
  const path = folder.path('20240903_202615.wav')
  const residentBytes = process.memoryUsage.rss()
  const found: string[] = []
  for (let index = 0; index < inputs && found.length < 5; index += 1) {
    const [name, original] = fuzzSeeds[index % fuzzSeeds.length]!
    const bytes = mutate(original, dice(index))
    writeFileSync(path, bytes)
    const wrong = await surprise(path)
    if (wrong !== null) found.push(`${name}, seed ${index}: ${wrong}`)
    rmSync(path)
  }
  expect(found).toEqual([])
  expect(process.memoryUsage.rss() - residentBytes).toBeLessThan(mostBytes)
})
