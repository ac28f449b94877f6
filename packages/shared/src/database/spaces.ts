import { CoroError } from '../errors.js'
import { inTransaction, type Database, type Queryable } from './open.js'
import { kept } from './pglite/kept-statements.js'
import type { Element } from './vectors.js'

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
  indexWanted: boolean
}

const columns = `id, name, model, variant, dimension, element, window_s as "windowS", hop_s as "hopS", identity, active, wanted,
  index_wanted as "indexWanted"`

export interface SpaceDefinition {
  name: string
  model: string
  modelSha256: string
  variant: 'raw' | 'denoised'
  frontEnd: unknown
  identity: string
  dimension: number
  windowS: number
  hopS: number
  active: boolean
}

/**
 * Find or make the spaces that are to be kept filled; any other space keeps its vectors and gets no new ones.
 * Throws SPACE_MISMATCH.
 */
export async function ensureSpaces(database: Database, definitions: SpaceDefinition[]): Promise<Space[]> {
  const spaces: Space[] = []
  for (const definition of definitions) spaces.push(await ensureSpace(database, definition))
  await database.pool.query('update coro.embedding_space set wanted = (id = any($1::bigint[]))', [
    spaces.map(({ id }) => id),
  ])
  return spaces.map((space) => ({ ...space, wanted: true }))
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
 * Find or make a space. Throws SPACE_MISMATCH where the name stands for another network or front end already: vectors
 * made differently do not compare.
 */
async function ensureSpace(database: Database, space: SpaceDefinition): Promise<Space> {
  return inTransaction(database, async (tx) => {
    // Two services starting at once: one makes the table, the other finds it. 0x53504345 is "SPCE".
    await tx.query('select pg_advisory_xact_lock(1397769029)')
    const found = await findSpace(tx, space.name)
    if (found) {
      if (found.identity !== space.identity) {
        throw new CoroError(
          'SPACE_MISMATCH',
          `The space ${space.name} was made with another network or front end than the configured one. Give the model's ` +
            `manifest another name, so that it gets a space of its own.`,
          { disposition: 'crash' },
        )
      }
      if (space.active && !found.active) await activate(tx, found.id)
      return { ...found, active: space.active }
    }
    if (space.active) await tx.query('update coro.embedding_space set active = false where active')
    const server = database.kind === 'postgres'
    await tx.query('select coro.create_embedding_space($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)', [
      space.name,
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
      space.active,
      server,
    ])
    return (await findSpace(tx, space.name)) as Space
  })
}

async function activate(tx: Queryable, id: number): Promise<void> {
  await tx.query('update coro.embedding_space set active = false where active and id <> $1', [id])
  await tx.query('update coro.embedding_space set active = true where id = $1', [id])
}

async function findSpace(queryable: Queryable, name: string): Promise<Space | null> {
  const { rows } = await queryable.query<Space>(`select ${columns} from coro.embedding_space where name = $1`, [name])
  return rows[0] ?? null
}

export async function listSpaces(queryable: Queryable): Promise<Space[]> {
  const { rows } = await queryable.query<Space>(`select ${columns} from coro.embedding_space order by id`)
  return rows
}

export async function spaceById(queryable: Queryable, id: number): Promise<Space | null> {
  const { rows } = await queryable.query<Space>(`select ${columns} from coro.embedding_space where id = $1`, [id])
  return rows[0] ?? null
}

/**
 * The space that a search names: by its name, by a variant of the active space's model, or the active one.
 * Throws SPACE_UNKNOWN.
 */
export async function chooseSpace(
  queryable: Queryable,
  wish: { space?: string | undefined; variant?: 'raw' | 'denoised' | undefined },
): Promise<Space> {
  const spaces = await listSpaces(queryable)
  const active = spaces.find((space) => space.active)
  const chosen =
    wish.space !== undefined
      ? spaces.find((space) => space.name === wish.space)
      : wish.variant !== undefined
        ? spaces.find((space) => space.model === active?.model && space.variant === wish.variant)
        : active
  if (chosen) return chosen
  const names = spaces.map((space) => space.name).join(', ')
  throw new CoroError(
    'SPACE_UNKNOWN',
    spaces.length === 0
      ? 'There is no embedding space yet: start Coro once (npm start), or ingest some recordings (npm run demo).'
      : `There is no such embedding space; there are: ${names}.`,
    { disposition: 'reject' },
  )
}
