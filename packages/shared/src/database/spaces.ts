import { inTransaction, type Database, type Queryable } from './open.js'
import { kept } from './pglite/kept-statements.js'
import { noteSpaceChange } from './space-changes.js'
import { storedBytes, type Element } from './vectors.js'

/** An HNSW graph of the vectors, or of the signs of mean-centred vectors (docs/decisions/0010-bits.md). */
export type Graph = 'vectors' | 'bits'

/** An embedding space: which network made the vectors, from which samples. */
export interface Space {
  id: number
  name: string
  model: string
  variant: 'raw' | 'denoised'
  dimension: number
  element: Element
  windowS: number
  hopS: number
  identity: string
  active: boolean
  wanted: boolean
  /** Searches are to use it: it becomes active once it holds what the active one holds. */
  activeWanted: boolean
  indexWanted: boolean
  /** What its index is a graph of. */
  graph: Graph
  /** Made elsewhere: Coro never fills it, and has not its network. */
  imported: boolean
  /** An import has begun and not ended: it holds a part. */
  importOpen: boolean
  /** The front end as JSON; what it means is known to packages/audio. */
  frontEnd: unknown
  /** Of the prepared audio that it is filled from (storage/prepared-keys.ts); null = not wanted since version 0.1.0. */
  frontEndId: string | null
}

const columns = `id, name, model, variant, dimension, element, window_s as "windowS", hop_s as "hopS", identity, active,
  wanted, active_wanted as "activeWanted", index_wanted as "indexWanted", graph, imported, import_open as "importOpen", front_end as "frontEnd",
  front_end_id as "frontEndId"`

export interface SpaceDefinition {
  name: string
  model: string
  modelSha256: string
  variant: 'raw' | 'denoised'
  frontEnd: unknown
  frontEndId: string
  identity: string
  dimension: number
  windowS: number
  hopS: number
  /** Whether searches are to use it. */
  active: boolean
}

/**
 * Find or make the spaces that are to be kept filled; any other space keeps its vectors and gets no new ones. The one
 * that searches are to use becomes active at once where nothing would be lost, else by activateFilled.
 */
export async function ensureSpaces(database: Database, definitions: SpaceDefinition[]): Promise<Space[]> {
  return inTransaction(database, async (tx) => {
    // Two services starting at once: one makes the table, the other finds it. 0x53504345 is "SPCE".
    await tx.query('select pg_advisory_xact_lock(1397769029)')
    const ids: number[] = []
    for (const definition of definitions) ids.push(await ensureSpace(tx, database.kind, definition))
    await tx.query(
      `update coro.embedding_space set wanted = (id = any($1::bigint[])), active_wanted = (id = any($2::bigint[]))`,
      [ids, ids.filter((_, i) => definitions[i]?.active)],
    )
    await activateFilled(tx)
    const spaces = await listSpaces(tx)
    return ids.flatMap((id) => spaces.filter((space) => space.id === id))
  }).finally(() => {
    noteSpaceChange()
  })
}

/** The spaces that every recording owes its segments to. */
export async function wantedSpaces(queryable: Queryable): Promise<Space[]> {
  const { rows } = await queryable.query<Space>(
    `${kept}select ${columns} from coro.embedding_space where wanted = $1 order by id`,
    [true],
  )
  return rows
}

/**
 * Find or make a space by what its vectors are made with; resolves to its id. Vectors made differently do not compare:
 * where the name stands for another network or front end already, the new space's name is told apart by its identity.
 */
async function ensureSpace(tx: Queryable, kind: Database['kind'], space: SpaceDefinition): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    'select id from coro.embedding_space where model = $1 and variant = $2 and identity = $3 order by id limit 1',
    [space.model, space.variant, space.identity],
  )
  const id = rows[0]?.id ?? (await createSpace(tx, kind, space))
  // Of a found one too: the raw variant does not depend on the gate, but is prepared together with the other.
  await tx.query('update coro.embedding_space set front_end = $2, front_end_id = $3 where id = $1', [
    id,
    JSON.stringify(space.frontEnd),
    space.frontEndId,
  ])
  return id
}

async function createSpace(tx: Queryable, kind: Database['kind'], space: SpaceDefinition): Promise<number> {
  const { rowCount } = await tx.query('select from coro.embedding_space where name = $1', [space.name])
  const server = kind === 'postgres'
  // One that fills in the background gets its index when it is full: a build costs a quarter of as many insertions.
  const { rows } = await tx.query<{ id: number }>(
    `select coro.create_embedding_space($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, false,
              $11 and not exists (select from coro.embedding_space where active)) as id`,
    [
      rowCount ? `${space.name}@${space.identity.slice(0, 8)}` : space.name,
      space.model,
      space.modelSha256,
      space.variant,
      JSON.stringify(space.frontEnd),
      space.identity,
      space.dimension,
      // halfvec halves the bytes on a server; in WebAssembly it is slower than vector.
      server ? 'halfvec' : 'vector',
      space.windowS,
      space.hopS,
      server,
    ],
  )
  const id = rows[0]?.id as number
  if (server) {
    await tx.query(
      'update coro.embedding_space set index_wanted = true where id = $1 and dimension <= coro.hnsw_max_dimension(element)',
      [id],
    )
  }
  return id
}

/** Whether a space holds more vectors than a search compares one by one where it may choose. */
export async function isLarge(queryable: Queryable, space: Space): Promise<boolean> {
  const { rows } = await queryable.query<{ large: boolean }>(
    'select coro.table_rows_about($1::regclass, $2) > coro.exact_up_to() as large',
    [`coro.embedding_${space.id}`, storedBytes(space)],
  )
  return rows[0]?.large ?? false
}

/**
 * Wanted spaces that lack the index that they are to have and are as good as full: what came in last may be open.
 */
export async function spacesToIndex(queryable: Queryable): Promise<Space[]> {
  const { rows } = await queryable.query<Space>(
    `select ${columns} from coro.embedding_space p
      where wanted and index_wanted
        and not coalesce((select indisvalid from pg_index
                           where indexrelid = to_regclass(format('coro.embedding_%s_hnsw', p.id))), false)
        and (select count(*) filter (where a.done_at is null and r.state in ('embedding', 'searchable', 'failed'))
                    <= greatest(50, count(*) / 100)
               from coro.recording_space a join coro.recording r on r.id = a.recording_id where a.space_id = p.id)
      order by id`,
  )
  return rows
}

/**
 * Hand searches over to the space that is to have them, once every recording that the active one answers with is
 * complete in it and the index that it is to have is built; what has meanwhile been set aside, or has no sound here, does not
 * hold it up. The views of the active space are renewed in the same transaction. Resolves to the name of the newly active one.
 */
export async function activateFilled(tx: Queryable): Promise<string | null> {
  const wish = await tx.query<{ id: number; name: string }>(
    `select id, name from coro.embedding_space p
      where active_wanted and not active
        and (not index_wanted
             or coalesce((select indisvalid from pg_index
                           where indexrelid = to_regclass(format('coro.embedding_%s_hnsw', p.id))), false)
             or not exists (select from coro.embedding_space where active))`,
  )
  const next = wish.rows[0]
  if (!next) return null
  const { rowCount } = await tx.query(
    `select from coro.recording_space a join coro.embedding_space p on p.id = a.space_id and p.active
       join coro.recording r on r.id = a.recording_id
      where a.embedded + a.silent > 0
        and r.state not in ('quarantined', 'duplicate', 'superseded', 'imported', 'deleted', 'cancelled')
        and not exists (select from coro.recording_space b
                         where b.recording_id = a.recording_id and b.space_id = $1 and b.done_at is not null)
      limit 1`,
    [next.id],
  )
  if (rowCount) return null
  await tx.query('select coro.activate_space($1)', [next.id])
  noteSpaceChange()
  return next.name
}

export async function listSpaces(queryable: Queryable): Promise<Space[]> {
  const { rows } = await queryable.query<Space>(`select ${columns} from coro.embedding_space order by id`)
  return rows
}

export async function spaceById(queryable: Queryable, id: number): Promise<Space | null> {
  const { rows } = await queryable.query<Space>(`select ${columns} from coro.embedding_space where id = $1`, [id])
  return rows[0] ?? null
}
