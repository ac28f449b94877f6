/**
 * npm run bench -- sweep [--objects 40000] [--prefixes 4] [--page-ms 200] [--parallel 4] [--rows 100000] [--pages 200]
 *   [--database URL]
 *
 * How long a sweep of a large bucket takes. The storage is a stand-in that lists `--objects` keys below `--prefixes`
 * folders, 1,000 a page, and takes `--page-ms` for each page, as a bucket does; the sweep, its queries and its checkpoints
 * are Coro's own. It is swept twice: all new, then all known. Printed are pages a second, what a million objects would
 * take at that pace, and the most memory that the process took. Then the database's side of a page alone, beside `--rows`
 * rows of one source: the query that compares a page, and a page of new objects with its checkpoint.
 *
 * The database is a server in a container, `--database` another one; pglite:memory where Docker does not answer.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createPlaceFinder } from '@coro/ingest/watch/place-of-key'
import { createSettling } from '@coro/ingest/watch/settling'
import { sweep, type SweepParts } from '@coro/ingest/watch/sweep'
import { takePage } from '@coro/ingest/watch/take-page'
import { openDatabase, type Database } from '@coro/shared/database/open'
import { saveSource } from '@coro/shared/database/sources'
import { pageDifference } from '@coro/shared/database/watching/page-difference'
import { beginSweep, saveCheckpoint, saveParts } from '@coro/shared/database/watching/sweeps'
import { keyAfter } from '@coro/shared/storage/key-order'
import type { ObjectInfo, ReadableStorage } from '@coro/shared/storage/store'
import { openStore, startServer } from './search/store.js'

const { values } = parseArgs({
  options: {
    objects: { type: 'string', default: '40000' },
    prefixes: { type: 'string', default: '4' },
    'page-ms': { type: 'string', default: '200' },
    parallel: { type: 'string', default: '4' },
    rows: { type: 'string', default: '100000' },
    pages: { type: 'string', default: '200' },
    database: { type: 'string' },
  },
})
const objects = Number(values.objects)
const prefixes = Number(values.prefixes)
const pageMs = Number(values['page-ms'])
const pageSize = 1000
const modifiedAt = new Date('2026-01-10T00:00:00Z')

const keyOf = (prefix: string, i: number) => `${prefix}20260110_${String(i).padStart(8, '0')}.wav`
const infoOf = (key: string): ObjectInfo => ({ key, sizeBytes: 1_000_000, version: '0123456789abcdef', modifiedAt })
const prefixOf = (i: number) => `recorder-${String(i).padStart(2, '0')}/`

/** Keys are made as they are asked for: none is kept. */
const storage: ReadableStorage = {
  url: 's3://bench',
  async *list({ prefix = '', after = '' } = {}) {
    const each = Math.ceil(objects / prefixes)
    let page: ObjectInfo[] = []
    for (let i = 0; i < each; i++) {
      const key = keyOf(prefix, i)
      if (key <= after) continue
      page.push(infoOf(key))
      if (page.length < pageSize) continue
      await sleep(pageMs)
      yield page
      page = []
    }
    await sleep(pageMs)
    if (page.length > 0) yield page
  },
  async folder(prefix) {
    await sleep(pageMs)
    const folders = prefix === '' ? Array.from({ length: prefixes }, (_, i) => prefixOf(i)) : []
    return { objects: [], folders, isComplete: true }
  },
  head: (key) => Promise.resolve(infoOf(key)),
  localFile: () => Promise.reject(new Error('nothing is read')),
}

let peakRss = 0
const measuring = setInterval(() => {
  peakRss = Math.max(peakRss, process.memoryUsage.rss())
}, 50)

async function partsOf(database: Database, url: string): Promise<SweepParts> {
  const source = await saveSource(database, { url, deployments: [], sites: [] })
  return {
    database,
    source,
    storage,
    placeOf: createPlaceFinder(database.pool, source),
    settling: createSettling(0, true),
    onRecordings: () => Promise.resolve(),
    worker: 'bench',
    parallel: Number(values.parallel),
    lastObjects: null,
    signal: new AbortController().signal,
  }
}

async function measureSweeps(database: Database): Promise<void> {
  const parts = await partsOf(database, 's3://bench')
  const pages = Math.ceil(objects / pageSize)
  for (const what of ['all new', 'all known']) {
    const before = process.memoryUsage.rss()
    peakRss = before
    const began = performance.now()
    const result = await sweep(parts)
    const seconds = (performance.now() - began) / 1000
    const perSecond = pages / seconds
    const million = 1_000_000 / pageSize / perSecond / 60
    if (result.objects !== objects) throw new Error(`${result.objects} of ${objects} objects were swept`)
    console.log(
      `${what}: ${objects} objects, ${pages} pages of ${pageMs} ms over ${prefixes} prefixes in ${seconds.toFixed(1)} s: ` +
        `${perSecond.toFixed(1)} pages/s, a million objects in ${million.toFixed(1)} min; ` +
        `memory at most ${mb(peakRss)} MB (${mb(before)} MB before)`,
    )
  }
}

const mb = (bytes: number) => Math.round(bytes / 1e6)

async function measurePages(database: Database): Promise<void> {
  const rows = Number(values.rows)
  const parts = await partsOf(database, 's3://full')
  const { source } = parts
  const began = performance.now()
  await database.pool.query(
    `insert into coro.recording (source_id, key, version, size_bytes, modified_at, state)
     select $1, 'recorder-' || lpad((i % 4)::text, 2, '0') || '/20260110_' || lpad((i / 4)::text, 8, '0') || '.wav',
            '0123456789abcdef', 1000000, now(), 'searchable'
       from generate_series(0, $2::integer - 1) i`,
    [source.id, rows],
  )
  await database.pool.query('vacuum analyze coro.recording')
  console.log(`${rows} rows of one source, written in ${((performance.now() - began) / 1000).toFixed(0)} s:`)
  const { number, startedAt } = await beginSweep(database, source.id)
  const part = { prefix: '', flat: false }
  await saveParts(database.pool, source.id, number, [part])
  const each = Math.floor(rows / 4)
  const compared: number[] = []
  const written: number[] = []
  for (let n = 0; n < Number(values.pages); n++) {
    const first = Math.floor((n * 7919 * pageSize) % Math.max(1, each - pageSize))
    const listed = Array.from({ length: pageSize }, (_, i) => infoOf(keyOf(prefixOf(n % 4), first + i)))
    const range = { from: listed[0]!.key, to: keyAfter(listed.at(-1)!.key) }
    const start = performance.now()
    const differences = await pageDifference(database.pool, source.id, listed, [range], startedAt)
    compared.push(performance.now() - start)
    if (differences.length > 0) throw new Error('a page differs that is the same')
  }
  for (let n = 0; n < Number(values.pages) / 10; n++) {
    const listed = Array.from({ length: pageSize }, (_, i) => infoOf(keyOf('later/', n * pageSize + i)))
    const ranges = [{ from: listed[0]!.key, to: keyAfter(listed.at(-1)!.key) }]
    const start = performance.now()
    await takePage(parts, { objects: listed, ranges, sweep: { number, startedAt } }, (tx, counts) =>
      saveCheckpoint(tx, source.id, number, part, { afterKey: listed.at(-1)!.key, ...counts, done: false }),
    )
    written.push(performance.now() - start)
  }
  console.log(`  comparing a page of ${pageSize} (nothing new): ${spread(compared)}`)
  console.log(`  a page of ${pageSize} new objects (compared, written, checkpoint): ${spread(written)}`)
}

function spread(times: number[]): string {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(1)
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms of ${times.length}`
}

try {
  await using server = values.database === undefined ? await startServer() : null
  const url = values.database ?? server?.url ?? 'pglite:memory'
  await using store = await openStore(url)
  console.log(`database: ${store.database.kind}`)
  // The store has one connection; a watcher has several.
  await using database = store.database.kind === 'postgres' ? await openDatabase(store.url) : null
  const used = database ?? store.database
  await measureSweeps(used)
  await measurePages(used)
} finally {
  clearInterval(measuring)
}
