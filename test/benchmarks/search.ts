/**
 * npm run bench -- search [--size 623,20000,100000] [--database URL] [--python VENV]... [--rounds 5] [--queries 100]
 *   [--seed 1] [--index] [--graph bits,vectors]
 *
 * Coro's own search (searchNeighbours, ids and similarities only) on clustered synthetic vectors, asked with vectors of
 * recordings that are not stored; beside it `select 1`, and other engines on one thread where a Python has them (python3,
 * or the virtual environments given): numpy, hnswlib, vectordb (the paper's), perch-hoplite. Everyone is asked in turns;
 * printed are the median of the rounds' medians and their range, recall@10 against a comparison in float32, and ratios
 * round by round, beside their bounds. Then filters, inserts and HTTP.
 *
 * The database is made on the server given, or on one in a container of its own, and dropped again; `--database
 * pglite:memory` is the embedded one, and what is taken where Docker does not answer: without an index there, as Coro has
 * it, unless `--index` is given. `--graph` says over what indexes are built, one after the other; filters, inserts and HTTP are
 * measured with the last one.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { spaceById, type Graph } from '@coro/shared/database/spaces'
import { measureFilters } from './search/filters.js'
import { measureHttp } from './search/http.js'
import { measureInserts } from './search/inserts.js'
import { Peers } from './search/peers.js'
import { measureSize } from './search/sizes.js'
import { fill, openStore, startServer } from './search/store.js'
import { drawVectors } from './search/synthetic.js'

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '623,20000,100000' },
    database: { type: 'string' },
    python: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '5' },
    queries: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    index: { type: 'boolean', default: false },
    graph: { type: 'string', default: 'bits,vectors' },
  },
})
const graphs = values.graph.split(',').filter((graph): graph is Graph => graph === 'vectors' || graph === 'bits')
const folder = mkdtempSync(join(tmpdir(), 'coro-search-'))
try {
  await using server = values.database === undefined ? await startServer() : null
  const url = values.database ?? server?.url ?? 'pglite:memory'
  await using peers = await Peers.open(values.python)
  for (const size of values.size.split(',').map(Number)) {
    const vectors = drawVectors(size, Number(values.queries), Number(values.seed))
    await peers.load(vectors, folder)
    await using store = await openStore(url)
    const { rows } = await store.database.pool.query<{ version: string }>('select version()')
    console.log(`${size} vectors, ${rows[0]?.version.split(' ').slice(0, 2).join(' ')} (${store.database.kind}):`)
    let filled = await fill(store, vectors)
    const rounds = Number(values.rounds)
    await measureSize(store, filled, vectors, {
      rounds,
      peers,
      graphs: values.index || store.database.kind === 'postgres' ? graphs : [],
    })
    filled = { ...filled, space: (await spaceById(store.database.pool, filled.space.id)) ?? filled.space }
    await measureHttp(store, filled)
    if (size < 20_000) continue
    await measureFilters(store, filled, vectors, rounds)
    await measureInserts(store, filled)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
