import type { Database } from '@coro/shared/database/open'
import { randomNumbers } from './database.fixture.js'
import { passes } from './filter-oracle.fixture.js'
import { dice, makeWorld, randomFilter } from './filter-world.fixture.js'
import { searchNeighbours } from './search.js'
import { normaliseL2 } from './vectors.js'

/**
 * Ask `count` random filters of a random world in SQL and of the search, and compare both with the same filter in
 * TypeScript. Resolves to what differed (empty), and how many answers there were of each kind.
 */
export async function compareFilters(
  database: Database,
  seed: number,
  { recordings, count }: { recordings: number; count: number },
): Promise<{ differences: string[]; in: number; out: number; unclear: number }> {
  const world = await makeWorld(database, seed, recordings)
  const roll = dice(seed + 1)
  const ours = new Set(world.subjects.map(({ segmentId }) => segmentId))
  const result = { differences: [] as string[], in: 0, out: 0, unclear: 0 }
  for (let n = 0; n < count; n++) {
    const filter = randomFilter(world, roll)
    const { rows } = await database.pool.query<{ id: number }>(
      'select segment_id as id from coro.matching_segments($1::jsonb)',
      [JSON.stringify(filter)],
    )
    const inSql = new Set(rows.map(({ id }) => id).filter((id) => ours.has(id)))
    const embedding = normaliseL2(randomNumbers(n + 1, world.space.dimension))
    const answer = await searchNeighbours(database, world.space, { embedding, k: 1000, mode: 'exact', filter })
    const inSearch = new Set(answer.neighbours.map(({ segmentId }) => segmentId))
    if (answer.candidates !== answer.neighbours.length) {
      result.differences.push(`${JSON.stringify(filter)}: ${answer.candidates} candidates, ${inSearch.size} found`)
    }
    for (const subject of world.subjects) {
      const expected = passes(subject, filter)
      if (expected === null) result.unclear++
      else if (expected) result.in++
      else result.out++
      for (const [where, found] of [
        ['SQL', inSql],
        ['search', inSearch],
      ] as const) {
        if (expected === null || found.has(subject.segmentId) === expected) continue
        const at = subject.startedAt && new Date(subject.startedAt.getTime() + subject.startS * 1000).toISOString()
        result.differences.push(
          `${JSON.stringify(filter)} in ${where}: ${expected ? 'lacks' : 'has'} ${JSON.stringify({ ...subject, at })}`,
        )
      }
    }
  }
  return result
}
