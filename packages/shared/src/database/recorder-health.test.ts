import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestDatabase } from './database.fixture.js'
import { recorderDetails, recorderHealth } from './recorder-health.js'
import { recordingConflicts } from './recording-conflicts.js'
import { addRecorder } from './upkeep.fixture.js'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const of = async (name: string) => (await recorderHealth(database.pool)).find(({ recorder }) => recorder === name)
const day = (n: number) => String(n).padStart(2, '0')

test('hours a night against the declared schedule, nights without a recording included', async () => {
  const { record } = await addRecorder(database, 'declared', { schedule: '18:00-06:00' })
  // 18:00 local (-03:00) of 1, 2 and 4 January; 12 h, 12 h, and 3 h where it broke off.
  await record({
    startedAt: '2026-01-01T21:00:00Z',
    durationS: 12 * 3600,
    device: { batteryV: 4.2, gain: 'medium', temperatureC: 20 },
  })
  await record({
    startedAt: '2026-01-02T21:00:00Z',
    durationS: 12 * 3600,
    device: { batteryV: 4.1, gain: 'high', temperatureC: 31 },
  })
  await record({
    startedAt: '2026-01-04T21:00:00Z',
    durationS: 3 * 3600,
    device: { batteryV: 3.6, gain: 'high', temperatureC: 12.5 },
    warnings: [{ code: 'AUDIO_CLIPPED', message: '2 % of the samples' }],
  })
  expect(await of('declared')).toMatchObject({
    site: 'site of declared',
    lastHeard: new Date('2026-01-05T00:00:00Z'),
    // The window of its last night ends at 06:00 local.
    dueAt: new Date('2026-01-05T09:00:00Z'),
    schedule: '18:00-06:00',
    scheduleDeclared: true,
    nights: 3,
    allNights: 4,
    hoursPerNight: 6.75,
    expectedHours: 12,
    missingHours: 21,
    clockJumps: 0,
    batteryV: 3.6,
    batteryChangeV: -0.6,
    temperatureMinC: 12.5,
    temperatureMaxC: 31,
    gain: 'high',
    gainChanges: 1,
    recordings: 3,
    clippedShare: 0.333,
    silentShare: 0,
  })
  const { nights } = (await recorderDetails(database.pool, 'declared')) ?? {}
  expect(nights?.map(({ night, hours, missingHours }) => [night, hours, missingHours])).toEqual([
    ['2026-01-01', 12, 0],
    ['2026-01-02', 12, 0],
    ['2026-01-03', 0, 12],
    ['2026-01-04', 3, 9],
  ])
})

test('without a declared one the usual of the last nights is the schedule; two nights are no habit', async () => {
  const usual = await addRecorder(database, 'usual')
  for (const n of [1, 2, 3, 4]) {
    await usual.record({ startedAt: `2026-02-${day(n)}T20:30:00Z`, durationS: 1800 })
    await usual.record({ startedAt: `2026-02-${day(n + 1)}T08:00:00Z`, durationS: n === 4 ? 900 : 3600 })
  }
  const health = await of('usual')
  expect(health).toMatchObject({
    schedule: '17:30-06:00',
    scheduleDeclared: false,
    expectedHours: 1.5,
    missingHours: 0.75,
  })
  // It broke off in its last night, 45 minutes early.
  expect(health?.dueAt).toEqual(new Date('2026-02-05T09:00:00Z'))
  const two = await addRecorder(database, 'two nights')
  for (const n of [1, 2]) await two.record({ startedAt: `2026-02-${day(n)}T20:30:00Z` })
  expect(await of('two nights')).toMatchObject({ schedule: null, dueAt: null, expectedHours: null, missingHours: null })
})

test('a recorder that finished its window is due at the end of the next one', async () => {
  const { record } = await addRecorder(database, 'on time', { schedule: '04:00-08:00,17:00-21:00' })
  await record({ startedAt: '2026-03-01T20:00:00Z', durationS: 4 * 3600 })
  await record({ startedAt: '2026-03-02T07:00:00Z', durationS: 4 * 3600 })
  expect(await of('on time')).toMatchObject({
    expectedHours: 8,
    missingHours: 0,
    dueAt: new Date('2026-03-03T11:00:00Z'),
  })
})

test('clocks that jumped are told by name, and by what overlaps', async () => {
  const { record } = await addRecorder(database, 'jumper')
  await record({ key: 'S-001.WAV', startedAt: '2026-04-01T20:00:00Z' })
  await record({ key: 'S-002.WAV', startedAt: '2026-04-01T20:59:59Z' })
  await record({ key: 'S-003.WAV', startedAt: '2026-04-01T21:30:00Z' })
  await record({ key: 'S-004.WAV', startedAt: '2026-03-31T20:00:00Z' })
  await record({ key: 'S-005.WAV', startedAt: '1970-01-01T00:00:10Z' })
  const { jumps } = (await recorderDetails(database.pool, 'jumper')) ?? {}
  expect(jumps?.map(({ key, kind, seconds }) => [key, kind, seconds])).toEqual([
    ['jumper/S-003.WAV', 'overlap', 1799],
    ['jumper/S-004.WAV', 'backwards', 91_800],
    expect.arrayContaining(['jumper/S-005.WAV']),
    expect.arrayContaining(['jumper/S-005.WAV']),
  ])
  expect(
    jumps
      ?.slice(2)
      .map(({ kind }) => kind)
      .sort(),
  ).toEqual(['backwards', 'never set'])
  expect((await of('jumper'))?.clockJumps).toBe(3)
  expect(await recorderDetails(database.pool, 'nobody')).toBeNull()
})

test('clock jumps are counted among what was found lately, whatever was found before', async () => {
  const { recorderId, record } = await addRecorder(database, 'set back')
  const found = (ids: number[], daysAgo: number) =>
    database.pool.query(
      `update coro.recording set discovered_at = now() - make_interval(days => $2) where id = any($1)`,
      [ids, daysAgo],
    )
  const counted = async (jumpsWithin?: number) => {
    const [health] = await recorderHealth(database.pool, { recorderId, ...(jumpsWithin ? { jumpsWithin } : {}) })
    return health?.clockJumps
  }
  const old = [
    await record({ startedAt: '2026-04-01T20:00:00Z', durationS: 3600 }),
    await record({ startedAt: '2026-04-01T20:30:00Z', durationS: 3600 }),
    await record({ startedAt: '2026-04-02T20:00:00Z', durationS: 3600 }),
  ]
  await found(old, 60)
  await found([await record({ startedAt: '2026-05-20T20:00:00Z' })], 12)
  expect(await counted()).toBe(0)
  expect(await counted(90)).toBe(1)
  // Set back by seven weeks, it records into an hour in which it recorded before.
  await found([await record({ startedAt: '2026-04-02T20:59:00Z', durationS: 60 })], 10)
  expect(await counted()).toBe(1)
  // A duplicate of the old ones, and one that lies between them, are none.
  await found([await record({ startedAt: '2026-04-02T20:10:00Z', state: 'duplicate', key: 'd/x.wav' })], 10)
  await found([await record({ startedAt: '2026-04-02T10:00:00Z' })], 10)
  expect(await counted()).toBe(1)
  await found([await record({ startedAt: '1970-01-01T00:00:10Z', key: 'n/x.wav' })], 5)
  await found([await record({ startedAt: '2036-01-01T00:00:10Z', key: 'f/x.wav' })], 5)
  expect(await counted()).toBe(3)
  const { rows } = await database.pool.query<{ n: number }>(
    'select count(distinct recording_id) as n from coro.clock_jumps where recorder_id = $1',
    [recorderId],
  )
  expect(await counted(36_500)).toBe(rows[0]?.n)
})

test('same recorder, same time, different audio: both stay, and are reported as a pair', async () => {
  const { record } = await addRecorder(database, 'twice')
  const one = await record({ key: 'a/20260501_200000.WAV', startedAt: '2026-05-01T20:00:00Z' })
  const other = await record({ key: 'b/20260501_200000.WAV', startedAt: '2026-05-01T20:00:00Z' })
  await record({ key: 'b/20260501_210000.WAV', startedAt: '2026-05-01T21:00:00Z' })
  await record({ key: 'c/20260501_200000.WAV', startedAt: '2026-05-01T20:00:00Z', state: 'duplicate' })
  const mine = (await recordingConflicts(database.pool, 100)).filter(({ recorder }) => recorder === 'twice')
  expect(mine).toMatchObject([
    { recordingId: one, otherRecordingId: other, key: 'twice/a/20260501_200000.WAV', overlapS: 3600, sameStart: true },
  ])
  const { rows } = await database.pool.query('select state from coro.recording where id in ($1, $2)', [one, other])
  expect(rows).toEqual([{ state: 'searchable' }, { state: 'searchable' }])
})
