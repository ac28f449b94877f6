import type { SourceConfig } from '../config/sources.js'
import { placeSite } from './sites.js'
import { inTransaction, type Database, type Queryable } from './open.js'

export interface DeploymentRow {
  id: number
  prefix: string
  siteId: number
  recorderId: number | null
  timeZone: string | null
}

export interface SourceRow {
  id: number
  url: string
  name: string | null
  timeZone: string | null
  deployments: DeploymentRow[]
}

/** Write a configured source with its sites and deployments; safe to repeat. Resolves to what the database holds. */
export async function saveSource(database: Database, config: SourceConfig): Promise<SourceRow> {
  return inTransaction(database, async (tx) => {
    const { rows } = await tx.query<{ id: number }>(
      `insert into coro.source (url, name, time_zone, channel) values ($1, $2, $3, $4)
       on conflict (url) do update
         set name = excluded.name, time_zone = excluded.time_zone, channel = excluded.channel, imported = false
       returning id`,
      [config.url, config.name ?? null, config.timeZone ?? null, channelText(config.channel)],
    )
    const id = rows[0]?.id as number
    for (const { name, ...place } of config.sites) {
      await siteIdOf(tx, name)
      await placeSite(tx, name, place)
    }
    const deployments: DeploymentRow[] = []
    for (const { prefix, site, recorder, timeZone, channel, schedule } of config.deployments) {
      const siteId = await siteIdOf(tx, site)
      if (timeZone) {
        await tx.query('update coro.site set time_zone = coalesce(time_zone, $2) where id = $1', [siteId, timeZone])
      }
      const recorderId = recorder === undefined ? null : await recorderIdOf(tx, recorder)
      const saved = await tx.query<{ id: number }>(
        `insert into coro.deployment (source_id, prefix, site_id, recorder_id, time_zone, channel, schedule)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (source_id, prefix) do update
           set site_id = excluded.site_id, recorder_id = excluded.recorder_id, time_zone = excluded.time_zone,
               channel = excluded.channel, schedule = excluded.schedule
         returning id`,
        [id, prefix, siteId, recorderId, timeZone ?? null, channelText(channel), schedule ?? null],
      )
      deployments.push({ id: saved.rows[0]?.id as number, prefix, siteId, recorderId, timeZone: timeZone ?? null })
    }
    return { id, url: config.url, name: config.name ?? null, timeZone: config.timeZone ?? null, deployments }
  })
}

const channelText = (channel: 'mix' | number | undefined): string | null =>
  channel === undefined ? null : String(channel)

/** Ids of the sources with this address or name; all of them for null. */
export async function findSources(queryable: Queryable, addressOrName: string | null): Promise<number[]> {
  const { rows } = await queryable.query<{ id: number }>(
    'select id from coro.source where $1::text is null or url = $1 or name = $1 order by id',
    [addressOrName],
  )
  return rows.map(({ id }) => id)
}

/** The id of a site by name, made where there is none. */
export async function siteIdOf(queryable: Queryable, name: string): Promise<number> {
  return idByName(queryable, 'site', name)
}

/** The id of a recorder by name, made where there is none. */
export async function recorderIdOf(queryable: Queryable, name: string): Promise<number> {
  return idByName(queryable, 'recorder', name)
}

/** The id of a site or recorder by name, or null where there is none. */
export async function findByName(
  queryable: Queryable,
  table: 'site' | 'recorder',
  name: string,
): Promise<number | null> {
  const { rows } = await queryable.query<{ id: number }>(`select id from coro.${table} where name = $1`, [name])
  return rows[0]?.id ?? null
}

async function idByName(queryable: Queryable, table: 'site' | 'recorder', name: string): Promise<number> {
  const found = await findByName(queryable, table, name)
  if (found !== null) return found
  const { rows } = await queryable.query<{ id: number }>(
    `insert into coro.${table} (name) values ($1) on conflict (name) do update set name = excluded.name returning id`,
    [name],
  )
  return rows[0]?.id as number
}

/** Note how a sweep of a source ended. */
export async function noteSweep(queryable: Queryable, sourceId: number, objects: number, error: string | null) {
  await queryable.query(
    `update coro.source set last_sweep_at = now(), last_sweep_objects = $2, last_sweep_error = $3 where id = $1`,
    [sourceId, objects, error],
  )
}

export interface SourceStatus {
  url: string
  name: string | null
  lastSweepAt: Date | null
  lastSweepObjects: number | null
  lastSweepError: string | null
}

/** Every source ever watched, with its last sweep; not those that are known from imports alone. */
export async function listSources(queryable: Queryable): Promise<SourceStatus[]> {
  const { rows } = await queryable.query<SourceStatus>(
    `select url, name, last_sweep_at as "lastSweepAt", last_sweep_objects as "lastSweepObjects",
            last_sweep_error as "lastSweepError"
       from coro.source where not imported order by id`,
  )
  return rows
}
