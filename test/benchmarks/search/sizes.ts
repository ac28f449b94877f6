import { buildIndex } from '@coro/shared/database/index-build'
import { searchNeighbours, type SearchMode } from '@coro/shared/database/search'
import { describeSegments } from '@coro/shared/database/describe-segments'
import { spaceById, type Graph } from '@coro/shared/database/spaces'
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
const efs = [20, 30, 40, 50, 60, 70, 80, 90, 100, 120, 140, 160, 200, 250, 300, 400, 600, 800, 1000]

export interface SizeOptions {
  rounds: number
  peers: Peers
  /** Indexes to build and ask, one after the other; the last one stays. */
  graphs: Graph[]
}

interface Recall {
  mean: number
  least: number
}

/** What one size is measured with. */
interface Size extends SizeOptions {
  store: Store
  filled: Filled
  vectors: Vectors
  /** Places of the true neighbours, for each query. */
  truth: number[][]
  notes: Map<string, string>
}

/** Ours and the others at one size: times in turns, recall, ratios.  */
export async function measureSize(store: Store, filled: Filled, vectors: Vectors, options: SizeOptions): Promise<void> {
  const truth = vectors.queries.map((query) => trueNeighbours(vectors, query, k))
  const size: Size = { ...options, store, filled, vectors, truth, notes: new Map() }
  const contenders = [...(await withoutIndex(size)), ...(await others(size))]
  const [first, ...further] = vectors.n >= indexFrom ? options.graphs : []
  compare(size, await takeTurns([...contenders, ...(first ? await byIndex(size, first) : [])], options.rounds))
  const again = contenders.filter(({ name }) => ['select 1', 'exact', 'hnswlib'].includes(name))
  for (const graph of further)
    compare(size, await takeTurns([...again, ...(await byIndex(size, graph))], options.rounds))
}

async function withoutIndex(size: Size): Promise<Contender[]> {
  const { store, filled, vectors, notes } = size
  const { pool } = store.database
  const ids = filled.segmentIds.slice(0, k)
  const exact = await searcher(size)
  notes.set('exact', showRecall(await recallOf(exact, size)))
  return [
    { name: 'select 1', ask: () => timed(vectors.queries, () => pool.query('select 1')) },
    { name: 'exact', ask: () => timed(vectors.queries, (query) => exact(query)) },
    { name: 'describe 10', ask: () => timed(vectors.queries, () => describeSegments(pool, ids)) },
  ]
}

/** Build an index, and ask it with the least ef that has the recall, and as Coro does by itself. */
async function byIndex(size: Size, graph: Graph): Promise<Contender[]> {
  const { store, filled, vectors, notes } = size
  const began = performance.now()
  await buildIndex(store.database, filled.space, graph)
  console.log(`  index over ${graph} built in ${((performance.now() - began) / 1000).toFixed(1)} s`)
  const search = await searcher(size, 'hnsw')
  const chosen = await chooseEf((ef) => recallOf((query) => search(query, ef), size))
  const own = await recallOf((query) => search(query), size)
  notes.set(`hnsw ${graph}`, `ef ${chosen.ef}, ${showRecall(chosen.recall)}`)
  notes.set(`${graph} 100`, `ef 100 (Coro's default), ${showRecall(own)}`)
  return [
    { name: `hnsw ${graph}`, ask: () => timed(vectors.queries, (query) => search(query, chosen.ef)) },
    { name: `${graph} 100`, ask: () => timed(vectors.queries, (query) => search(query)) },
  ]
}

/** Places of what a search finds. */
type Search = (query: Float32Array, ef?: number) => Promise<number[]>

async function searcher({ store: { database }, filled }: Size, mode: SearchMode = 'exact'): Promise<Search> {
  const space = (await spaceById(database.pool, filled.space.id)) ?? filled.space
  const places = new Map(filled.segmentIds.map((id, place) => [id, place]))
  return async (query, ef) => {
    const { neighbours } = await searchNeighbours(database, space, { embedding: query, k, mode, ef, filter: {} })
    return neighbours.map(({ segmentId }) => places.get(segmentId)!)
  }
}

/** Other engines, built. */
async function others(size: Size): Promise<Contender[]> {
  const { peers, vectors, truth, notes } = size
  const count = vectors.queries.length
  const slow = vectors.n <= peersUpTo ? [...peers.versions.keys()].filter(isSlow) : []
  const contenders: Contender[] = []
  for (const engine of ['numpy', 'hnswlib', ...slow]) {
    const built = await peers.build(engine)
    if (!built) continue
    const recallAt = async (ef?: number) =>
      recallOfFound((await peers.ask(engine, count, k, ef === undefined ? {} : { ef })).ids, truth)
    const chosen = engine === 'hnswlib' ? await chooseEf(recallAt) : { ef: undefined, recall: await recallAt() }
    const asked = chosen.ef === undefined ? {} : { ef: chosen.ef }
    contenders.push({ name: engine, ask: async () => (await peers.ask(engine, count, k, asked)).ms })
    const version = `${peers.versions.get(engine)}, built in ${built.seconds.toFixed(1)} s`
    notes.set(engine, `${chosen.ef === undefined ? '' : `ef ${chosen.ef}, `}${showRecall(chosen.recall)}; ${version}`)
  }
  return contenders
}

/** Print times and ratios. */
function compare({ notes, vectors: { n } }: Size, timings: Map<string, Timing>): void {
  for (const [name, timing] of timings)
    console.log(`  ${name.padEnd(15)}  ${showTiming(timing).padEnd(24)}  ${notes.get(name) ?? ''}`)
  const tell = (name: string, a: string, b: string, most?: number): void => {
    const [first, second] = [timings.get(a), timings.get(b)]
    if (first && second) console.log(`  ${showRatio(name, first, second, most)}`)
  }
  tell('exact / select 1', 'exact', 'select 1', n <= 1000 ? 6 : undefined)
  tell("exact / vectordb's exact", 'exact', 'vectordb exact', 1)
  tell('exact / numpy', 'exact', 'numpy', n >= 100_000 ? 2.2 : undefined)
  for (const graph of ['vectors', 'bits']) {
    const name = `hnsw ${graph}`
    tell(`${name} / hnswlib at the same recall`, name, 'hnswlib', n >= 100_000 ? 3.5 : undefined)
    tell(`${name} / exact`, name, 'exact', n >= 100_000 ? 1 / 20 : undefined)
  }
}

const isSlow = (engine: string): boolean => engine !== 'numpy' && engine !== 'hnswlib'

/** The least ef whose mean recall is what is wanted; the greatest where none is. */
async function chooseEf(recallAt: (ef: number) => Promise<Recall>): Promise<{ ef: number; recall: Recall }> {
  let last = { ef: 0, recall: { mean: 0, least: 0 } }
  for (const ef of efs) {
    last = { ef, recall: await recallAt(ef) }
    if (last.recall.mean >= wantedRecall) return last
  }
  return last
}

async function recallOf(search: Search, { vectors, truth }: Size): Promise<Recall> {
  const found: number[][] = []
  for (const query of vectors.queries) found.push(await search(query))
  return recallOfFound(found, truth)
}

function recallOfFound(found: number[][], truth: number[][]): Recall {
  const each = truth.map((right, i) => {
    const ours = new Set(found[i])
    return right.filter((place) => ours.has(place)).length / right.length
  })
  return { mean: each.reduce((sum, recall) => sum + recall, 0) / each.length, least: Math.min(...each) }
}

const showRecall = ({ mean, least }: Recall): string => `recall@10 ${mean.toFixed(3)}, least ${least.toFixed(1)}`
