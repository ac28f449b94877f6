import {
  accessOf,
  isAddressAlone,
  type DeploymentConfig,
  type SourceAccess,
  type SourceConfig,
} from '../config/sources.js'
import { deriveZone, placeSite } from './sites.js'
import { inTransaction, type Database, type Queryable } from './open.js'

export interface DeploymentRow {
  id: number
  prefix: string
  siteId: number
  recorderId: number | null
  timeZone: string | null
}

/** A declaration of deployments by the form of their keys: each pair of site and recorder becomes a deployment. */
export type DeploymentPattern = DeploymentConfig & { pattern: string }

export type Origin = 'file' | 'api'

export interface SourceRow {
  id: number
  url: string
  name: string | null
  timeZone: string | null
  deployments: DeploymentRow[]
  patterns: DeploymentPattern[]
  access: SourceAccess
  events: SourceConfig['events'] | null
  /** Recordings that the last sweep listed; null before the first. */
  lastObjects: number | null
  /** When its declaration last changed, seconds since 1970 as the database writes them: tells declarations apart. */
  declaredAt: string
}

/** What of a declaration says where a recording belongs and what its clock means. */
const placing = (declared: string) => `(${declared} -> 'name', ${declared} -> 'timeZone', ${declared} -> 'deployments')`

/**
 * Write a declared source with its sites and deployments; safe to repeat. Where it says something else than before of where
 * recordings belong, those that are known are to be placed again (watching/placing.ts); an address alone says nothing.
 * Resolves to what the database holds.
 */
export async function saveSource(
  database: Database,
  config: SourceConfig,
  origin: Origin = 'file',
): Promise<SourceRow> {
  const { sites, ...declared } = config
  return inTransaction(database, async (tx) => {
    const { rows } = await tx.query<Pick<SourceRow, 'id' | 'lastObjects' | 'declaredAt'>>(
      `insert into coro.source as s (url, name, time_zone, channel, origin, declared) values ($1, $2, $3, $4, $5, $6)
       on conflict (url) do update
         set name = excluded.name, time_zone = excluded.time_zone, channel = excluded.channel, imported = false,
             origin = excluded.origin, declared = excluded.declared, removed_at = null,
             declared_at = case when (s.declared, s.origin) is distinct from (excluded.declared, excluded.origin)
                                  or s.removed_at is not null
                             then clock_timestamp() else s.declared_at end,
             placing_from = case when s.declared is not null and not $7
                                   and ${placing('s.declared')} is distinct from ${placing('excluded.declared')}
                              then 0 else s.placing_from end
       returning id, last_sweep_objects as "lastObjects", extract(epoch from declared_at)::text as "declaredAt"`,
      [
        config.url,
        config.name ?? null,
        config.timeZone ?? null,
        channelText(config.channel),
        origin,
        JSON.stringify(declared),
        origin === 'file' && isAddressAlone(config),
      ],
    )
    const { id, lastObjects, declaredAt } = rows[0] as Pick<SourceRow, 'id' | 'lastObjects' | 'declaredAt'>
    for (const { name, ...place } of sites) {
      await siteIdOf(tx, name)
      await placeSite(tx, name, place)
    }
    const deployments: DeploymentRow[] = []
    for (const deployment of config.deployments) {
      const { prefix, site, recorder } = deployment
      if (prefix === undefined || site === undefined) continue
      deployments.push(await saveDeployment(tx, id, prefix, { site, recorder: recorder ?? null }, deployment))
    }
    return {
      id,
      url: config.url,
      name: config.name ?? null,
      timeZone: config.timeZone ?? null,
      deployments,
      patterns: config.deployments.filter((d): d is DeploymentPattern => d.pattern !== undefined),
      access: accessOf(config),
      events: config.events ?? null,
      lastObjects,
      declaredAt,
    }
  })
}

/** Write one deployment: `prefix` tells those of a source apart. Its site and recorder are made where they are new. */
export async function saveDeployment(
  tx: Queryable,
  sourceId: number,
  prefix: string,
  { site, recorder }: { site: string; recorder: string | null },
  { timeZone, channel, schedule }: Pick<DeploymentConfig, 'timeZone' | 'channel' | 'schedule'>,
): Promise<DeploymentRow> {
  const siteId = await siteIdOf(tx, site)
  if (timeZone) await deriveZone(tx, siteId, timeZone, { sourceId, prefix })
  const recorderId = recorder === null ? null : await recorderIdOf(tx, recorder)
  const saved = await tx.query<{ id: number }>(
    `insert into coro.deployment (source_id, prefix, site_id, recorder_id, time_zone, channel, schedule)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (source_id, prefix) do update
       set site_id = excluded.site_id, recorder_id = excluded.recorder_id, time_zone = excluded.time_zone,
           channel = excluded.channel, schedule = excluded.schedule
     returning id`,
    [sourceId, prefix, siteId, recorderId, timeZone ?? null, channelText(channel), schedule ?? null],
  )
  return { id: saved.rows[0]?.id as number, prefix, siteId, recorderId, timeZone: timeZone ?? null }
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

/** Note how a sweep of a source ended; `counts` null: it did not come to its end, and the last ones stay. */
export async function noteSweep(
  queryable: Queryable,
  sourceId: number,
  counts: { objects: number; passedOver: number } | null,
  error: string | null,
): Promise<void> {
  await queryable.query(
    `update coro.source
        set last_sweep_at = now(), last_sweep_objects = coalesce($2, last_sweep_objects),
            last_sweep_passed_over = coalesce($3, last_sweep_passed_over), last_sweep_error = $4
      where id = $1`,
    [sourceId, counts?.objects ?? null, counts?.passedOver ?? null, error],
  )
}
