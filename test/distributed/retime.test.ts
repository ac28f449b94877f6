import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Recording } from '../answers.js'
import { startCoro, type RunningCoro } from '../embedded/coro-process.js'
import { coro } from './services.js'
import { createSystem, type System } from './system.js'
import { waitUntil } from './wait-until.js'

/** The same recordings and the same `coro retime`: on Postgres, where services run apart, and on PGlite in one process. */
let system: System
let embedded: RunningCoro
let folder: string
/** Where the command finds the server of each. */
let onPostgres: Record<string, string>
let onPglite: Record<string, string>

const firstKeys = [
  'lagoa/B2/20260101_060000.wav',
  'lagoa/B2/20260105_060000.wav',
  'lagoa/B2/20260110_060000.wav',
  'lagoa/B3/20260110_060000.wav',
  'serra/C1/20260110T060000-0300_dawn.wav',
]
const lateKey = 'lagoa/B2/20260112_060000.wav'

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coro-retime-'))
  mkdirSync(join(folder, 'recordings'))
  system = await createSystem('retime', { source: 'file', store: 'file' })
  const { api } = await system.start('watch', 'prepare', 'embed', 'api')
  embedded = await startCoro(['--data', join(folder, 'data'), '--source', join(folder, 'recordings')], {
    CORO_SETTLE_S: '1',
  })
  onPostgres = { CORO_API_URL: api.url }
  onPglite = { CORO_API_URL: embedded.url }
  await arrive(firstKeys)
  await searchable(firstKeys.length)
})
afterAll(async () => {
  await embedded?.[Symbol.asyncDispose]()
  await system?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

let seeds = 0

/** Put recordings of 6 s where both systems look. */
async function arrive(keys: string[]): Promise<void> {
  for (const key of keys) {
    const path = join(folder, 'recordings', key)
    mkdirSync(dirname(path), { recursive: true })
    seeds += 1
    writeFileSync(path, noise(seeds))
  }
  await system.deliver(join(folder, 'recordings'), keys)
}

async function searchable(count: number): Promise<void> {
  await system.settle({ searchable: count })
  await waitUntil('the embedded system to have all', 90_000, async () => {
    const { recordings } = await embedded.get<{ recordings: Record<string, number> }>('/v1/status')
    return recordings['searchable'] === count
  })
}

/** 6 s at 16 kHz, another sound for each seed. */
function noise(seed: number): Buffer {
  const samples = 96_000
  const wav = Buffer.alloc(44 + 2 * samples)
  wav.write('RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data', 'latin1')
  wav.writeUInt32LE(36 + 2 * samples, 4)
  wav.writeUInt32LE(2 * samples, 40)
  let state = seed * 7919 + 1
  for (let n = 0; n < samples; n += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    wav.writeInt16LE((state >>> 18) - 8192, 44 + 2 * n)
  }
  return wav
}

async function run<T>(environment: Record<string, string>, args: string[]): Promise<T> {
  const { code, stdout, stderr } = await coro([...args, '--json'], environment)
  expect(code, `coro ${args.join(' ')}: ${stderr}`).toBe(0)
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as T
}

type Listed = Recording & { claimedAt: string | null }

/** When each recording began, by its key: the same on both, or the test fails. */
async function starts(): Promise<Record<string, string>> {
  const path = '/v1/recordings'
  const answers = [await system.get<{ recordings: Listed[] }>(path), await embedded.get<{ recordings: Listed[] }>(path)]
  const [postgres, pglite] = answers.map(({ recordings }) =>
    recordings
      .map(({ key, startedAt, claimedAt, utcOffset, timeSource }) => ({
        key,
        startedAt,
        claimedAt,
        utcOffset,
        timeSource,
      }))
      .sort((a, b) => a.key.localeCompare(b.key)),
  )
  expect(postgres).toEqual(pglite)
  return Object.fromEntries(postgres!.map(({ key, startedAt, utcOffset }) => [key, `${startedAt} ${utcOffset}`]))
}

interface Answer {
  correction: { id: number } | null
  made: boolean
  recordings: number
  changed: number
  leastS: number
  mostS: number
  replaced: number[]
  examples: { key: string; before: string; after: string }[]
}

/** Run on both; answers are the same but for the numbers of recordings and corrections. Resolves to their corrections. */
async function retime(...args: string[]): Promise<{ answer: Answer; ids: (number | undefined)[] }> {
  const postgres = await run<Answer>(onPostgres, ['retime', '--by', 'Ana', ...args])
  const pglite = await run<Answer>(onPglite, ['retime', '--by', 'Ana', ...args])
  const plain = ({ correction, replaced, examples, ...rest }: Answer) => ({
    ...rest,
    isThere: correction !== null,
    replaced: replaced.length,
    examples: examples.map(({ key, before, after }) => [key, before, after]).sort(),
  })
  expect(plain(postgres)).toEqual(plain(pglite))
  return { answer: postgres, ids: [postgres.correction?.id, pglite.correction?.id] }
}

async function undo([first, second]: (number | undefined)[]): Promise<void> {
  await run(onPostgres, ['retime', '--undo', String(first)])
  await run(onPglite, ['retime', '--undo', String(second)])
}

test('offset, drift, zone and their undoing are the same on Postgres and on PGlite', async () => {
  const claimed = await starts()
  expect(claimed).toEqual({
    'lagoa/B2/20260101_060000.wav': '2026-01-01T06:00:00.000Z null',
    'lagoa/B2/20260105_060000.wav': '2026-01-05T06:00:00.000Z null',
    'lagoa/B2/20260110_060000.wav': '2026-01-10T06:00:00.000Z null',
    'lagoa/B3/20260110_060000.wav': '2026-01-10T06:00:00.000Z null',
    'serra/C1/20260110T060000-0300_dawn.wav': '2026-01-10T09:00:00.000Z -03:00',
  })
  const before = await system.database.pool.query('select count(*)::int as n from coro.segment')

  const offset = await retime('--recorder', 'B2', '--offset', '+01:00:00')
  expect(offset.answer).toMatchObject({ made: true, recordings: 3, changed: 3, leastS: 3600, mostS: 3600 })
  const shifted = await starts()
  expect(shifted).toEqual({
    ...claimed,
    'lagoa/B2/20260101_060000.wav': '2026-01-01T07:00:00.000Z null',
    'lagoa/B2/20260105_060000.wav': '2026-01-05T07:00:00.000Z null',
    'lagoa/B2/20260110_060000.wav': '2026-01-10T07:00:00.000Z null',
  })

  // Right at the beginning of the year, two seconds a day slow: 9.25 days later 18.5 s.
  const drift = ['--recorder', 'B2', '--offset', '60', '--drift', '2', '--since', '2026-01-01T00:00:00Z']
  await retime(...drift, '--dry-run')
  expect(await starts()).toEqual(shifted)
  const drifted = await retime(...drift)
  expect(drifted.answer).toMatchObject({ made: true, changed: 3, replaced: [offset.ids[0]] })
  const slow = await starts()
  expect(slow).toMatchObject({
    'lagoa/B2/20260101_060000.wav': '2026-01-01T06:01:00.500Z null',
    'lagoa/B2/20260105_060000.wav': '2026-01-05T06:01:08.500Z null',
    'lagoa/B2/20260110_060000.wav': '2026-01-10T06:01:18.500Z null',
    'lagoa/B3/20260110_060000.wav': '2026-01-10T06:00:00.000Z null',
  })
  expect((await retime(...drift)).answer).toMatchObject({ made: false, changed: 0 })

  const zone = await retime('--site', 'lagoa', '--time-zone', 'America/Sao_Paulo')
  const zoned = await starts()
  // Local time is settled first, then the clock is corrected: 9.375 days later 18.75 s.
  expect(zoned).toMatchObject({
    'lagoa/B2/20260110_060000.wav': '2026-01-10T09:01:18.750Z -03:00',
    'lagoa/B3/20260110_060000.wav': '2026-01-10T09:00:00.000Z -03:00',
    'serra/C1/20260110T060000-0300_dawn.wav': '2026-01-10T09:00:00.000Z -03:00',
  })

  // What comes in later is corrected as it comes.
  await arrive([lateKey])
  await searchable(firstKeys.length + 1)
  expect(await starts()).toEqual({ ...zoned, [lateKey]: '2026-01-12T09:01:22.750Z -03:00' })

  await undo(zone.ids)
  expect(await starts()).toMatchObject(slow)
  await undo(drifted.ids)
  expect(await starts()).toMatchObject(shifted)
  await undo(offset.ids)
  expect(await starts()).toEqual({ ...claimed, [lateKey]: '2026-01-12T06:00:00.000Z null' })

  const lists = await Promise.all(
    [onPostgres, onPglite].map((on) => run<{ undoneAt: string | null }[]>(on, ['retime', '--list'])),
  )
  for (const corrections of lists) {
    expect(corrections).toHaveLength(3)
    expect(corrections.every(({ undoneAt }) => undoneAt !== null)).toBe(true)
  }
  // Nothing was embedded again: one segment more, of the recording that came late.
  const after = await system.database.pool.query('select count(*)::int as n from coro.segment')
  expect(after.rows[0].n).toBe(before.rows[0].n + 1)
})
