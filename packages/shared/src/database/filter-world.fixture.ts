import type { Database } from '@coro/shared/database/open'
import { addRecording, addSource, addSpace, randomNumbers, testFrontEndId } from './database.fixture.js'
import { saveEmbeddings } from './embeddings.js'
import type { FilterSubject } from './filter-oracle.fixture.js'
import type { SearchFilter } from './search-filter.js'
import { saveSegments } from './segments.js'
import { recorderIdOf, siteIdOf } from './sources.js'
import type { Space } from './spaces.js'
import { normaliseL2 } from './vectors.js'

/**
 * Zones with summer time on both sides of the equator, of half an hour, around Ramadan, and given up since; with quarter
 * hours, and one that went over the date line; places up to the poles.
 */
const places: [zone: string | null, latitude: number | null, longitude: number | null][] = [
  ['America/Sao_Paulo', -22.4, -42.9],
  ['Europe/Berlin', 52.5, 13.4],
  ['Australia/Lord_Howe', -31.55, 159.08],
  ['America/St_Johns', 47.56, -52.71],
  ['Asia/Kathmandu', 27.7, 85.3],
  ['Arctic/Longyearbyen', 78.22, 15.65],
  ['Pacific/Kiritimati', 1.87, -157.4],
  [null, 66.5, -160.2],
  ['Europe/Helsinki', null, null],
  [null, null, null],
  ['Antarctica/Troll', -72.01, 2.53],
  ['Pacific/Apia', -13.83, -171.77],
  ['Africa/Casablanca', 33.57, -7.59],
]
/** Around changes to and from summer time, solstices and equinoxes; at Apia there was no 30 December 2011. */
const moments = [
  '2025-03-29',
  '2025-04-05',
  '2025-06-20',
  '2025-09-22',
  '2025-10-26',
  '2025-11-02',
  '2025-12-20',
  '2011-12-29',
  '2017-10-14',
  '2018-02-17',
  '2025-02-22',
]
const labels = ['Turdus rufiventris', 'rain', 'frog']

/** Whole numbers below `below`, reproducible. */
export function dice(seed: number): (below: number) => number {
  let n = 0
  return (below) => Math.floor(((randomNumbers(seed * 100_003 + n++, 1)[0] as number) / 2 + 0.5) * below)
}

export interface FilterWorld {
  space: Space
  subjects: FilterSubject[]
  /** The filters' names of deployments. */
  deployments: string[]
}

/** Recordings at these places and moments, with windows an hour apart, labels, and a space of their own. */
export async function makeWorld(database: Database, seed: number, recordings: number): Promise<FilterWorld> {
  const roll = dice(seed)
  const { pool } = database
  const tag = `w${seed}`
  const space = await addSpace(database)
  const sources = [
    await addSource(database, {
      sites: places.map(([timeZone, latitude, longitude], i) => ({
        name: `${tag}-${i}`,
        ...(timeZone === null ? {} : { timeZone }),
        ...(latitude === null || longitude === null ? {} : { latitude, longitude }),
      })),
      deployments: [9, 7].map((i) => ({ prefix: `${tag}/${i}/`, site: `${tag}-${i}`, recorder: `${tag}-rec` })),
    }),
    await addSource(database, { timeZone: 'America/Lima' }),
  ]
  // A deployment's zone counts where its site has none (the sources' file would give it to the site as well).
  await pool.query(`update coro.deployment set time_zone = 'America/Anchorage' where prefix = $1`, [`${tag}/9/`])
  const deployments = sources[0]?.deployments ?? []
  const subjects: FilterSubject[] = []
  for (let r = 0; r < recordings; r++) {
    const place = roll(places.length + 1)
    const [zone, latitude, longitude] = places[place] ?? [null, null, null]
    const site = place < places.length ? `${tag}-${place}` : null
    const source = sources[roll(2)]!
    const deployment =
      source === sources[0] && roll(2) === 0
        ? deployments.find(({ prefix }) => prefix === `${tag}/${place}/`)
        : undefined
    const recorder = deployment || roll(3) === 0 ? `${tag}-rec` : null
    const day = Date.parse(`${moments[roll(moments.length)]}T00:00Z`)
    const startedAt = roll(12) === 0 ? null : new Date(day + roll(3 * 86_400) * 1000)
    const recordingId = await addRecording(database, source.id, {
      siteId: site === null ? null : await siteIdOf(pool, site),
      recorderId: recorder === null ? null : await recorderIdOf(pool, recorder),
      startedAt: startedAt?.toISOString() ?? null,
    })
    const utcOffsetMin = roll(2) === 0 ? null : (roll(29) - 14) * 60
    await pool.query(
      `update coro.recording set utc_offset_min = $2, deployment_id = $3, state = 'embedding' where id = $1`,
      [recordingId, utcOffsetMin, deployment?.id ?? null],
    )
    const spans = Array.from({ length: 1 + roll(8) }, (_, index) => ({
      index,
      startS: index * 3600,
      endS: index * 3600 + 5,
    }))
    await saveSegments(pool, recordingId, spans, [space.id], {
      prefix: `prepared/${recordingId}`,
      offsetBytes: 44,
      frontEndId: testFrontEndId,
      channel: 'mix',
    })
    const own: FilterSubject['labels'] = []
    for (let n = roll(3); n > 0; n--) {
      const startS = roll(2) === 0 ? null : roll(spans.length * 3600)
      const endS = startS === null ? null : startS + roll(3) * roll(4000)
      const label = labels[roll(labels.length)] as string
      own.push({ label, startS, endS })
      await pool.query(
        `insert into coro.label (recording_id, start_s, end_s, label) values ($1, $2, $3, $4) on conflict do nothing`,
        [recordingId, startS, endS, label],
      )
    }
    const { rows } = await pool.query<{ id: number }>(
      'select id from coro.segment where recording_id = $1 order by index',
      [recordingId],
    )
    const embedded = rows.map(({ id }) => ({
      segmentId: id,
      embedding: normaliseL2(randomNumbers(id, space.dimension)),
    }))
    await saveEmbeddings(database, space, recordingId, embedded, [])
    const timeZone = zone ?? (deployment?.prefix === `${tag}/9/` ? 'America/Anchorage' : (source.timeZone ?? null))
    for (const [i, { startS, endS }] of spans.entries()) {
      subjects.push({
        segmentId: rows[i]?.id as number,
        recordingId,
        site,
        recorder,
        deployment: deployment?.prefix ?? null,
        timeZone,
        utcOffsetMin,
        latitude,
        longitude,
        startedAt,
        startS,
        endS,
        labels: own,
      })
    }
  }
  return { space, subjects, deployments: deployments.map(({ prefix }) => prefix) }
}

const twoDigits = (n: number) => String(n).padStart(2, '0')

/** A filter of one to three conditions. */
export function randomFilter(world: FilterWorld, roll: (below: number) => number): SearchFilter {
  const any = <T>(all: T[]): T => all[roll(all.length)] as T
  const named = (all: (string | null)[]) => {
    const names = [...new Set(all)].filter((name) => name !== null)
    return roll(3) === 0 ? [any(names), any(names)] : any(names)
  }
  const clock = () => `${twoDigits(roll(24))}:${twoDigits(roll(60))}`
  const hours = () => {
    const [first, last] = [clock(), clock()]
    return first === last ? '18:00-06:00' : `${first}-${last}`
  }
  const bound = () => `${any(moments)}${any(['', 'T01:30', 'T02:30:00', ' 23:59', 'T12:00Z', 'T04:00-03:00'])}`
  const shift = () => any(['', '-00:30', '+02:00', '-03:15', '+11:00'])
  const phases = ['day', 'night', 'dawn', 'dusk']
  const ranges = () => [
    `sunset${shift()}..sunrise${shift()}`,
    `sunrise${shift()}..sunset${shift()}`,
    `dusk${shift()}..dawn${shift()}`,
    `dawn${shift()}..dusk${shift()}`,
    `${any(['sunset', 'sunrise', 'dawn', 'dusk'])}-01:00..`,
  ]
  const sun = () => {
    const range = any(ranges())
    const whole = range.endsWith('..') ? `${range}${range.split('-')[0]}+${twoDigits(roll(12))}:30` : range
    return any([any(phases), `${any(phases)},${any(phases)}`, whole, whole, `${any(phases)},${whole}`])
  }
  const { subjects } = world
  const makers: (() => SearchFilter)[] = [
    () => ({ site: named(subjects.map(({ site }) => site)) }),
    () => ({ recorder: named(subjects.map(({ recorder }) => recorder)) }),
    () => ({ deployment: any(world.deployments) }),
    () => ({ label: named(labels) }),
    () => ({ recording: any(subjects).recordingId }),
    () => ({ notRecording: [any(subjects).recordingId, any(subjects).recordingId] }),
    () => ({ from: bound() }),
    () => ({ to: bound() }),
    () => ({ hours: any([hours(), `${hours()},${hours()}`]) }),
    () => ({ months: any(['11-2', '6,7', '3-4,12', '9', '10-10']) }),
    () => ({ sun: sun() }),
    () => ({ sun: sun() }),
  ]
  return Object.assign({}, ...Array.from({ length: 1 + roll(3) }, () => any(makers)())) as SearchFilter
}
