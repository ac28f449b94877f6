import type { Database } from '@coro/shared/database/open'
import { addSegments, addSpace, randomNumbers } from './database.fixture.js'
import { activeCorrections, insertCorrection } from './clock-corrections.js'
import { claimContent, markDuplicate } from './content.js'
import { saveEmbeddings } from './embeddings.js'
import { endAttempt, openAttempt } from './ledger.js'
import { moveState, saveFacts } from './recording-work.js'
import { insertRecording } from './recordings.js'
import { retimeRecordings } from './retime.js'
import { findByName, saveSource } from './sources.js'
import type { Space } from './spaces.js'
import { normaliseL2 } from './vectors.js'

const dimension = 16
const nights = ['2025-11-14', '2025-11-15', '2025-11-16']
const segmentsEach = 4

const sites = [
  { name: 'lagoa', timeZone: 'America/Sao_Paulo', latitude: -22.4512, longitude: -42.7734, offsetMin: -180 },
  { name: 'mata', timeZone: 'America/Manaus', latitude: -2.9316, longitude: -59.9753, offsetMin: -240 },
]
/** SM2 falls silent after the first night. */
const recorders = [
  { name: 'A1', site: 'lagoa', nights: 3 },
  { name: 'A2', site: 'lagoa', nights: 3 },
  { name: 'SM1', site: 'mata', nights: 3 },
  { name: 'SM2', site: 'mata', nights: 1 },
]

/** When each recorder records, by its site's clock, and what is heard then. */
const slots = [
  { at: '18:20', lagoa: 'tree frog', mata: 'cicada' },
  { at: '19:30', lagoa: 'tree frog', mata: 'tree frog' },
  { at: '22:00', lagoa: 'toad', mata: 'tree frog' },
  { at: '01:00', lagoa: 'toad', mata: 'insects' },
  { at: '04:45', lagoa: 'antbird', mata: 'insects' },
  { at: '05:20', lagoa: 'antbird', mata: 'antbird' },
] as const
type Sound = (typeof slots)[number]['lagoa' | 'mata'] | 'rain'

/** The second night it rains at the lagoon, from 22:00 to 01:00. */
const soundOf = (site: string, night: number, at: string, slot: (typeof slots)[number]): Sound =>
  site === 'lagoa' && night === 1 && (at === '22:00' || at === '01:00') ? 'rain' : slot[site as 'lagoa' | 'mata']

const seeds: Record<Sound | 'lagoa' | 'mata', number> = {
  'tree frog': 1,
  toad: 2,
  antbird: 3,
  cicada: 4,
  insects: 5,
  rain: 6,
  lagoa: 11,
  mata: 12,
}

/** A sound, something of its place and of its recording, and some chance: unit vectors, [dimension]. */
function vectorOf(sound: Sound, site: string, recording: number, seed: number): Float32Array {
  const of = (name: keyof typeof seeds) => randomNumbers(1000 * seeds[name], dimension)
  const parts = [
    of(sound),
    of(site as 'lagoa' | 'mata'),
    randomNumbers(recording, dimension),
    randomNumbers(seed, dimension),
  ]
  const weights = [1, 0.25, 0.45, 0.35]
  return normaliseL2(
    Float32Array.from({ length: dimension }, (_, i) =>
      parts.reduce((sum, part, n) => sum + (weights[n] ?? 0) * (part[i] ?? 0), 0),
    ),
  )
}

/**
 * A small field season: two sites, four recorders, three nights; frogs, birds and rain; some labels; and some recordings
 * that did not make it. Everything about it is fixed, ids included, so that docs/sql.md can show what queries print.
 * At the lagoon both recorders hear the same antbird, almost alike.
 */
export async function addFieldSeason(database: Database): Promise<Space> {
  const space = await addSpace(database, { model: 'field', dimension, active: true })
  const source = await saveSource(database, {
    url: 's3://field/2025',
    name: 'field',
    deployments: recorders.map(({ name, site }) => ({ prefix: `${site}/${name}/`, site, recorder: name })),
    sites,
  })
  const places = new Map<string, { deploymentId: number; siteId: number; recorderId: number }>()
  for (const { name, site } of recorders) {
    const deployment = source.deployments.find(({ prefix }) => prefix === `${site}/${name}/`)
    const recorderId = await findByName(database.pool, 'recorder', name)
    if (!deployment || recorderId === null) throw new Error(`no deployment of ${name}`)
    places.set(name, { deploymentId: deployment.id, siteId: deployment.siteId, recorderId })
  }
  let number = 0
  const found = async (recorder: (typeof recorders)[number], startedAt: Date, local: string) => {
    const key = `${recorder.site}/${recorder.name}/${local.replace(/[-:]/g, '').replace('T', '_')}00.wav`
    const place = places.get(recorder.name)
    if (!place) throw new Error(`no place for ${recorder.name}`)
    const object = { key, version: 'v1', sizeBytes: 1_920_044, modifiedAt: new Date(startedAt.getTime() + 20_000) }
    const id = await insertRecording(database.pool, source.id, object, place)
    if (id === null) throw new Error(`${key} is there already`)
    number += 1
    return { id, key, place }
  }

  for (const [night, date] of nights.entries()) {
    for (const slot of slots) {
      for (const recorder of recorders.filter((one) => night < one.nights)) {
        const { offsetMin } = sites.find(({ name }) => name === recorder.site) ?? { offsetMin: 0 }
        const local = localTime(date, slot.at)
        const startedAt = new Date(Date.parse(`${local}:00Z`) - offsetMin * 60_000)
        const { id, place } = await found(recorder, startedAt, local)
        const prepared = await openAttempt(database.pool, id, 'prepare', 'worker-1')
        await saveFacts(database.pool, id, {
          format: 'wav',
          codec: 'pcm',
          sampleRateHz: 48_000,
          channels: 1,
          bitsPerSample: 16,
          durationS: segmentsEach * 5,
          startedAt,
          utcOffsetMin: offsetMin,
          timeSource: 'audiomoth',
          timeConfidence: 0.95,
          recorderId: place.recorderId,
          metadata: {
            claims: [],
            device: { batteryV: 4.6 - night * (recorder.name === 'A2' ? 0.4 : 0.1), temperatureC: 21 },
          },
          warnings: [],
        })
        await claimContent(database.pool, Buffer.from(String(id).padStart(64, '0'), 'hex'), id)
        const segments = await addSegments(database, id, [space], segmentsEach)
        await endAttempt(database.pool, prepared, 'done', { details: { segments: segments.length } })
        const embedding = await openAttempt(database.pool, id, 'embed', 'worker-2')
        const sound = soundOf(recorder.site, night, slot.at, slot)
        // In the small hours the last windows hold nothing that the noise gate leaves.
        const silent = slot.at === '01:00' && sound !== 'rain' ? segments.slice(2) : []
        const heard = segments.filter((segmentId) => !silent.includes(segmentId))
        // Both recorders of the lagoon hear the same bird at 04:45.
        const alike = slot.at === '04:45' && recorder.site === 'lagoa'
        const embedded = heard.map((segmentId, i) => {
          const embedding = alike
            ? nearly(vectorOf(sound, recorder.site, 90_000 + night, 100_000 + night * 100 + i), segmentId)
            : vectorOf(sound, recorder.site, 50_000 + id, segmentId)
          return { segmentId, embedding }
        })
        await saveEmbeddings(database, space, id, embedded, silent)
        await endAttempt(database.pool, embedding, 'done', { details: { embedded: heard.length } })
      }
    }
  }
  await addTroubles(database, async (recorder, at) => {
    const one = recorders.find(({ name }) => name === recorder)
    if (!one) throw new Error(`no recorder ${recorder}`)
    return found(one, new Date(`${at}:00Z`), at)
  })
  await addLabels(database)
  await correctClock(database)
  await fixDates(database)
  return space
}

/** Slots after midnight are on the next day. */
function localTime(date: string, at: string): string {
  const day = at < '12:00' ? new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10) : date
  return `${day}T${at}`
}

/** The same sound through another microphone. */
function nearly(embedding: Float32Array, seed: number): Float32Array {
  const noise = randomNumbers(seed, dimension)
  return normaliseL2(embedding.map((x, i) => x + 0.01 * (noise[i] ?? 0)))
}

/** A file without sound, a copy, one that storage does not give, and one that has just been found. */
async function addTroubles(
  database: Database,
  found: (recorder: string, at: string) => Promise<{ id: number; key: string }>,
): Promise<void> {
  const { pool } = database
  const empty = await found('A2', '2025-11-16T06:00')
  const reading = await openAttempt(pool, empty.id, 'prepare', 'worker-1')
  const reason = { code: 'AUDIO_NO_SAMPLES', message: 'the header holds no sound behind it' }
  await endAttempt(pool, reading, 'quarantined', reason)
  await moveState(pool, empty.id, ['discovered'], 'quarantined', reason)
  const copy = await found('A1', '2025-11-16T06:00')
  await pool.query(
    'update coro.recording set sha256 = (select sha256 from coro.recording where id = 1) where id = $1',
    [copy.id],
  )
  await markDuplicate(pool, copy.id, 1)
  const away = await found('SM1', '2025-11-17T06:00')
  const waiting = await openAttempt(pool, away.id, 'prepare', 'worker-1')
  const outage = { code: 'STORAGE_UNAVAILABLE', message: 'the storage does not answer' }
  await endAttempt(pool, waiting, 'failed', outage)
  await moveState(pool, away.id, ['discovered'], 'failed', outage)
  await found('SM1', '2025-11-17T06:30')
}

/** Ana listened to four recordings; a program to one. */
async function addLabels(database: Database): Promise<void> {
  await database.pool.query(
    `insert into coro.label (recording_id, start_s, end_s, label, annotator, confidence, origin)
     select r.id, l.start_s, l.end_s, l.label, l.annotator, l.confidence, 'labels.csv'
       from (values ('lagoa/A1/20251114_182000.wav', 0, 5, 'tree frog', 'ana', null),
                    ('lagoa/A1/20251114_182000.wav', 5, 10, 'tree frog', 'ana', null),
                    ('mata/SM1/20251114_193000.wav', 10, 15, 'tree frog', 'ana', null),
                    ('lagoa/A1/20251115_220000.wav', 0, 20, 'rain', 'ana', null),
                    ('mata/SM1/20251115_052000.wav', 5, 10, 'antbird', 'birdnet', 0.83)
            ) as l(key, start_s, end_s, label, annotator, confidence)
       join coro.recording r on r.key = l.key order by r.id, l.start_s`,
  )
}

/** A2's clock was 90 s behind on its last night; one of SM1's files names another start than its header. */
async function correctClock(database: Database): Promise<void> {
  const scope = {
    sourceId: null,
    prefix: null,
    siteId: null,
    recorderId: await findByName(database.pool, 'recorder', 'A2'),
    fromAt: new Date('2025-11-16T15:00:00Z'),
    toAt: null,
  }
  const rule = { offsetS: 90, driftSPerDay: 0, referenceAt: null, timeZone: null }
  const correction = { ...scope, ...rule, note: 'set by hand, too late', madeBy: 'ana' }
  await insertCorrection(database.pool, correction)
  await retimeRecordings(database.pool, scope, await activeCorrections(database.pool), () => null, { write: true })
  await database.pool.query(
    `update coro.recording set metadata = metadata || '{"conflicts": [{"kind": "time", "between": ["guano", "filename"], "differenceS": 3600}]}'
      where key = 'mata/SM1/20251115_052000.wav'`,
  )
}

/** What the database dates by itself, moved to the season: an hour after each recording began. */
async function fixDates(database: Database): Promise<void> {
  await database.pool.query(
    `update coro.recording set discovered_at = modified_at + interval '1 hour', changed_at = modified_at + interval '61 minutes';
     update coro.ledger l set started_at = r.modified_at + interval '1 hour' + attempt * interval '1 second',
            ended_at = r.modified_at + interval '1 hour' + attempt * interval '1 second' + case stage when 'embed' then interval '0.4 s' else interval '0.2 s' end
       from coro.recording r where r.id = l.recording_id`,
  )
}
