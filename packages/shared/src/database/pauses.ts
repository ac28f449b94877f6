import type { Queryable } from './open.js'

export type PausableStage = 'prepare' | 'embed'

export interface Pause {
  /** Address of a source; null = all of them. */
  source: string | null
  /** null = every stage. */
  stage: PausableStage | null
  reason: string | null
  pausedBy: string | null
  pausedAt: Date
}

/** What is paused, the oldest first. */
export async function listPauses(queryable: Queryable): Promise<Pause[]> {
  const { rows } = await queryable.query<Pause>(
    `select s.url as source, p.stage, p.reason, p.paused_by as "pausedBy", p.paused_at as "pausedAt"
       from coro.pause p left join coro.source s on s.id = p.source_id order by p.id`,
  )
  return rows
}

export interface PauseChoice {
  sourceId: number | null
  stage: PausableStage | null
}

/** Pause a source, a stage, a stage of a source, or (neither) all work. What is paused already stays as it is. */
export async function pause(
  queryable: Queryable,
  { sourceId, stage, reason, by }: PauseChoice & { reason: string | null; by: string | null },
): Promise<boolean> {
  const { rowCount } = await queryable.query(
    `insert into coro.pause (source_id, stage, reason, paused_by) values ($1, $2, $3, $4)
     on conflict (source_id, stage) do nothing`,
    [sourceId, stage, reason, by],
  )
  return (rowCount ?? 0) > 0
}

/**
 * End pauses: exactly the one of this source and this stage; without a stage all of the source, without either all that
 * there are. Resolves to how many.
 */
export async function resume(queryable: Queryable, { sourceId, stage }: PauseChoice): Promise<number> {
  const { rowCount } = await queryable.query(
    `delete from coro.pause
      where ($1::bigint is null or source_id = $1) and ($2::text is null or stage = $2)
        and ($2::text is null or $1::bigint is not null or source_id is null)`,
    [sourceId, stage],
  )
  return rowCount ?? 0
}
