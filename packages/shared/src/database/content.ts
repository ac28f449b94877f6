import { CoroError } from '../errors.js'
import { inTransaction, type Database, type Queryable } from './open.js'
import { joinImported } from './import/join-imported.js'
import { kept } from './pglite/kept-statements.js'
import { takeOver } from './watching/take-over.js'

/**
 * Write down the sha256 of a recording's original bytes and claim this content for it, giving up any other. Resolves to
 * the recording that owns it (with the embeddings that were imported for these bytes): this one, or an earlier one with the same bytes. Decided by the primary key, so two at
 * once cannot both win.
 */
export async function claimContent(queryable: Queryable, sha256: Buffer, id: number): Promise<number> {
  const { rows } = await queryable.query<{ owner: number; given_up: number; imported: number[] }>(
    `${kept}with hashed as (update coro.recording set sha256 = $1 where id = $2),
       given_up as (delete from coro.content where recording_id = $2 and sha256 <> $1 returning 1)
     insert into coro.content as c (sha256, recording_id) values ($1, $2)
     on conflict (sha256) do update set recording_id = c.recording_id
     returning recording_id as owner, (select count(*) from given_up) as given_up,
       array(select id from coro.recording where state = 'imported' and imported_sha256 = $1 and id <> $2) as imported`,
    [sha256, id],
  )
  const { owner = id, given_up: givenUp = 0, imported = [] } = rows[0] ?? {}
  if (givenUp > 0) await takeUpDuplicates(queryable, id, sha256)
  // Embeddings of these bytes came in before the file did, under another name.
  for (const from of imported) await joinImported(queryable, from, owner)
  return owner
}

/** The sha256 of a recording's original bytes. */
export async function saveHash(queryable: Queryable, id: number, sha256: Buffer): Promise<void> {
  await queryable.query('update coro.recording set sha256 = $2 where id = $1', [id, sha256])
}

/** Give up every content: the bytes have changed, or could not be used. */
export async function releaseContent(queryable: Queryable, id: number): Promise<void> {
  const { rowCount } = await queryable.query('delete from coro.content where recording_id = $1', [id])
  if (rowCount) await takeUpDuplicates(queryable, id)
}

/**
 * Recordings that were set aside as duplicates of contents that `id` gave up (all but `keep`), or does not stand for any
 * more, are taken up themselves, or the sound that only they still hold would be lost to every search.
 */
export async function takeUpDuplicates(queryable: Queryable, id: number, keep: Buffer | null = null): Promise<void> {
  await queryable.query(
    `update coro.recording
        set state = 'discovered', duplicate_of = null, reason_code = null, reason_message = null, changed_at = now()
      where duplicate_of = $1 and state = 'duplicate' and ($2::bytea is null or sha256 is distinct from $2)`,
    [id, keep],
  )
}

/**
 * What a file that repeats another recording's bytes comes to. Where the other one's object has gone, it takes this one's
 * place: the file has `moved`, or is a newer version of its own key with the `same bytes`; else this one is its `duplicate`.
 * Decided under the other's lock, so that none is left behind that nobody takes up. Throws RECORDING_CHANGED where the other
 * one was cancelled since it was asked for (give-way.ts).
 */
export async function yieldOrRepeat(
  database: Database,
  id: number,
  owner: number,
  worker: string,
): Promise<'moved' | 'same bytes' | 'duplicate'> {
  return inTransaction(database, async (tx) => {
    const { rows } = await tx.query<{ state: string }>(
      'select state from coro.recording where id = $1 for no key update',
      [owner],
    )
    const { state } = rows[0] ?? {}
    if (state === 'cancelled') {
      throw new CoroError(
        'RECORDING_CHANGED',
        `recording ${owner}, which has the same bytes, was cancelled meanwhile`,
        {
          disposition: 'wait',
        },
      )
    }
    const taken = state === 'deleted' || state === 'superseded' ? await takeOver(tx, owner, id, worker) : null
    if (taken !== null) return taken
    await markDuplicate(tx, id, owner)
    return 'duplicate'
  })
}

export async function markDuplicate(queryable: Queryable, id: number, owner: number): Promise<void> {
  await queryable.query(
    `update coro.recording
        set state = 'duplicate', duplicate_of = $2, reason_code = 'DUPLICATE', reason_message = $3, changed_at = now()
      where id = $1 and state not in ('superseded', 'deleted', 'cancelled')`,
    [id, owner, `the same bytes as recording ${owner}`],
  )
}
