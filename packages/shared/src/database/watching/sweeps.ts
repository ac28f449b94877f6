import { inTransaction, type Database, type Queryable } from '../open.js'

/** What of a source is listed in one go: all below a prefix, or only what lies directly below it. */
export interface SweepPart {
  prefix: string
  flat: boolean
}

export interface OpenPart extends SweepPart {
  /** Last key of the last committed page; empty before the first. */
  afterKey: string
}

export interface OpenSweep {
  number: number
  startedAt: Date
  /** Parts that are not at their end; null where the sweep is new and nobody has divided it yet. */
  parts: OpenPart[] | null
}

/** What was listed longer ago says too little about what is there now: such a sweep begins anew. */
const resumableFor = '1 hour'

/** Begin a sweep of a source, or go on with the one that was cut off. */
export async function beginSweep(database: Database, sourceId: number): Promise<OpenSweep> {
  return inTransaction(database, async (tx) => {
    const { rows } = await tx.query<{ number: number; startedAt: Date | null; isFresh: boolean; parts: number }>(
      `select s.sweep_number as number, s.sweep_started_at as "startedAt",
              coalesce((select max(p.committed_at) from coro.sweep_part p where p.source_id = s.id), s.sweep_started_at)
                > now() - interval '${resumableFor}' as "isFresh",
              (select count(*) from coro.sweep_part p where p.source_id = s.id and p.sweep = s.sweep_number) as parts
         from coro.source s where s.id = $1 for no key update`,
      [sourceId],
    )
    const open = rows[0]
    if (open?.startedAt && open.isFresh) {
      const parts = open.parts === 0 ? null : await openParts(tx, sourceId)
      return { number: open.number, startedAt: open.startedAt, parts }
    }
    await tx.query('delete from coro.sweep_part where source_id = $1', [sourceId])
    const begun = await tx.query<{ number: number; startedAt: Date }>(
      `update coro.source set sweep_number = sweep_number + 1, sweep_started_at = clock_timestamp() where id = $1
       returning sweep_number as number, sweep_started_at as "startedAt"`,
      [sourceId],
    )
    return { ...(begun.rows[0] as { number: number; startedAt: Date }), parts: null }
  })
}

async function openParts(tx: Queryable, sourceId: number): Promise<OpenPart[]> {
  const { rows } = await tx.query<OpenPart>(
    `select prefix, flat, after_key as "afterKey" from coro.sweep_part where source_id = $1 and not done
      order by flat desc, prefix collate "C"`,
    [sourceId],
  )
  return rows
}

/** Write down how a sweep is divided. Where another watcher divides the same sweep, both divisions cover all of it. */
export async function saveParts(queryable: Queryable, sourceId: number, sweep: number, parts: SweepPart[]) {
  await queryable.query(
    `insert into coro.sweep_part (source_id, sweep, prefix, flat)
     select $1, $2, * from unnest($3::text[], $4::boolean[]) on conflict do nothing`,
    [sourceId, sweep, parts.map(({ prefix }) => prefix), parts.map(({ flat }) => flat)],
  )
}

/** Where a sweep has come to in one of its parts: in the transaction that writes the page. */
export async function saveCheckpoint(
  queryable: Queryable,
  sourceId: number,
  sweep: number,
  { prefix, flat }: SweepPart,
  page: { afterKey: string; objects: number; passedOver: number; done: boolean },
): Promise<void> {
  await queryable.query(
    `update coro.sweep_part
        set after_key = greatest(after_key collate "C", $5), objects = objects + $6, passed_over = passed_over + $7,
            done = done or $8, committed_at = now()
      where source_id = $1 and sweep = $2 and prefix = $3 and flat = $4`,
    [sourceId, sweep, prefix, flat, page.afterKey, page.objects, page.passedOver, page.done],
  )
}
