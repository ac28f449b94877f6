import type { Database } from '@coro/shared/database/open'
import { addRecording, addSegments, addSource, addSpace, randomNumbers } from './database.fixture.js'
import { saveEmbeddings } from './embeddings.js'
import { siteIdOf } from './sources.js'
import type { Space } from './spaces.js'
import { normaliseL2 } from './vectors.js'

export const dimension = 16

/** A segment as a brute-force computation wants it. */
export interface KnownSegment {
  id: number
  recordingId: number
  site: string | null
  /** Minutes east of UTC at its start; null where the start is not known. */
  startsAt: Date | null
  offsetMin: number
  startS: number
  endS: number
  /** Null: silent, which was listened to. */
  embedding: Float32Array | null
}

export const sites = [
  { name: 'lagoa', timeZone: 'America/Sao_Paulo', offsetMin: -180 },
  { name: 'mata', timeZone: 'America/Manaus', offsetMin: -240 },
  { name: null, timeZone: null, offsetMin: 0 },
] as const

/** A sound of one of five kinds, near or far from the kind's centre. */
export const soundOf = (kind: number, seed: number, spread: number): Float32Array => {
  const [centre, noise] = [randomNumbers(kind * 7919, dimension), randomNumbers(seed * 31 + 17, dimension)]
  return normaliseL2(centre.map((x, i) => x + spread * (noise[i] ?? 0)))
}

/**
 * Recordings of six segments at two sites and at none, at random times of four days, one in six without a start; some
 * segments silent, some without a vector yet, some marked as deleted (neither is among the resolved ones). In every third
 * recording segments overlap by half.
 */
export async function addOccurrences(
  database: Database,
  recordings = 60,
): Promise<{ space: Space; segments: KnownSegment[] }> {
  const space = await addSpace(database, { dimension, active: true })
  const { id: sourceId } = await addSource(database, {
    sites: sites.flatMap(({ name, timeZone }) => (name === null ? [] : [{ name, timeZone }])),
  })
  const known: KnownSegment[] = []
  for (let r = 0; r < recordings; r++) {
    const [when = 0, kind = 0, where = 0] = randomNumbers(r + 500, 3)
    const site = sites[Math.floor(((where + 1) / 2) * 2.99)] ?? sites[0]
    const startedAt = r % 6 === 5 ? null : new Date(Date.UTC(2026, 0, 10) + Math.round((when + 1) * 2 * 86_400) * 1000)
    const recordingId = await addRecording(database, sourceId, {
      siteId: site.name === null ? null : await siteIdOf(database.pool, site.name),
      startedAt: startedAt?.toISOString() ?? null,
    })
    const ids = await addSegments(database, recordingId, [space], 6)
    const hopS = r % 3 === 0 ? 2.5 : 5
    await database.pool.query(
      'update coro.segment set start_s = index * $2::float8, end_s = index * $2::float8 + 5 where recording_id = $1',
      [recordingId, hopS],
    )
    const fate = (i: number): 'silent' | 'open' | 'deleted' | 'embedded' =>
      (['silent', 'open', 'deleted'] as const)[(r * 6 + i) % 23] ?? 'embedded'
    const segments = ids.map((id, i): KnownSegment => {
      const sound = soundOf(Math.floor((kind + 1) * 2.5), id, 0.2 + (i % 3) * 0.5)
      return {
        id,
        recordingId,
        site: site.name,
        startsAt: startedAt && new Date(startedAt.getTime() + i * hopS * 1000),
        offsetMin: site.offsetMin,
        startS: i * hopS,
        endS: i * hopS + 5,
        embedding: fate(i) === 'silent' ? null : sound,
      }
    })
    await saveEmbeddings(
      database,
      space,
      recordingId,
      segments.flatMap(({ id, embedding }, i) =>
        embedding && fate(i) !== 'open' ? [{ segmentId: id, embedding }] : [],
      ),
      segments.flatMap(({ id }, i) => (fate(i) === 'silent' ? [id] : [])),
    )
    for (const [i, segment] of segments.entries()) {
      if (fate(i) === 'deleted') {
        await database.pool.query('insert into coro.deleted_segment (segment_id) values ($1)', [segment.id])
      }
      if (fate(i) === 'silent' || fate(i) === 'embedded') known.push(segment)
    }
  }
  return { space, segments: known }
}

export const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0)

/** Local date and time by a fixed offset: the sites of the fixture know no summer time. */
export const localOf = ({ startsAt, offsetMin }: KnownSegment): Date | null =>
  startsAt && new Date(startsAt.getTime() + offsetMin * 60_000)
