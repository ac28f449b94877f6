import { searchNeighbours } from '@coro/shared/database/search'
import { toBinary } from '@coro/shared/database/vectors'
import { type Filled, type Store } from './store.js'
import { dimension, nearestOf, scoreOf, segmentsPerRecording, type Vectors } from './synthetic.js'
import { showRatio, showTiming, takeTurns, timed } from './timing.js'

const k = 10

interface Filter {
  site: string
  from?: string
  to?: string
}

/** Two recordings at the site of a hundredth, and a segment or two of a third. */
function filtersOf(recordings: number): Filter[] {
  const minutes = (recording: number): number => recording * 10
  const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1) + minute * 60_000).toISOString()
  const first = Math.floor(recordings / 200) * 100 + 1
  return [
    { site: 'tenth' },
    { site: 'hundredth' },
    { site: 'hundredth', from: at(minutes(first)), to: at(minutes(first + 200) + 1 / 8) },
  ]
}

/**
 * Search under filters of 10, 1 and 0.05 %: rows, recall, and time beside one statement by hand that compares the rows
 * which the filter leaves and no others; and beside comparing those rows where their ids are known already.
 */
export async function measureFilters(store: Store, filled: Filled, vectors: Vectors, rounds: number): Promise<void> {
  const { database } = store
  const { space, segmentIds } = filled
  const { queries, n } = vectors
  const places = new Map(segmentIds.map((id, place) => [id, place]))
  const vector = `$1::${space.element}(${space.dimension})`
  const binary = queries.map((query) => toBinary(query, space.element))
  const recordings = Math.ceil(n / segmentsPerRecording)
  for (const filter of filtersOf(recordings)) {
    const { site, from = '-infinity', to = 'infinity' } = filter
    const conditions = `t.name = $3 and r.started_at + make_interval(secs => s.start_s) >= $4
      and r.started_at + make_interval(secs => s.start_s) < $5`
    const joined = `coro.segment s join coro.recording r on r.id = s.recording_id join coro.site t on t.id = r.site_id`
    const { rows } = await database.pool.query<{ id: number }>(
      `select s.id from ${joined} where ${conditions.replaceAll(/\$(\d)/g, (_, digit: string) => `$${Number(digit) - 2}`)}`,
      [site, from, to],
    )
    const left = rows.map(({ id }) => id)
    if (left.length < k) continue
    const ask = (query: Float32Array) =>
      searchNeighbours(database, space, { embedding: query, k, mode: 'auto', filter })
    const byHand = `select e.segment_id, cosine_distance(e.e, ${vector}) as d
      from ${joined} join coro.embedding_${space.id} e on e.segment_id = s.id
      where ${from === '-infinity' ? 't.name = $3 and $4::text is not null and $5::text is not null' : conditions}
      order by d limit $2`
    const known = `select segment_id, cosine_distance(e, ${vector}) as d
      from coro.embedding_${space.id} where segment_id = any($3::bigint[]) order by d limit $2`
    const timings = await takeTurns(
      [
        { name: 'coro', ask: () => timed(queries, ask) },
        {
          name: 'by hand',
          ask: () => timed(queries, (_, i) => database.pool.query(byHand, [binary[i], k, site, from, to])),
        },
        { name: 'known', ask: () => timed(queries, (_, i) => database.pool.query(known, [binary[i], k, left])) },
      ],
      rounds,
    )
    let found = Infinity
    let recall = 0
    let mode = ''
    for (const query of queries) {
      const answer = await ask(query)
      const scores = Float64Array.from(left, (id) => scoreOf(vectors.stored, query, places.get(id)! * dimension))
      const right = new Set(nearestOf(scores, k).map((place) => left[place]!))
      found = Math.min(found, answer.neighbours.length)
      recall += answer.neighbours.filter(({ segmentId }) => right.has(segmentId)).length / k / queries.length
      mode = answer.mode
    }
    const [coro, hand, ids] = [timings.get('coro')!, timings.get('by hand')!, timings.get('known')!]
    console.log(
      `  filter of ${((100 * left.length) / n).toPrecision(2)} %: ${left.length} of ${n} left, ${mode}, ${found} rows, recall@10 ${recall.toFixed(3)}, ${showTiming(coro)}`,
    )
    console.log(`    ${showRatio('against one statement by hand', coro, hand, 1.15)}`)
    console.log(`    ${showRatio('against comparing the same rows by their ids', coro, ids)}`)
  }
}
