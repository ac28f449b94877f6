import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FLACDecoder } from '@wasm-audio-decoders/flac'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeDeployment, type SyntheticDeployment, type SyntheticFile } from './deployment.js'
import { planRecordings } from './schedule.js'

let root: string
let made: SyntheticDeployment
const progress: { done: number; total: number }[] = []

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'coro-synthetic-'))
  made = await makeDeployment({ dir: join(root, 'a'), recordings: 6, onProgress: (step) => progress.push(step) })
}, 60_000)

afterAll(async () => {
  await rm(root, { recursive: true, force: true })
})

async function bytesOf(file: SyntheticFile): Promise<Buffer> {
  return await readFile(join(made.sourceDir, file.key))
}

const recordingsOf = (recorder: string) =>
  made.files.filter((file) => file.recorder === recorder && file.kind === 'recording')

describe('the whole plan of 36', () => {
  const plan = planRecordings(1, 36)

  it('has distinct keys, three recorders at two sites, and durations of 40 to 90 s near 50 on average', () => {
    expect(new Set(plan.map(({ key }) => key)).size).toBe(36)
    expect(new Set(plan.map(({ recorder }) => recorder.name))).toEqual(new Set(['A1', 'A2', 'SM1']))
    expect(new Set(plan.map(({ recorder }) => recorder.site.name))).toEqual(new Set(['lagoa', 'mata']))
    for (const { durationS } of plan) {
      expect(durationS).toBeGreaterThanOrEqual(40)
      expect(durationS).toBeLessThanOrEqual(90)
    }
    expect(plan.reduce((sum, { durationS }) => sum + durationS, 0) / 36).toBeLessThan(56)
  })

  it('has a third in FLAC, one file of 24 bits, one in stereo and five sample rates', () => {
    expect(plan.filter(({ format }) => format === 'flac')).toHaveLength(12)
    expect(plan.filter(({ bitsPerSample }) => bitsPerSample === 24)).toHaveLength(1)
    expect(plan.filter(({ channels }) => channels === 2)).toHaveLength(1)
    expect(new Set(plan.map(({ sampleRateHz }) => sampleRateHz))).toEqual(new Set([24000, 32000, 44100, 48000, 96000]))
    expect(plan.filter(({ sampleRateHz }) => sampleRateHz === 96000)).toHaveLength(2)
  })

  it('lets each of twelve species call first at every recorder', () => {
    const heard = new Map<string, Set<string>>()
    for (const { species, recorder } of plan) {
      expect(species.length).toBeLessThanOrEqual(3)
      const first = species[0] ?? ''
      heard.set(first, (heard.get(first) ?? new Set()).add(recorder.name))
    }
    expect(heard.size).toBe(12)
    for (const names of heard.values()) expect(names.size).toBe(3)
  })
})

describe('makeDeployment', () => {
  it('writes each recording, one corrupt file and one duplicate, and nothing else', async () => {
    const onDisk = (await readdir(made.sourceDir, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
    expect(onDisk.sort()).toEqual(made.files.map(({ key }) => join(made.sourceDir, key)).sort())
    expect(
      made.files
        .map(({ kind }) => kind)
        .sort()
        .join(),
    ).toBe('corrupt,duplicate,recording,recording,recording,recording,recording,recording')
    expect(progress.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    for (const file of made.files) {
      expect(
        createHash('sha256')
          .update(await bytesOf(file))
          .digest('hex'),
      ).toBe(file.sha256)
    }
  })

  it('gives the same bytes for the same seed, also in a longer set, and others for another seed', async () => {
    const again = await makeDeployment({ dir: join(root, 'b'), recordings: 4 })
    const other = await makeDeployment({ dir: join(root, 'c'), recordings: 1, seed: 2 })
    const hashes = new Map(made.files.map(({ key, sha256 }) => [key, sha256]))
    for (const { key, sha256 } of again.files) expect(hashes.get(key)).toBe(sha256)
    expect(other.files[0]?.key).toBe(made.files[0]?.key)
    expect(other.files[0]?.sha256).not.toBe(made.files[0]?.sha256)
  }, 60_000)

  it('does not write a complete set again, and mends one that lost a file', async () => {
    const dir = join(root, 'd')
    const before = await makeDeployment({ dir, recordings: 1 })
    const kept = join(before.sourceDir, before.files[0]?.key ?? '')
    const written = (await stat(kept)).mtimeMs
    expect(await makeDeployment({ dir, recordings: 1 })).toEqual(before)
    expect((await stat(kept)).mtimeMs).toBe(written)
    await rm(kept)
    expect(await makeDeployment({ dir, recordings: 1 })).toEqual(before)
    expect((await stat(kept)).size).toBe(before.files[0]?.bytes)
  }, 60_000)

  it('removes what another recipe left', async () => {
    const dir = join(root, 'e')
    await makeDeployment({ dir, recordings: 3 })
    const fewer = await makeDeployment({ dir, recordings: 1 })
    await expect(readdir(join(fewer.sourceDir, 'mata/SM1'))).resolves.toEqual([])
  }, 60_000)

  it('stops at the signal without claiming to be complete', async () => {
    const dir = join(root, 'f')
    const stop = new AbortController()
    const making = makeDeployment({ dir, recordings: 3, signal: stop.signal, onProgress: () => stop.abort() })
    await expect(making).rejects.toThrow('aborted')
    await expect(readdir(dir)).resolves.toEqual(['recordings'])
  }, 60_000)

  it('tells what calls when', () => {
    for (const { calls, species, durationS } of made.files) {
      expect(new Set(calls.map((call) => call.species))).toEqual(new Set(species))
      for (const { startS, endS } of calls) {
        expect(startS).toBeGreaterThanOrEqual(0)
        expect(endS).toBeGreaterThan(startS)
        expect(endS).toBeLessThanOrEqual(durationS)
      }
    }
  })

  it('repeats the first recording under another key', async () => {
    const duplicate = made.files.find(({ kind }) => kind === 'duplicate')
    expect(duplicate?.duplicateOf).toBe(made.files[0]?.key)
    expect(duplicate?.sha256).toBe(made.files[0]?.sha256)
    expect(duplicate?.key).not.toBe(duplicate?.duplicateOf)
  })

  it('makes a corrupt file that has a header and no audio', async () => {
    const corrupt = made.files.find(({ kind }) => kind === 'corrupt') as SyntheticFile
    const bytes = await bytesOf(corrupt)
    expect(bytes.toString('latin1', 0, 4)).toBe('fLaC')
    expect(bytes.indexOf(0xff, 100)).toBe(-1)
  })
})

describe('the recorders', () => {
  it('A1: AudioMoth on UTC', async () => {
    const [file] = recordingsOf('A1')
    const bytes = await bytesOf(file as SyntheticFile)
    expect(file).toMatchObject({ startedAt: '2026-01-10T22:00:00.000Z', utcOffsetMin: 0, site: 'lagoa' })
    expect(file?.key).toBe('lagoa/A1/20260110_220000.WAV')
    expect(bytes.toString('latin1', 56, 250)).toMatch(
      // oxlint-disable-next-line no-control-regex -- an AudioMoth's comment ends with a zero byte
      /^Recorded at 22:00:00 10\/01\/2026 \(UTC\) by AudioMoth 24F319055FDF2902 at medium gain while battery was \d\.\dV and temperature was \d+\.\dC\.\0/,
    )
    expect(bytes.toString('latin1', 480, 484)).toBe('data')
    expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8)
  })

  it('A2: AudioMoth on UTC-3, which it says in WAV and FLAC', async () => {
    const [wav, flac] = await Promise.all(recordingsOf('A2').map(bytesOf))
    expect(recordingsOf('A2').map(({ format }) => format)).toEqual(['wav', 'flac'])
    expect(recordingsOf('A2')[0]).toMatchObject({ startedAt: '2026-01-10T22:00:00.000Z', utcOffsetMin: -180 })
    expect(wav?.includes('Recorded at 19:00:00 10/01/2026 (UTC-3) by AudioMoth 243B1F0663FBD3A7')).toBe(true)
    expect(wav?.includes('Timestamp:2026-01-10T19:00:00-03:00')).toBe(true)
    expect(wav?.readUInt32LE(4)).toBe((wav?.length ?? 0) - 8)
    expect(flac?.includes('DESCRIPTION=Recorded at 19:30:00 10/01/2026 (UTC-3) by AudioMoth')).toBe(true)
  })

  it('SM1: local time, which only its deployment can resolve', async () => {
    const [wav, flac] = recordingsOf('SM1')
    const deployment = made.deployments.find(({ recorder }) => recorder === 'SM1')
    expect(deployment).toEqual({ prefix: 'mata/SM1/', site: 'mata', recorder: 'SM1', timeZone: 'America/Manaus' })
    expect(wav?.key).toBe('mata/SM1/SMA09417_20260110_190000.wav')
    expect(wav).toMatchObject({ startedAt: '2026-01-10T23:00:00.000Z', utcOffsetMin: null, bitsPerSample: 24 })
    expect((await bytesOf(wav as SyntheticFile)).includes('Timestamp: 2026-01-10 19:00:00\n')).toBe(true)
    expect((await bytesOf(flac as SyntheticFile)).includes('TITLE=SMA09417_20260110_193000.flac')).toBe(true)
  })

  it('writes FLAC of the length it claims', async () => {
    const file = recordingsOf('SM1')[1] as SyntheticFile
    const decoder = new FLACDecoder()
    await decoder.ready
    const bytes = await bytesOf(file)
    const frames = Math.round(file.durationS * file.sampleRateHz)
    expect(Number(bytes.readBigUInt64BE(18) & 0xfffffffffn)).toBe(frames)
    const decoded = await decoder.decodeFile(new Uint8Array(bytes))
    decoder.free()
    expect(decoded.errors).toEqual([])
    expect(decoded.sampleRate).toBe(file.sampleRateHz)
    // This decoder may lose a file's last frame: see flac.test.ts.
    expect(frames - decoded.samplesDecoded).toBeLessThanOrEqual(4096)
  })
})
