import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestDatabase } from './database.fixture.js'
import { compareFilters } from './filter-check.fixture.js'
import { sunAt } from './filter-oracle.fixture.js'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

async function value<T>(sql: string, params: unknown[] = []): Promise<T> {
  const { rows } = await database.pool.query<{ value: T }>(`select ${sql} as value`, params)
  return rows[0]?.value as T
}
const event = (name: string, at: string, latitude: number, longitude: number) =>
  value<Date | null>('coro.sun_event($1, $2, $3, $4)', [name, at, latitude, longitude])

describe('filters', () => {
  it.each([1, 2, 3])('mean in SQL and in searches what they mean in TypeScript: random cases %i', async (seed) => {
    const { differences, ...answers } = await compareFilters(database, seed, { recordings: 40, count: 60 })
    expect(differences.slice(0, 3)).toEqual([])
    expect(Math.min(answers.in, answers.out)).toBeGreaterThan(500)
    expect(answers.unclear).toBeLessThan((answers.in + answers.out) / 50)
  })

  it.each([
    [{ hours: '25:00-03:00' }, 'FILTER_INVALID', /25:00-03:00.*18:00-06:00/],
    [{ hours: '06:00-06:00' }, 'FILTER_INVALID', /06:00-06:00/],
    [{ months: '13' }, 'FILTER_INVALID', /13.*11-2/],
    [{ sun: 'noon' }, 'FILTER_INVALID', /noon.*sunset/],
    [{ sun: 'sunset+00:30..sunset-00:30' }, 'FILTER_INVALID', /ends before it begins/],
    [{ sun: 'sunset..dawn' }, 'FILTER_INVALID', /one height/],
    [{ sun: 'sunset..sunset+13:00' }, 'FILTER_INVALID', /12 hours/],
    [{ from: '2026-02-30' }, 'FILTER_INVALID', /2026-02-30/],
    [{ site: 'nowhere' }, 'SITE_UNKNOWN', /nowhere/],
    [{ recorder: ['nothing'] }, 'RECORDER_UNKNOWN', /nothing/],
    [{ deployment: 'never/' }, 'DEPLOYMENT_UNKNOWN', /never/],
    [{ label: ['frog', 'unheard-of'] }, 'LABEL_UNKNOWN', /unheard-of/],
    [{ place: 'x' }, 'FILTER_INVALID', /place.*site, recorder/],
    [{ recording: 'x' }, 'FILTER_INVALID', /id of a recording/],
    [{ recording: [1.5] }, 'FILTER_INVALID', /id of a recording/],
    [{ notRecording: ['x'] }, 'FILTER_INVALID', /id of a recording/],
    [['site'], 'FILTER_INVALID', /must be an object/],
    [{ sun: '' }, 'FILTER_INVALID', /position of the sun/],
    [{ hours: '' }, 'FILTER_INVALID', /no hours/],
    [{ months: '' }, 'FILTER_INVALID', /no months/],
    [{ from: 'now' }, 'FILTER_INVALID', /"now" is no time/],
    [{ to: '14.11.2025' }, 'FILTER_INVALID', /ISO 8601/],
    [{ site: 'W1-0' }, 'SITE_UNKNOWN', /There is "w1-0"/],
  ])('%j is refused with a code', async (filter, constraint, says) => {
    const refused = database.pool.query('select coro.matching_segments($1::jsonb)', [JSON.stringify(filter)])
    const error = await refused.then(
      () => null,
      (e: unknown) => e as { code: string; constraint: string; message: string; hint?: string },
    )
    expect(error).toMatchObject({ code: 'QF000', constraint })
    expect(`${error?.message} ${error?.hint ?? ''}`).toMatch(says)
  })

  it('says what it cannot judge: segments without a start, or without coordinates', async () => {
    const leftOut = await value<string>('coro.filter_left_out($1::jsonb)::text', [JSON.stringify({ sun: 'day' })])
    const [withoutStart, withoutCoordinates] = leftOut.slice(1, -1).split(',').map(Number)
    const { rows } = await database.pool.query<{ a: number; b: number }>(
      `select count(*) filter (where r.started_at is null) as a,
              count(*) filter (where r.started_at is not null and t.latitude is null) as b
         from coro.segment s join coro.recording r on r.id = s.recording_id left join coro.site t on t.id = r.site_id`,
    )
    expect([withoutStart, withoutCoordinates]).toEqual([rows[0]?.a, rows[0]?.b])
    expect(rows[0]?.b).toBeGreaterThan(0)
    expect(await value('coro.filter_left_out($1::jsonb)::text', [JSON.stringify({ label: 'frog' })])).toBe('(0,0)')
  })
})

describe('the sun', () => {
  // US Naval Observatory, Atlanta, 6 September 2009, in EDT, to the minute (quoted at rhodesmill.org/pyephem/rise-set.html).
  it.each([
    ['dawn', '06:50'],
    ['sunrise', '07:15'],
    ['sunset', '19:56'],
    ['dusk', '20:21'],
  ])('has its %s when the Naval Observatory says', async (name, expected) => {
    const found = await event(name, '2009-09-06T16:00:00Z', 33.8, -84.4)
    const deviationS = Math.abs((found?.getTime() ?? 0) - Date.parse(`2009-09-06T${expected}:00-04:00`)) / 1000
    expect(deviationS).toBeLessThan(60)
  })

  it('stays away in the polar night and up in the polar day: Utqiagvik, by its published dates', async () => {
    const at = (day: string) => event('sunrise', `${day}T22:00:00Z`, 71.29, -156.79)
    expect(await at('2025-11-10')).not.toBeNull()
    expect(await at('2025-11-25')).toBeNull()
    expect(await at('2026-01-15')).toBeNull()
    expect(await at('2026-01-28')).not.toBeNull()
    expect(await at('2026-06-01')).toBeNull()
    const inNight = (day: string) =>
      value<boolean>(`coro.in_sun_range($1, 71.29, -156.79, 'sunset', '-1 h', 'sunrise', '1 h')`, [`${day}T12:00:00Z`])
    expect(await inNight('2025-12-20')).toBe(true)
    expect(await inNight('2026-06-20')).toBe(false)
  })

  it('stands where another formula has it, within 0.03 degrees, in every season and at every latitude', async () => {
    const { rows } = await database.pool.query<{ at: Date; lat: number; lon: number; height: number; ha: number }>(
      `select at, lat, lon, degrees(asin(sind(lat) * sin(p[1]) + cosd(lat) * cos(p[1]) * cosd(p[2]))) as height, p[2] as ha
         from generate_series('2024-01-01Z'::timestamptz, '2027-12-31Z', '13 days 7 hours') at,
              unnest(array[-89.9, -60, -23, 0, 35, 68, 89.9]::float8[]) lat, unnest(array[-179, -42, 0, 130]::float8[]) lon,
              coro.sun_position(at, lon) p`,
    )
    expect(rows.length).toBeGreaterThan(2000)
    for (const { at, lat, lon, height, ha } of rows) {
      const other = sunAt(at.getTime(), lat, lon)
      expect(Math.abs(height - other.height)).toBeLessThan(0.03)
      const turn = Math.abs(ha - other.hourAngle)
      expect(Math.min(turn, 360 - turn)).toBeLessThan(0.05)
    }
  })
})
