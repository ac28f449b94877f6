import { createHash } from 'node:crypto'
import { CoroError } from '../../errors.js'
import { dropIndex, hasIndex } from '../index-build.js'
import { inTransaction, type Database, type Queryable } from '../open.js'
import { listSpaces, type Space } from '../spaces.js'

/** What the user says of a space that is filled from elsewhere. */
export interface ImportedSpaceDefinition {
  name: string
  /** The network's name, as the user calls it; the space's own name, or what it was made with, without. */
  model?: string | undefined
  /** Which of Coro's variants of a recording sounds as what was embedded; `raw`, or what it was made with, without. */
  variant?: 'raw' | 'denoised' | undefined
  dimension: number
  windowS: number
  hopS: number
}

/** Whether an import into the space could begin. Throws SPACE_TAKEN. */
export async function checkImport(queryable: Queryable, definition: ImportedSpaceDefinition): Promise<void> {
  const existing = (await listSpaces(queryable)).find(({ name }) => name === definition.name)
  if (existing) refuseOther(existing, definition)
}

/** From so many new rows on, dropping an index and building it again is cheaper than inserting into it. */
const rebuildFrom = 10_000

/**
 * Find or make an imported space, and mark that an import into it has begun. Where no space is active (nothing was ever
 * embedded here) it becomes the active one. Throws SPACE_TAKEN where the name stands for something else.
 */
export async function beginImport(
  database: Database,
  definition: ImportedSpaceDefinition,
  expectedRows: number,
): Promise<{ space: Space; created: boolean }> {
  const begun = await inTransaction(database, async (tx) => {
    // As ensureSpaces does: two at once make one space.
    await tx.query('select pg_advisory_xact_lock(1397769029)')
    const existing = (await listSpaces(tx)).find(({ name }) => name === definition.name)
    if (existing) refuseOther(existing, definition)
    const id = existing?.id ?? (await createImported(tx, database.kind, definition))
    await tx.query('update coro.embedding_space set import_open = true where id = $1', [id])
    const spaces = await listSpaces(tx)
    if (!spaces.some(({ active }) => active)) await tx.query('select coro.activate_space($1)', [id])
    const space = (await listSpaces(tx)).find((space) => space.id === id) as Space
    return { space, created: !existing }
  })
  const { space } = begun
  // Rows beyond those that are there are new; a second run of the same file brings none.
  const atLeastNew = expectedRows - (await countEmbeddings(database.pool, space))
  if (!space.active && atLeastNew >= rebuildFrom && (await hasIndex(database.pool, space))) {
    await dropIndex(database.pool, space)
  }
  return begun
}

/** How a space differs from what is to go into it: any difference would make its vectors incomparable. */
function refuseOther(space: Space, definition: ImportedSpaceDefinition): void {
  const says = (what: string) =>
    new CoroError('SPACE_TAKEN', `There is a space ${space.name} already, ${what}: give the new one another name.`, {
      disposition: 'reject',
    })
  if (!space.imported) throw says('which Coro fills itself')
  if (space.dimension !== definition.dimension) {
    throw says(`of ${space.dimension} dimensions; these embeddings have ${definition.dimension}`)
  }
  if (definition.model !== undefined && space.model !== definition.model) throw says(`of the model ${space.model}`)
  if (definition.variant !== undefined && space.variant !== definition.variant)
    throw says(`of the variant ${space.variant}`)
}

async function createImported(
  tx: Queryable,
  kind: Database['kind'],
  { name, model = name, variant = 'raw', dimension, windowS, hopS }: ImportedSpaceDefinition,
): Promise<number> {
  // No other space compares with it, whatever its model is called: nobody knows how its samples were prepared.
  const identity = createHash('sha256')
    .update(JSON.stringify(['import', name, model, variant]))
    .digest('hex')
  const { rows } = await tx.query<{ id: number }>(
    `select coro.create_embedding_space($1, $2, 'imported', $3, '{}', $4, $5, $6, $7, $8, false, false) as id`,
    [name, model, variant, identity, dimension, kind === 'postgres' ? 'halfvec' : 'vector', windowS, hopS],
  )
  const id = rows[0]?.id as number
  await tx.query('update coro.embedding_space set imported = true, wanted = false where id = $1', [id])
  return id
}

/**
 * End an import. Resolves to how many vectors the space has, and whether its index is now to be built: on a server where
 * it has none (HNSW takes so many dimensions; beyond, search is exact), on PGlite where one was asked for before.
 */
export async function finishImport(
  database: Database,
  space: Space,
): Promise<{ embeddings: number; indexWanted: boolean }> {
  await database.pool.query(`analyze coro.embedding_${space.id}`)
  const { rows } = await database.pool.query<{ wanted: boolean }>(
    `update coro.embedding_space
        set import_open = false, index_wanted = (index_wanted or $2) and dimension <= coro.hnsw_max_dimension(element)
      where id = $1 returning index_wanted as wanted`,
    [space.id, database.kind === 'postgres'],
  )
  const wanted = rows[0]?.wanted ?? false
  return {
    embeddings: await countEmbeddings(database.pool, space),
    indexWanted: wanted && !(await hasIndex(database.pool, space)),
  }
}

async function countEmbeddings(queryable: Queryable, space: Space): Promise<number> {
  const { rows } = await queryable.query<{ n: number }>(
    'select coalesce(sum(embedded), 0)::bigint as n from coro.recording_space where space_id = $1',
    [space.id],
  )
  return rows[0]?.n ?? 0
}

/** An imported space by name. Throws SPACE_UNKNOWN, SPACE_TAKEN. */
export async function importedSpace(queryable: Queryable, name: string): Promise<Space> {
  const space = (await listSpaces(queryable)).find((space) => space.name === name)
  if (!space) throw new CoroError('SPACE_UNKNOWN', `There is no embedding space ${name}.`, { disposition: 'reject' })
  if (space.imported) return space
  throw new CoroError('SPACE_TAKEN', `Coro fills the space ${name} itself: nothing is imported into it.`, {
    disposition: 'reject',
  })
}
