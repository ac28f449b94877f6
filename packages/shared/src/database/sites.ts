import { CoroError } from '../errors.js'
import type { Queryable } from './open.js'

/** Where a site is; what is undefined stays as it is, null forgets it. */
export interface SitePlace {
  /** IANA zone: local times of day, months and bounds of searches. */
  timeZone?: string | null | undefined
  /** Degrees, north and east positive: the sun. */
  latitude?: number | null | undefined
  longitude?: number | null | undefined
}

export interface SiteView {
  name: string
  timeZone: string | null
  latitude: number | null
  longitude: number | null
  recordings: number
}

/** All sites by name. */
export async function listSites(queryable: Queryable, name?: string): Promise<SiteView[]> {
  const { rows } = await queryable.query<SiteView>(
    `select t.name, t.time_zone as "timeZone", t.latitude, t.longitude, count(r.id) as recordings
       from coro.site t left join coro.recording r on r.site_id = t.id and r.state <> 'superseded'
      where $1::text is null or t.name = $1 group by t.id order by t.name`,
    [name ?? null],
  )
  return rows
}

/**
 * Say where a site is. Where its zone changes, recordings whose clocks are read in it are to be placed again. Throws
 * SITE_UNKNOWN, and SITE_INVALID for a zone that the database does not know.
 */
export async function placeSite(queryable: Queryable, name: string, place: SitePlace): Promise<void> {
  const { timeZone, latitude, longitude } = place
  if (timeZone) await requireZone(queryable, timeZone)
  const { rows } = await queryable.query<{ id: number; moved: boolean }>(
    `with before as (select id, time_zone from coro.site where name = $1 for no key update)
     update coro.site t
        set time_zone = case when $2 then $3 else t.time_zone end, latitude = case when $4 then $5 else latitude end,
            longitude = case when $6 then $7 else longitude end, zone_derived = zone_derived and not $2
       from before where t.id = before.id
     returning t.id, t.time_zone is distinct from before.time_zone as moved`,
    [
      name,
      timeZone !== undefined,
      timeZone ?? null,
      latitude !== undefined,
      latitude ?? null,
      longitude !== undefined,
      longitude ?? null,
    ],
  )
  const [site] = rows
  if (!site) throw new CoroError('SITE_UNKNOWN', `There is no site "${name}".`, { disposition: 'reject' })
  if (site.moved) await placeRecordingsOf(queryable, site.id, 'anew')
}

/**
 * Take a site's zone from a deployment of it, where it has none, or one that was taken from what this deployment said
 * before. Call it before the deployment is written.
 */
export async function deriveZone(
  queryable: Queryable,
  siteId: number,
  timeZone: string,
  { sourceId, prefix }: { sourceId: number; prefix: string },
): Promise<void> {
  const { rowCount } = await queryable.query(
    `update coro.site t set time_zone = $2, zone_derived = true
      where t.id = $1 and t.time_zone is distinct from $2
        and (t.time_zone is null
             or t.zone_derived and t.time_zone = (select d.time_zone from coro.deployment d
                                                   where d.source_id = $3 and d.prefix = $4))`,
    [siteId, timeZone, sourceId, prefix],
  )
  if (rowCount) await placeRecordingsOf(queryable, siteId, 'unless they are being placed')
}

/** Let the recordings of all sources that have some at a site be placed again. */
async function placeRecordingsOf(
  queryable: Queryable,
  siteId: number,
  how: 'anew' | 'unless they are being placed',
): Promise<void> {
  await queryable.query(
    `update coro.source s set placing_from = 0
      where not s.imported and (s.placing_from is null or $2)
        and exists (select from coro.recording r where r.source_id = s.id and r.site_id = $1)`,
    [siteId, how === 'anew'],
  )
}

/** The database's zones are its own: one that it does not know would make every search by local time fail. */
async function requireZone(queryable: Queryable, timeZone: string): Promise<void> {
  try {
    await queryable.query('select now() at time zone $1::text', [timeZone])
  } catch (cause) {
    throw new CoroError('SITE_INVALID', `The database knows no time zone ${timeZone}.`, {
      disposition: 'reject',
      cause,
    })
  }
}
