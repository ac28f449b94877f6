import { CoroError } from '../errors.js'
import type { Queryable } from './open.js'
import { spaceChanges } from './space-changes.js'
import { listSpaces, type Space } from './spaces.js'

const recent = new WeakMap<Queryable, { spaces: Space[]; readAtMs: number; change: number }>()
const recentMs = 1000

/** The list, at most a second old, and never older than a change by this process: every search begins with it. */
async function recentSpaces(queryable: Queryable): Promise<Space[]> {
  const known = recent.get(queryable)
  const now = performance.now()
  if (known && known.change === spaceChanges() && now - known.readAtMs < recentMs) return known.spaces
  const change = spaceChanges()
  const spaces = await listSpaces(queryable)
  // One that is not there yet may come any moment.
  if (spaces.length > 0) recent.set(queryable, { spaces, readAtMs: now, change })
  return spaces
}

/**
 * The space that a search names: by its name, by a variant of the active space's model, or the active one.
 * Throws SPACE_UNKNOWN.
 */
export async function chooseSpace(
  queryable: Queryable,
  wish: { space?: string | undefined; variant?: 'raw' | 'denoised' | undefined },
): Promise<Space> {
  const known = find(await recentSpaces(queryable), wish)
  if (known) return known
  // Another process may have made it a moment ago.
  const spaces = await listSpaces(queryable)
  const chosen = find(spaces, wish)
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

function find(
  spaces: Space[],
  { space: name, variant }: { space?: string | undefined; variant?: 'raw' | 'denoised' | undefined },
): Space | undefined {
  if (name !== undefined) return spaces.find((space) => space.name === name)
  const active = spaces.find((space) => space.active)
  return variant === undefined ? active : ofVariant(spaces, active, variant)
}

/** The active model's space of a variant: made with the active one's front end, else the one that is kept filled. */
function ofVariant(spaces: Space[], active: Space | undefined, variant: 'raw' | 'denoised'): Space | undefined {
  const fitting = spaces.filter(
    (space) => space.model === active?.model && space.variant === variant && space.imported === active.imported,
  )
  return (
    fitting.find(({ frontEndId }) => frontEndId === active?.frontEndId) ??
    fitting.find(({ wanted }) => wanted) ??
    fitting.at(-1)
  )
}

/**
 * A model's spaces of one front end, raw first: those beside the active one, else those beside the one that is kept filled,
 * or the newest. Without a model: the active space's. Empty where there are none. Imported spaces have no front end.
 */
export function spacesOfOneFrontEnd(spaces: Space[], model?: string): Space[] {
  const ours = spaces.filter((space) => !space.imported && (model === undefined || space.model === model))
  const base = ours.find(({ active }) => active) ?? ours.findLast(({ wanted }) => wanted) ?? ours.at(-1)
  return (['raw', 'denoised'] as const).flatMap((variant) => {
    const space = ofVariant(spaces, base, variant)
    return space && space.frontEndId === base?.frontEndId ? [space] : []
  })
}
