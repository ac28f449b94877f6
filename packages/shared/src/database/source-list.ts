import type { SourceConfig } from '../config/sources.js'
import { CoroError } from '../errors.js'
import type { Queryable } from './open.js'
import type { Origin } from './sources.js'

/** A declaration as it is kept: everything but the sites, which are rows of their own. */
export type Declared = Omit<SourceConfig, 'sites'>

export interface SourceStatus {
  id: number
  url: string
  name: string | null
  origin: Origin
  /** It is not watched any more; its recordings stay. */
  removedAt: Date | null
  declaredAt: Date
  declared: Declared | null
  recordings: number
  lastSweepAt: Date | null
  lastSweepObjects: number | null
  /** Files that are no recordings by their names, or hidden. */
  lastSweepPassedOver: number | null
  lastSweepError: string | null
  /** What sweeps cannot take in: at most 1,000 are known. */
  obstacles: number
  sweepStartedAt: Date | null
  /** Its known recordings are placed again after its declaration changed: so far up to this id; null = all are. */
  placingFrom: number | null
}

/** Every source ever watched, with its last sweep; not those that are known from imports alone. One with an id, or all. */
export async function listSources(queryable: Queryable, id?: number): Promise<SourceStatus[]> {
  const { rows } = await queryable.query<SourceStatus>(
    `select s.id, s.url, s.name, s.origin, s.removed_at as "removedAt", s.declared_at as "declaredAt", s.declared,
            (select count(*) from coro.recording r where r.source_id = s.id and r.state not in ('superseded', 'deleted'))
              as recordings,
            s.last_sweep_at as "lastSweepAt", s.last_sweep_objects as "lastSweepObjects",
            s.last_sweep_passed_over as "lastSweepPassedOver", s.last_sweep_error as "lastSweepError",
            (select count(*) from coro.sweep_obstacle o where o.source_id = s.id) as obstacles, s.sweep_started_at as "sweepStartedAt",
            s.placing_from as "placingFrom"
       from coro.source s where not s.imported and ($1::bigint is null or s.id = $1) order by s.id`,
    [id ?? null],
  )
  return rows
}

export interface SweepStatus extends Pick<
  SourceStatus,
  | 'url'
  | 'name'
  | 'lastSweepAt'
  | 'lastSweepObjects'
  | 'lastSweepPassedOver'
  | 'lastSweepError'
  | 'obstacles'
  | 'placingFrom'
> {
  /** Its storage does not answer, and is left alone for a while. */
  held: { since: Date; until: Date; failures: number; code: string; message: string } | null
}

/** How the last sweep of each watched source ended. */
export async function lastSweeps(queryable: Queryable): Promise<SweepStatus[]> {
  type Row = Omit<SweepStatus, 'held'> & NonNullable<SweepStatus['held']>
  const { rows } = await queryable.query<Row>(
    `select url, name, last_sweep_at as "lastSweepAt", last_sweep_objects as "lastSweepObjects",
            last_sweep_passed_over as "lastSweepPassedOver",
            (select count(*) from coro.sweep_obstacle o where o.source_id = s.id) as obstacles, last_sweep_error as "lastSweepError",
            placing_from as "placingFrom", hold_since as since, held_until as until, hold_failures as failures,
            hold_code as code, hold_message as message
       from coro.source s where not imported and removed_at is null order by id`,
  )
  return rows.map(({ since, until, failures, code, message, ...source }) => ({
    ...source,
    held: failures > 0 ? { since, until, failures, code, message } : null,
  }))
}

/** What of the sources changes over the API: those that are declared there, and when. */
export async function apiSources(
  queryable: Queryable,
): Promise<{ url: string; declaredAt: Date; declared: Declared }[]> {
  const { rows } = await queryable.query<{ url: string; declaredAt: Date; declared: Declared }>(
    `select url, declared_at as "declaredAt", declared from coro.source
      where origin = 'api' and removed_at is null and not imported and declared is not null order by id`,
  )
  return rows
}

/** Sources whose keys lie in a bucket: `s3://bucket` and below, and what a key of the bucket is called in each. */
export async function sourcesOfBucket(queryable: Queryable, bucket: string): Promise<{ id: number; base: string }[]> {
  const root = `s3://${bucket}`
  const { rows } = await queryable.query<{ id: number; url: string }>(
    `select id, url from coro.source
      where (url = $1 or url ^@ ($1 || '/')) and removed_at is null and not imported order by id`,
    [root],
  )
  return rows.map(({ id, url }) => ({ id, base: url === root ? '' : `${url.slice(root.length + 1)}/` }))
}

/** Stop watching a source that was declared over the API; its recordings stay. Throws SOURCE_UNKNOWN and SOURCE_DECLARED. */
export async function removeSource(queryable: Queryable, id: number): Promise<void> {
  const [source] = await listSources(queryable, id)
  if (!source) throw new CoroError('SOURCE_UNKNOWN', `There is no source ${id}.`, { disposition: 'reject' })
  if (source.origin === 'file') throw declaredInFile(source.url)
  await queryable.query('update coro.source set removed_at = coalesce(removed_at, now()) where id = $1', [id])
}

/** SOURCE_DECLARED: the configuration says what this source is, and would say it again. */
export const declaredInFile = (url: string): CoroError =>
  new CoroError('SOURCE_DECLARED', `${url} is declared in the configuration: change it there.`, {
    disposition: 'reject',
  })
