import { createWriteStream } from 'node:fs'
import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeToneWav } from '@coro/synthetic/tone'
import { encodeWav16 } from '@coro/synthetic/wav'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Recording, Status } from '../answers.js'
import { coro, eventually, startCoro, temporaryFolder, type RunningCoro, type TemporaryFolder } from './coro-process.js'

describe('a watched folder, with no command given', () => {
  let folder: TemporaryFolder
  let source: string
  let server: RunningCoro

  beforeAll(async () => {
    folder = await temporaryFolder()
    source = join(folder.path, 'cards')
    await mkdir(source)
    server = await startCoro(['--source', source, '--data', join(folder.path, 'store')])
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })

  const byKey = async (key: string) => {
    const { recordings } = await server.get<{ recordings: Recording[] }>(
      `/v1/recordings?key=${encodeURIComponent(key)}`,
    )
    return recordings
  }
  const searchable = (key: string, withinS = 30) =>
    eventually(`${key} searchable`, withinS, async () => (await byKey(key)).find(({ state }) => state === 'searchable'))

  it('takes a file that is copied in', async () => {
    const made = join(folder.path, 'made.wav')
    await writeToneWav(made, { seconds: 12, sampleRateHz: 44_100, frequencyHz: 2000 })
    await mkdir(join(source, 'lagoa/A1'), { recursive: true })
    await copyFile(made, join(source, 'lagoa/A1/20260110_190000.WAV'))
    const recording = await searchable('lagoa/A1/20260110_190000.WAV')
    expect(recording).toMatchObject({ segments: 2, timeSource: 'filename', durationS: 12 })
  })

  it('takes a file that is written slowly once, whole', async () => {
    const made = join(folder.path, 'slow.wav')
    await writeToneWav(made, { seconds: 20, sampleRateHz: 32_000, frequencyHz: 3000 })
    const bytes = await readFile(made)
    const out = createWriteStream(join(source, 'slow.wav'))
    const pieces = 10
    for (let i = 0; i < pieces; i++) {
      out.write(bytes.subarray((i * bytes.length) / pieces, ((i + 1) * bytes.length) / pieces))
      await sleep(2000)
      expect(await byKey('slow.wav')).toEqual([])
    }
    out.end()
    const recording = await searchable('slow.wav')
    expect(recording).toMatchObject({ durationS: 20, segments: 4 })
    expect(await byKey('slow.wav')).toHaveLength(1)
  })

  it('passes over notes and hidden files, and sets damaged ones aside without harm to others', async () => {
    await writeFile(join(source, 'NOTES.txt'), 'changed the batteries')
    await writeFile(join(source, '.hidden.wav'), 'x')
    await writeFile(join(source, 'empty.wav'), '')
    await writeFile(join(source, 'text.flac'), 'this is no sound')
    await writeToneWav(join(source, 'good.wav'), { seconds: 3, sampleRateHz: 48_000, frequencyHz: 1000 })
    const good = await searchable('good.wav')
    expect(good).toMatchObject({ segments: 1, durationS: 3 })
    for (const key of ['empty.wav', 'text.flac']) {
      const set = await eventually(key, 30, async () => (await byKey(key)).find(({ state }) => state === 'quarantined'))
      expect(set.reason?.message.length).toBeGreaterThan(10)
    }
    expect(await byKey('NOTES.txt')).toEqual([])
    expect(await byKey('.hidden.wav')).toEqual([])
  })

  it('takes a quarantined file up again when a good one replaces it', async () => {
    await writeToneWav(join(source, 'text.flac'), { seconds: 5, sampleRateHz: 32_000, frequencyHz: 700 })
    expect(await searchable('text.flac')).toMatchObject({ segments: 1 })
    expect(await byKey('text.flac')).toHaveLength(1)
  })

  it('replaces a recording whose file changed, and its windows', async () => {
    const before = await searchable('good.wav')
    await writeToneWav(join(folder.path, 'next.wav'), { seconds: 15, sampleRateHz: 48_000, frequencyHz: 1500 })
    await rename(join(folder.path, 'next.wav'), join(source, 'good.wav'))
    const after = await eventually('the new version', 30, async () =>
      (await byKey('good.wav')).find(
        ({ state, recordingId }) => state === 'searchable' && recordingId !== before.recordingId,
      ),
    )
    expect(after.segments).toBe(3)
    expect(await byKey('good.wav')).toHaveLength(1)
    const status = await server.get<Status>('/v1/status')
    const { recordings } = await server.get<{ recordings: Recording[] }>('/v1/recordings?state=searchable')
    expect(status.segments).toBe(recordings.reduce((sum, { segments }) => sum + segments, 0))
  })

  it('takes up a duplicate when the file that it repeated is changed', async () => {
    const made = join(folder.path, 'twice.wav')
    await writeToneWav(made, { seconds: 5, sampleRateHz: 32_000, frequencyHz: 4000 })
    await copyFile(made, join(source, 'one.wav'))
    await searchable('one.wav')
    await copyFile(made, join(source, 'two.wav'))
    await eventually('a duplicate', 30, async () => (await byKey('two.wav')).find(({ state }) => state === 'duplicate'))
    await writeToneWav(join(source, 'one.wav'), { seconds: 10, sampleRateHz: 32_000, frequencyHz: 4100 })
    expect(await searchable('two.wav')).toMatchObject({ segments: 1, reason: null })
    await eventually('the change', 30, async () =>
      (await byKey('one.wav')).find(({ state, segments }) => state === 'searchable' && segments === 2),
    )
  })

  it('counts silence as done, and says so where it is searched by', async () => {
    await writeFile(join(source, 'dead-microphone.wav'), encodeWav16(new Float32Array(12 * 32_000), 32_000))
    const recording = await searchable('dead-microphone.wav')
    expect(recording.segments).toBe(2)
    const { segments } = await server.get<{ segments: { segmentId: number; silent: boolean }[] }>(
      `/v1/recordings/${recording.recordingId}/segments`,
    )
    expect(segments.map(({ silent }) => silent)).toEqual([true, true])
    const store = join(folder.path, 'store')
    const answer = await coro(['search', '--segment', String(segments[0]?.segmentId), '--data', store])
    expect(answer.code).toBe(3)
    expect(answer.stderr).toContain('SEGMENT_SILENT')
    const clip = await coro(['search', '--clip', join(source, 'dead-microphone.wav'), '--data', store])
    expect(clip.stderr).toContain('QUERY_SILENT')
    // Wildlife Acoustics' own compression, which nobody else reads.
    await writeFile(join(folder.path, 'song.wac'), Buffer.concat([Buffer.from('WAac'), Buffer.alloc(4000, 0x55)]))
    const unsupported = await coro(['search', '--clip', join(folder.path, 'song.wac'), '--data', store])
    expect(unsupported).toMatchObject({ code: 3 })
    expect(unsupported.stderr).toMatch(/AUDIO_UNSUPPORTED: .*Wildlife Acoustics/i)
  })

  it('keeps a recording whose file is moved: the same id and segments at its new place', async () => {
    const made = join(folder.path, 'moved.wav')
    await writeToneWav(made, { seconds: 11, sampleRateHz: 32_000, frequencyHz: 5000 })
    await rename(made, join(source, 'moved.wav'))
    const before = await searchable('moved.wav')
    await mkdir(join(source, 'serra/B2'), { recursive: true })
    await rename(join(source, 'moved.wav'), join(source, 'serra/B2/moved.wav'))
    const after = await searchable('serra/B2/moved.wav')
    expect(after).toMatchObject({ recordingId: before.recordingId, site: 'serra', recorder: 'B2', segments: 2 })
    expect(await byKey('moved.wav')).toEqual([])
    const { ledger } = await server.get<{ ledger: { stage: string; outcome: string }[] }>(
      `/v1/recordings/${before.recordingId}`,
    )
    expect(ledger.filter(({ stage, outcome }) => stage === 'embed' && outcome === 'done')).toHaveLength(1)
    expect(ledger.map(({ outcome }) => outcome)).toContain('moved')
  })

  it('takes a deleted file out of search, and back with it, embedding nothing again', async () => {
    const made = join(folder.path, 'away.wav')
    await writeToneWav(made, { seconds: 6, sampleRateHz: 32_000, frequencyHz: 6000 })
    await copyFile(made, join(source, 'away.wav'))
    const before = await searchable('away.wav')
    await rename(join(source, 'away.wav'), join(folder.path, 'kept.wav'))
    await eventually('deleted', 30, async () => (await byKey('away.wav')).find(({ state }) => state === 'deleted'))
    const segments = () =>
      server
        .get<{ segments: unknown[] }>(`/v1/recordings/${before.recordingId}/segments`)
        .then(({ segments }) => segments.length)
    expect(await segments()).toBe(0)
    await rename(join(folder.path, 'kept.wav'), join(source, 'away.wav'))
    expect(await searchable('away.wav')).toMatchObject({ recordingId: before.recordingId, segments: 1 })
    expect(await segments()).toBe(1)
    const { ledger } = await server.get<{ ledger: { outcome: string }[] }>(`/v1/recordings/${before.recordingId}`)
    expect(ledger.map(({ outcome }) => outcome)).toEqual(['found', 'done', 'done', 'deleted', 'restored'])
  })

  it('is refused to a second process on the same data folder, which asks the first instead', async () => {
    const second = await coro(['start', '--source', source, '--data', join(folder.path, 'store')])
    expect(second.code).toBe(4)
    expect(second.stderr).toContain('DATA_LOCKED')
    expect((await coro(['status', '--data', join(folder.path, 'store')])).stdout).toContain('searchable')
  })

  it('refuses a store inside a source and a source inside the store', async () => {
    const inside = await coro(['start', '--source', source, '--data', join(source, 'data')])
    expect(inside).toMatchObject({ code: 2 })
    expect(inside.stderr).toContain('CONFIG_OVERLAP')
    const around = await coro([
      'start',
      '--source',
      join(folder.path, 'other/store/x'),
      '--data',
      join(folder.path, 'other'),
    ])
    expect(around.stderr).toContain('CONFIG_OVERLAP')
  })
})
