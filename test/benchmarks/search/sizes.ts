import { buildIndex } from '@coro/shared/database/index-build'
import { searchNeighbours, type SearchMode } from '@coro/shared/database/search'
import { describeSegments } from '@coro/shared/database/describe-segments'
import type { Peers } from './peers.js'
import type { Filled, Store } from './store.js'
import { trueNeighbours, type Vectors } from './synthetic.js'
import { showRatio, showTiming, takeTurns, timed, type Contender, type Timing } from './timing.js'

const k = 10
/** Other engines than numpy and hnswlib take too long to build beyond. */
const peersUpTo = 20_000
/** Below, Coro compares everything and asks no index. */
const indexFrom = 20_000
const wantedRecall = 0.985
const efs = [20, 40, 60, 80, 100, 130, 160, 200, 250, 300, 400, 600, 800, 1000]

export interface SizeOptions {
  rounds: number
  peers: Peers
  /** Whether to build the index and ask it. */
  index: boolean
}

interface Recall {
  mean: number
  least: number
}

/** Ours and the others at one size: times in turns, recall, ratios.  */
export async function measureSize(store: Store, filled: Filled, vectors: Vectors, options: SizeOptions): Promise<void> {
  const { database } = store
  const { space, segmentIds } = filled
  const { peers, rounds, index } = options
  const { queries, n } = vectors
  const truth = queries.map((query) => trueNeighbours(vectors, query, k))
  const places = new Map(segmentIds.map((id, place) => [id, place]))
  const search = (query: Float32Array, mode: SearchMode, ef?: number) =>
    searchNeighbours(database, space, { embedding: query, k, mode, ef, filter: {} })
  const recallOfOurs = async (mode: SearchMode, ef?: number): Promise<Recall> => {
    const found: number[][] = []
    for (const query of queries) {
      const { neighbours } = await search(query, mode, ef)
      found.push(neighbours.map(({ segmentId }) => places.get(segmentId)!))
    }
    return recallOf(found, truth)
  }
  const notes = new Map<string, string>()
  const contenders: Contender[] = [
    { name: 'select 1', ask: () => timed(queries, () => database.pool.query('select 1')) },
    { name: 'exact', ask: () => timed(queries, (query) => search(query, 'exact')) },
  ]
  notes.set('exact', showRecall(await recallOfOurs('exact')))
  const ids = segmentIds.slice(0, k)
  contenders.push({ name: 'describe 10', ask: () => timed(queries, () => describeSegments(database.pool, ids)) })

  const ours =
    index && n >= indexFrom
      ? await chooseEf(
          efs,
          (ef) => recallOfOurs('hnsw', ef),
          () => build(store, filled),
        )
      : null
  if (ours) {
    contenders.push({ name: 'hnsw', ask: () => timed(queries, (query) => search(query, 'hnsw', ours.ef)) })
    contenders.push({ name: 'hnsw 100', ask: () => timed(queries, (query) => search(query, 'hnsw')) })
    notes.set('hnsw', `ef ${ours.ef}, ${showRecall(ours.recall)}`)
    notes.set('hnsw 100', `ef 100 (Coro's default), ${showRecall(await recallOfOurs('hnsw'))}`)
  }
  for (const engine of ['numpy', 'hnswlib', ...(n <= peersUpTo ? [...peers.versions.keys()].filter(isSlow) : [])]) {
    const built = await peers.build(engine)
    if (!built) continue
    const recallAt = async (ef?: number) =>
      recallOf((await peers.ask(engine, queries.length, k, ef === undefined ? {} : { ef })).ids, truth)
    const chosen = engine === 'hnswlib' ? await chooseEf(efs, recallAt) : { ef: undefined, recall: await recallAt() }
    const asked = chosen.ef === undefined ? {} : { ef: chosen.ef }
    contenders.push({ name: engine, ask: async () => (await peers.ask(engine, queries.length, k, asked)).ms })
    const version = `${peers.versions.get(engine)}, built in ${built.seconds.toFixed(1)} s`
    notes.set(engine, `${chosen.ef === undefined ? '' : `ef ${chosen.ef}, `}${showRecall(chosen.recall)}; ${version}`)
  }

  const timings = await takeTurns(contenders, rounds)
  for (const [name, timing] of timings)
    console.log(`  ${name.padEnd(15)}  ${showTiming(timing).padEnd(24)}  ${notes.get(name) ?? ''}`)
  const of = (name: string): Timing | undefined => timings.get(name)
  const tell = (name: string, a: string, b: string, most?: number): void => {
    const [first, second] = [of(a), of(b)]
    if (first && second) console.log(`  ${showRatio(name, first, second, most)}`)
  }
  tell('exact / select 1', 'exact', 'select 1', n <= 1000 ? 6 : undefined)
  tell("exact / vectordb's exact", 'exact', 'vectordb exact', 1)
  tell('exact / numpy', 'exact', 'numpy', n >= 100_000 ? 2.2 : undefined)
  tell('hnsw / hnswlib at the same recall', 'hnsw', 'hnswlib', n >= 100_000 ? 3.5 : undefined)
  tell('hnsw / exact', 'hnsw', 'exact', n >= 100_000 ? 1 / 20 : undefined)
}

const isSlow = (engine: string): boolean => engine !== 'numpy' && engine !== 'hnswlib'

async function build({ database }: Store, { space }: Filled): Promise<void> {
  const began = performance.now()
  await buildIndex(database, space)
  console.log(`  index built in ${((performance.now() - began) / 1000).toFixed(1)} s`)
}

/** The least ef whose mean recall is what is wanted; the greatest where none is. */
async function chooseEf(
  efs: number[],
  recallAt: (ef: number) => Promise<Recall>,
  before: () => Promise<void> = () => Promise.resolve(),
): Promise<{ ef: number; recall: Recall }> {
  await before()
  let last = { ef: 0, recall: { mean: 0, least: 0 } }
  for (const ef of efs) {
    last = { ef, recall: await recallAt(ef) }
    if (last.recall.mean >= wantedRecall) return last
  }
  return last
}

function recallOf(found: number[][], truth: number[][]): Recall {
  const each = truth.map((right, i) => {
    const ours = new Set(found[i])
    return right.filter((place) => ours.has(place)).length / right.length
  })
  return { mean: each.reduce((sum, recall) => sum + recall, 0) / each.length, least: Math.min(...each) }
}

const showRecall = ({ mean, least }: Recall): string => `recall@10 ${mean.toFixed(3)}, least ${least.toFixed(1)}`
