import { releaseContent } from '../content.js'
import { settleAccounts } from '../embeddings.js'
import { inTransaction, type Database, type Queryable } from '../open.js'
import { prepareAgain } from '../backlog.js'
import type { Space } from '../spaces.js'

/** Something that the database alone can tell to be wrong, and how it is mended. */
export interface DatabaseCheck {
  code: string
  /** What it means, and what a repair does. */
  sentence: string
  /** Selects `id` and `example` of what is wrong. */
  find: string
  /** Mends some of them; null where only a person can. */
  repair: ((database: Database, ids: number[]) => Promise<void>) | null
}

const each =
  (mend: (tx: Queryable, id: number) => Promise<unknown>) =>
  async (database: Database, ids: number[]): Promise<void> => {
    for (const id of ids) await inTransaction(database, (tx) => mend(tx, id))
  }

/** Account rows of recordings that are prepared, with what is really there. */
const accountsOf = ({ id }: Space) => `
  select a.recording_id, a.embedded, a.silent, a.done_at, r.key, r.state, r.segment_count,
         (select count(*) from coro.segment s join coro.embedding_${id} e on e.segment_id = s.id
           where s.recording_id = r.id) as has_embedded,
         (select count(*) from coro.segment s join coro.silent_segment q on q.segment_id = s.id and q.space_id = ${id}
           where s.recording_id = r.id) as has_silent,
         (select count(*) from coro.segment s where s.recording_id = r.id and s.index is not null
             and not exists (select from coro.embedding_${id} e where e.segment_id = s.id)
             and not exists (select from coro.silent_segment q where q.segment_id = s.id and q.space_id = ${id})
             and not exists (select from coro.deleted_segment d where d.segment_id = s.id)) as owed
    from coro.recording_space a join coro.recording r on r.id = a.recording_id
   where a.space_id = ${id} and r.segment_count is not null and r.state in ('embedding', 'searchable', 'failed')`

/** Recount one recording's account, and let it be embedded where it owes something. */
const recount = (space: Space) =>
  each(async (tx, id) => {
    await tx.query('select from coro.recording where id = $1 for no key update', [id])
    await settleAccounts(tx, [space.id], id)
    await tx.query(
      `update coro.recording r set state = 'embedding', changed_at = now()
        where id = $1 and state = 'searchable' and exists (
              select from coro.recording_space where recording_id = r.id and space_id = $2 and done_at is null)`,
      [id, space.id],
    )
  })

/** Of one space that Coro keeps filled. */
export const spaceChecks = (space: Space): DatabaseCheck[] => [
  {
    code: 'SEGMENT_UNFINISHED',
    sentence: 'segments have neither a vector nor the mark of silence, and nobody knows; they are embedded again',
    find: `select recording_id as id, key || ': ' || owed || ' segments in ${space.name.replaceAll("'", "''")}' as example
             from (${accountsOf(space)}) a where owed > 0 and done_at is not null`,
    repair: recount(space),
  },
  {
    code: 'ACCOUNT_WRONG',
    sentence: 'what a recording is said to have in a space is not what is there; it is counted again',
    find: `select recording_id as id, key || ': ' || embedded || '+' || silent || ' of ' || has_embedded || '+' || has_silent as example
             from (${accountsOf(space)}) a where done_at is not null and owed = 0 and (embedded <> has_embedded or silent <> has_silent)`,
    repair: recount(space),
  },
  {
    code: 'STATE_IMPOSSIBLE',
    sentence: 'recordings are in a state that cannot be; it is set right',
    find: `select recording_id as id, key || ': searchable, and owes ${space.name.replaceAll("'", "''")} segments' as example
             from (${accountsOf(space)}) a
            where state = 'searchable' and done_at is null and owed > 0
              and (select p.active from coro.embedding_space p where p.id = ${space.id})`,
    repair: recount(space),
  },
]

/** Of any space: vectors and marks that belong to nothing. */
export const strayChecks = ({ id, name }: Space): DatabaseCheck[] => [
  {
    code: 'VECTOR_WITHOUT_SEGMENT',
    sentence: 'vectors belong to no segment; they are deleted',
    find: `select e.segment_id as id, 'segment ' || e.segment_id || ' of ${name.replaceAll("'", "''")}' as example
             from coro.embedding_${id} e where not exists (select from coro.segment s where s.id = e.segment_id)`,
    repair: async ({ pool }, ids) => {
      await pool.query(`delete from coro.embedding_${id} where segment_id = any($1::bigint[])`, [ids])
    },
  },
]

/** Of all recordings. */
export const recordingChecks: DatabaseCheck[] = [
  {
    code: 'SEGMENTS_MISSING',
    sentence: 'recordings have fewer or more segments than they were cut into; they are prepared again',
    find: `select r.id, r.key || ': ' || count(s.id) || ' of ' || r.segment_count as example
             from coro.recording r left join coro.segment s on s.recording_id = r.id and s.index is not null
            where r.segment_count is not null and r.state in ('embedding', 'searchable', 'failed')
            group by r.id having count(s.id) <> r.segment_count`,
    repair: each(prepareAgain),
  },
  {
    code: 'STATE_IMPOSSIBLE',
    sentence: 'recordings are in a state that cannot be; it is set right',
    find: `select r.id, r.key || ': ' || r.state || case when r.segment_count is null then ', not prepared' else ', owes no space anything' end
                    as example
             from coro.recording r
            where r.state in ('embedding', 'searchable')
              and (r.segment_count is null
                   or r.state = 'embedding' and r.changed_at < now() - interval '5 minutes'
                      and not exists (select from coro.recording_space a join coro.embedding_space p on p.id = a.space_id
                                       where a.recording_id = r.id and a.done_at is null and p.wanted)
                      and exists (select from coro.recording_space a where a.recording_id = r.id))`,
    repair: each((tx, id) =>
      tx.query(
        `update coro.recording set changed_at = now(), state = case when segment_count is null then 'discovered' else 'searchable' end
          where id = $1 and state in ('embedding', 'searchable')`,
        [id],
      ),
    ),
  },
  {
    code: 'CONTENT_DANGLING',
    sentence:
      'bytes are said to be a recording that does not hold them; they are given up, and their duplicates taken up',
    find: `select c.recording_id as id, r.key || ': ' || r.state as example
             from coro.content c join coro.recording r on r.id = c.recording_id
            where r.sha256 is distinct from c.sha256 or r.state = 'duplicate'`,
    repair: each(releaseContent),
  },
  {
    code: 'CONTENT_MISSING',
    sentence: 'searchable recordings do not own their bytes: a copy would come in twice; they get them',
    find: `select r.id, r.key as example from coro.recording r
            where r.state = 'searchable' and r.sha256 is not null
              and not exists (select from coro.content c where c.sha256 = r.sha256)`,
    repair: async ({ pool }, ids) => {
      await pool.query(
        `insert into coro.content (sha256, recording_id) select distinct on (sha256) sha256, id from coro.recording
          where id = any($1::bigint[]) order by sha256, id on conflict do nothing`,
        [ids],
      )
    },
  },
  {
    code: 'DUPLICATE_LOST',
    sentence:
      'recordings are duplicates of one that does not hold their bytes any more: their sound is in no search; they are taken up',
    find: `select r.id, r.key || ': of recording ' || coalesce(r.duplicate_of::text, '(none)') as example from coro.recording r
            where r.state = 'duplicate'
              and not exists (select from coro.content c join coro.recording o on o.id = c.recording_id
                               where c.recording_id = r.duplicate_of and c.sha256 = r.sha256
                                 and o.state not in ('superseded', 'deleted', 'cancelled'))`,
    repair: each((tx, id) =>
      tx.query(
        `update coro.recording set state = 'discovered', duplicate_of = null, reason_code = null, reason_message = null,
                changed_at = now() where id = $1 and state = 'duplicate'`,
        [id],
      ),
    ),
  },
  {
    code: 'INDEX_INVALID',
    sentence: 'indexes were not built to their end and answer nothing; they are built again',
    find: `select i.indexrelid::bigint as id, c.relname::text as example
             from pg_index i join pg_class c on c.oid = i.indexrelid
            where c.relnamespace = 'coro'::regnamespace and not i.indisvalid
              and not exists (select from pg_stat_progress_create_index p where p.index_relid = i.indexrelid)`,
    repair: async ({ pool }, ids) => {
      for (const id of ids) {
        const { rows } = await pool.query<{ name: string }>('select $1::oid::regclass::text as name', [id])
        if (rows[0]) await pool.query(`reindex index ${rows[0].name}`)
      }
    },
  },
]

export interface Found {
  count: number
  examples: string[]
}

/** How many are wrong, with the first of them. */
export async function countWrong(queryable: Queryable, { find }: DatabaseCheck): Promise<Found> {
  const { rows } = await queryable.query<{ count: number; examples: string[] | null }>(
    `with wrong as materialized (${find})
     select count(*) as count, array(select example from wrong order by id limit 5) as examples from wrong`,
  )
  return { count: rows[0]?.count ?? 0, examples: rows[0]?.examples ?? [] }
}

/** Mend all that a check finds, in batches; resolves to how many. What is found again after its repair is left. */
export async function mendAll(database: Database, { find, repair }: DatabaseCheck): Promise<number> {
  if (!repair) return 0
  let mended = 0
  for (let after = -1; ;) {
    const { rows } = await database.pool.query<{ id: number }>(
      `select id from (${find}) wrong where id > $1 order by id limit 500`,
      [after],
    )
    if (rows.length === 0) return mended
    await repair(
      database,
      rows.map(({ id }) => id),
    )
    mended += rows.length
    after = rows.at(-1)?.id ?? after
  }
}
