import type { Queryable } from './open.js'

/** Which recordings: every condition that is not null must fit. */
export interface RecordingScope {
  sourceId: number | null
  prefix: string | null
  siteId: number | null
  recorderId: number | null
  /** Bounds of the claimed start, [from, to). */
  fromAt: Date | null
  toAt: Date | null
}

/**
 * What is done to the claimed start. With `timeZone`, local times are read again in that zone; else
 * `offsetS + driftSPerDay * (days since referenceAt)` seconds are added.
 */
export interface CorrectionRule {
  offsetS: number | null
  driftSPerDay: number | null
  referenceAt: Date | null
  timeZone: string | null
}

export interface CorrectionDraft extends RecordingScope, CorrectionRule {
  note: string | null
  madeBy: string | null
}

export interface ClockCorrection extends CorrectionDraft {
  id: number
  madeAt: Date
  undoneAt: Date | null
  undoneBy: string | null
}

const columns = `id, source_id as "sourceId", prefix, site_id as "siteId", recorder_id as "recorderId",
  from_at as "fromAt", to_at as "toAt", offset_s as "offsetS", drift_s_per_day as "driftSPerDay",
  reference_at as "referenceAt", time_zone as "timeZone", note, made_by as "madeBy", made_at as "madeAt",
  undone_at as "undoneAt", undone_by as "undoneBy"`

/** Corrections that are not undone, in the order in which they were made. */
export async function activeCorrections(queryable: Queryable): Promise<ClockCorrection[]> {
  const { rows } = await queryable.query<ClockCorrection>(
    `select ${columns} from coro.clock_correction where undone_at is null order by id`,
  )
  return rows
}

/**
 * Let nobody else make or undo a correction until the end of the transaction: two at once would each miss the other.
 * Whoever reads goes on.
 */
export async function lockCorrections(queryable: Queryable): Promise<void> {
  await queryable.query('lock table coro.clock_correction in share row exclusive mode')
}

/** One correction, undone or not; null where there is none with that id. */
export async function findCorrection(queryable: Queryable, id: number): Promise<ClockCorrection | null> {
  const { rows } = await queryable.query<ClockCorrection>(
    `select ${columns} from coro.clock_correction where id = $1`,
    [id],
  )
  return rows[0] ?? null
}

export async function insertCorrection(queryable: Queryable, draft: CorrectionDraft): Promise<ClockCorrection> {
  const { rows } = await queryable.query<ClockCorrection>(
    `insert into coro.clock_correction
       (source_id, prefix, site_id, recorder_id, from_at, to_at, offset_s, drift_s_per_day, reference_at, time_zone,
        note, made_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning ${columns}`,
    [
      draft.sourceId,
      draft.prefix,
      draft.siteId,
      draft.recorderId,
      draft.fromAt,
      draft.toAt,
      draft.offsetS,
      draft.driftSPerDay,
      draft.referenceAt,
      draft.timeZone,
      draft.note,
      draft.madeBy,
    ],
  )
  return rows[0] as ClockCorrection
}

/** Resolves to whether it was in effect until now. */
export async function markUndone(queryable: Queryable, id: number, by: string | null): Promise<boolean> {
  const { rowCount } = await queryable.query(
    'update coro.clock_correction set undone_at = now(), undone_by = $2 where id = $1 and undone_at is null',
    [id, by],
  )
  return (rowCount ?? 0) > 0
}

/** A correction with names instead of ids, and the recordings in which it is in effect. */
export interface CorrectionListing extends Omit<ClockCorrection, 'sourceId' | 'siteId' | 'recorderId'> {
  source: string | null
  site: string | null
  recorder: string | null
  recordings: number
}

/** Corrections in the order in which they were made; those that are undone only where asked for. */
export async function listCorrections(
  queryable: Queryable,
  query: { undone: boolean; id?: number },
): Promise<CorrectionListing[]> {
  const { rows } = await queryable.query<CorrectionListing>(
    `select c.id, o.url as source, c.prefix, t.name as site, r.name as recorder, c.from_at as "fromAt",
            c.to_at as "toAt", c.offset_s as "offsetS", c.drift_s_per_day as "driftSPerDay",
            c.reference_at as "referenceAt", c.time_zone as "timeZone", c.note, c.made_by as "madeBy",
            c.made_at as "madeAt", c.undone_at as "undoneAt", c.undone_by as "undoneBy",
            coalesce(u.n, 0) as recordings
       from coro.clock_correction c
       left join coro.source o on o.id = c.source_id left join coro.site t on t.id = c.site_id
       left join coro.recorder r on r.id = c.recorder_id
       left join (select used.by, count(*) as n from coro.recording, unnest(retimed_by) as used(by) group by 1) u
         on u.by = c.id
      where ($1 or c.undone_at is null) and ($2::bigint is null or c.id = $2) order by c.id`,
    [query.undone, query.id ?? null],
  )
  return rows
}
