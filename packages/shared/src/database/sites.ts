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

/** Say where a site is. Throws SITE_UNKNOWN, and SITE_INVALID for a zone that the database does not know. */
export async function placeSite(queryable: Queryable, name: string, place: SitePlace): Promise<void> {
  const { timeZone, latitude, longitude } = place
  if (timeZone) await requireZone(queryable, timeZone)
  const { rowCount } = await queryable.query(
    `update coro.site
        set time_zone = case when $2 then $3 else time_zone end, latitude = case when $4 then $5 else latitude end,
            longitude = case when $6 then $7 else longitude end
      where name = $1`,
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
  if (!rowCount) throw new CoroError('SITE_UNKNOWN', `There is no site "${name}".`, { disposition: 'reject' })
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
