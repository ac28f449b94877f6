import type { Queryable } from '../open.js'
import type { Place } from '../recordings.js'
import type { Start } from '../corrected-start.js'

/** Sources whose known recordings are to be placed again. */
export async function sourcesToPlace(queryable: Queryable): Promise<number[]> {
  const { rows } = await queryable.query<{ id: number }>(
    'select id from coro.source where placing_from is not null and removed_at is null order by id',
  )
  return rows.map(({ id }) => id)
}

/** The next recordings of a source that are to be placed again. */
export interface PlacingPage {
  /** Behind which id they begin. */
  after: number
  /** How long ago the source was declared so. */
  declaredAgoS: number
  recordings: { id: number; key: string }[]
}

/** Null where nothing is to be placed, or the source was declared anew since. Those of imports alone have no place by a key. */
export async function placingPage(
  queryable: Queryable,
  { id, declaredAt }: { id: number; declaredAt: string },
  limit: number,
): Promise<PlacingPage | null> {
  const { rows } = await queryable.query<{ after: number; declaredAgoS: number }>(
    `select placing_from as after, extract(epoch from clock_timestamp() - declared_at)::float8 as "declaredAgoS"
       from coro.source
      where id = $1 and placing_from is not null and extract(epoch from declared_at)::text = $2`,
    [id, declaredAt],
  )
  const [from] = rows
  if (!from) return null
  const found = await queryable.query<{ id: number; key: string }>(
    `select id, key from coro.recording where source_id = $1 and id > $2 and state <> 'imported' order by id limit $3`,
    [id, from.after, limit],
  )
  return { ...from, recordings: found.rows }
}

/** A recording with the place that it has, the one that its key means, and what decides about its start. */
export interface Replaced {
  id: number
  before: Place
  /** Names of the place that it has. */
  site: string | null
  recorder: string | null
  after: Place
  nextSite: string | null
  nextRecorder: string | null
  /** The zone in which its clock is read at its new place. */
  timeZone: string | null
  /** Its header was read: claims and serial are known. */
  isRead: boolean
  /** The serial in its header. */
  serial: string | null
  claims: unknown
  conflicts: unknown
  /** What it claims, as its zone settled it before; null where it claims nothing. */
  start: Start | null
}

type Row = Omit<Replaced, 'before' | 'after' | 'start'> & {
  deploymentId: number | null
  siteId: number | null
  recorderId: number | null
  nextDeploymentId: number | null
  nextSiteId: number | null
  nextRecorderId: number | null
  startedAt: Date | null
  utcOffsetMin: number | null
  timeSource: string
  timeConfidence: number
}

/** Lock recordings, and read what placing them at `places` needs to know. Not those whose key changed meanwhile. */
export async function lockToPlace(
  tx: Queryable,
  sourceId: number,
  places: { id: number; key: string; place: Place }[],
): Promise<Replaced[]> {
  const { rows } = await tx.query<Row>(
    `select r.id, r.deployment_id as "deploymentId", r.site_id as "siteId", r.recorder_id as "recorderId",
            t.name as site, c.name as recorder,
            n.deployment_id as "nextDeploymentId", n.site_id as "nextSiteId", n.recorder_id as "nextRecorderId",
            nt.name as "nextSite", nc.name as "nextRecorder", coalesce(d.time_zone, nt.time_zone, s.time_zone) as "timeZone",
            r.format is not null as "isRead", r.metadata #>> '{device,recorderId}' as serial,
            r.metadata -> 'claims' as claims, r.metadata -> 'conflicts' as conflicts,
            coalesce(r.claimed_at, r.started_at) as "startedAt",
            case when r.claimed_at is null then r.utc_offset_min else r.claimed_utc_offset_min end as "utcOffsetMin",
            coalesce(r.claimed_time_source, r.time_source) as "timeSource",
            coalesce(r.claimed_time_confidence, r.time_confidence) as "timeConfidence"
       from unnest($2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
              as n (id, key, deployment_id, site_id, recorder_id)
       join coro.recording r on r.id = n.id and r.key = n.key and r.source_id = $1
       join coro.source s on s.id = r.source_id
       left join coro.site t on t.id = r.site_id left join coro.recorder c on c.id = r.recorder_id
       left join coro.deployment d on d.id = n.deployment_id
       left join coro.site nt on nt.id = n.site_id left join coro.recorder nc on nc.id = n.recorder_id
      where r.state <> 'imported'
      order by r.id for no key update of r`,
    [
      sourceId,
      places.map(({ id }) => id),
      places.map(({ key }) => key),
      places.map(({ place }) => place.deploymentId),
      places.map(({ place }) => place.siteId),
      places.map(({ place }) => place.recorderId),
    ],
  )
  return rows.map(
    ({
      deploymentId,
      siteId,
      recorderId,
      nextDeploymentId,
      nextSiteId,
      nextRecorderId,
      startedAt,
      utcOffsetMin,
      timeSource,
      timeConfidence,
      ...row
    }) => ({
      ...row,
      before: { deploymentId, siteId, recorderId },
      after: { deploymentId: nextDeploymentId, siteId: nextSiteId, recorderId: nextRecorderId },
      start: startedAt === null ? null : { startedAt, utcOffsetMin, timeSource, timeConfidence },
    }),
  )
}

/** What becomes of a recording that is placed again. */
export interface Placement {
  id: number
  place: Place
  /** What it claims now; null: as before. Corrections of clocks are taken off with it, and have to be applied again. */
  start: Start | null
  /** What header, name and path contradict each other about; null: as before. */
  conflicts: unknown[] | null
  /** For the ledger, where a reader would notice; else null. */
  told: { from: unknown; to: unknown } | null
}

/** Write placements. A recorder that neither path nor header names stays where it came with imported embeddings. */
export async function savePlacements(tx: Queryable, placements: Placement[], worker: string): Promise<void> {
  if (placements.length === 0) return
  const rows = placements.map(({ id, place, start, conflicts }) => ({
    id,
    deployment_id: place.deploymentId,
    site_id: place.siteId,
    recorder_id: place.recorderId,
    restarted: start !== null,
    started_at: start?.startedAt ?? null,
    utc_offset_min: start?.utcOffsetMin ?? null,
    time_source: start?.timeSource ?? null,
    time_confidence: start?.timeConfidence ?? null,
    conflicts,
  }))
  await tx.query(
    `update coro.recording r
        set deployment_id = n.deployment_id, site_id = n.site_id,
            recorder_id = case when n.recorder_id is null
                                 and exists (select from coro.segment w where w.recording_id = r.id and w.index is null)
                            then r.recorder_id else n.recorder_id end,
            started_at = case when restarted then n.started_at else r.started_at end,
            utc_offset_min = case when restarted then n.utc_offset_min else r.utc_offset_min end,
            time_source = case when restarted then n.time_source else r.time_source end,
            time_confidence = case when restarted then n.time_confidence else r.time_confidence end,
            claimed_at = case when not restarted then claimed_at end,
            claimed_utc_offset_min = case when not restarted then claimed_utc_offset_min end,
            claimed_time_source = case when not restarted then claimed_time_source end,
            claimed_time_confidence = case when not restarted then claimed_time_confidence end,
            retimed_by = case when not restarted then retimed_by end,
            metadata = case when n.conflicts is null then r.metadata
                            when n.conflicts = '[]' then r.metadata - 'conflicts'
                            else jsonb_set(r.metadata, '{conflicts}', n.conflicts) end
       from jsonb_to_recordset($1::jsonb) as n(id bigint, deployment_id bigint, site_id bigint, recorder_id bigint,
            restarted boolean, started_at timestamptz, utc_offset_min integer, time_source text, time_confidence real,
            conflicts jsonb)
      where r.id = n.id`,
    [JSON.stringify(rows)],
  )
  const told = placements.filter((one) => one.told !== null)
  if (told.length === 0) return
  await tx.query(
    `insert into coro.ledger (recording_id, stage, attempt, worker, ended_at, outcome, details)
     select id, 'watch', 1, $3, now(), 'placed', details from unnest($1::bigint[], $2::jsonb[]) as p (id, details)`,
    [told.map(({ id }) => id), told.map((one) => JSON.stringify(one.told)), worker],
  )
}

/**
 * Go on behind a page, or (null) be done with all. Resolves to false, and the page must not be written, where another
 * watcher did it, or the source was declared anew. In the transaction of the page, first.
 */
export async function advancePlacing(
  tx: Queryable,
  { id, declaredAt }: { id: number; declaredAt: string },
  after: number,
  to: number | null,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update coro.source set placing_from = $4
      where id = $1 and placing_from = $3 and extract(epoch from declared_at)::text = $2`,
    [id, declaredAt, after, to],
  )
  return (rowCount ?? 0) > 0
}
