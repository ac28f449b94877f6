/**
 * npm run bench -- dispatch [--database postgres://...] [--queue redis://...] [--recordings N] [--sources 20] [--rounds 200]
 *
 * What it costs to fill the queues from a long backlog: recordings that wait to be prepared (and a tenth as many to be
 * embedded) are written by SQL, then one look of the dispatcher is timed in its parts, with a full window in flight.
 * Without servers: PGlite in memory, 100,000 recordings; on Postgres a million. The database must be an empty one, or one
 * that this benchmark has filled.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { dispatch } from '@coro/ingest/dispatch/dispatcher'
import { readConfig } from '@coro/shared/config/read-config'
import { backlogBySource, nextToEmbed, nextToPrepare } from '@coro/shared/database/dispatch'
import { migrate } from '@coro/shared/database/migrate'
import { openDatabase, type Database } from '@coro/shared/database/open'
import { ensureSpaces } from '@coro/shared/database/spaces'
import { whyFacts } from '@coro/shared/database/why'
import { createLogger } from '@coro/shared/log/logger'
import { openPlatform } from '@coro/shared/process/platform'

const { values } = parseArgs({
  options: {
    database: { type: 'string' },
    queue: { type: 'string' },
    recordings: { type: 'string' },
    sources: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '200' },
  },
})
const recordings = Number(values.recordings ?? (values.database === undefined ? 100_000 : 1_000_000))
const rounds = Number(values.rounds)
const folder = mkdtempSync(join(tmpdir(), 'coro-bench-'))
const window = 64

/** Recordings of three years at random over the sources, each tenth prepared, each with an account. */
async function fill({ pool }: Database): Promise<{ model: string }> {
  const { rowCount } = await pool.query('select from coro.recording limit 1')
  if (rowCount) return { model: 'bench' }
  const [space] = await ensureSpaces({ kind: 'postgres', pool } as Database, [
    {
      name: 'bench/denoised',
      model: 'bench',
      modelSha256: '0'.repeat(64),
      variant: 'denoised',
      frontEnd: {},
      frontEndId: 'f00000000000',
      identity: '0'.repeat(64),
      dimension: 8,
      windowS: 5,
      hopS: 5,
      active: true,
    },
  ])
  await pool.query(
    `insert into coro.source (url) select 'file:///bench/' || n from generate_series(1, $1::integer) n`,
    [Number(values.sources)],
  )
  const batch = 50_000
  for (let from = 0; from < recordings; from += batch) {
    await pool.query(
      `insert into coro.recording (source_id, key, version, size_bytes, modified_at, named_at, discovered_at, state, segment_count, front_end_id)
       select 1 + n % $3, 'A1/' || to_char(at, 'YYYYMMDD_HH24MISS') || '_' || n || '.WAV', 'v', 1000, now(), at,
              now() - interval '3 days', case when n % 10 = 0 then 'embedding' else 'discovered' end,
              case when n % 10 = 0 then 12 end, case when n % 10 = 0 then 'f00000000000' end
         from (select n, now() - interval '1 day' - make_interval(secs => ((n::bigint * 7919) % 94608000)::double precision) as at
                 from generate_series($1::integer, $2::integer) n) rows`,
      [from, Math.min(recordings, from + batch) - 1, Number(values.sources)],
    )
  }
  await pool.query(
    `insert into coro.recording_space (recording_id, space_id) select id, $1 from coro.recording where state = 'embedding'`,
    [space?.id],
  )
  await pool.query('analyze')
  return { model: 'bench' }
}

async function time(name: string, n: number, run: (round: number) => Promise<unknown>): Promise<void> {
  for (let warm = 0; warm < 3; warm++) await run(warm)
  const times: number[] = []
  for (let round = 0; round < n; round++) {
    const began = performance.now()
    await run(round)
    times.push(performance.now() - began)
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => (times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0).toFixed(2)
  console.log(`${name.padEnd(46)} p50 ${at(0.5).padStart(8)} ms   p95 ${at(0.95).padStart(8)} ms   (${n})`)
}

const url = values.database ?? 'pglite:memory'
if (values.database !== undefined) {
  const database = await openDatabase(url)
  await migrate(database)
  await database[Symbol.asyncDispose]()
}
const platform = await openPlatform(
  readConfig({
    CORO_DATABASE_URL: url,
    ...(values.database === undefined ? {} : { CORO_QUEUE_URL: values.queue ?? 'redis://127.0.0.1:6379/0' }),
    CORO_DATA: folder,
  }),
  createLogger({ level: 'silent' }),
)
try {
  const { pool } = platform.database
  const began = performance.now()
  const { model } = await fill(platform.database)
  console.log(
    `${recordings} recordings of ${values.sources} sources on ${platform.database.kind}, written in ${((performance.now() - began) / 1000).toFixed(0)} s`,
  )
  const options = { limit: window, newWithinS: 86_400 }
  const inFlight = (await nextToPrepare(pool, { ...options, inFlight: [] })).map(({ id }) => id)
  const embedding = (await nextToEmbed(pool, { ...options, inFlight: [], model })).map(({ id }) => id)
  const one = { ...options, limit: 1 }
  await time(`select 1`, rounds, () => pool.query('select 1'))
  await time(`next ${window} to prepare, none in flight`, rounds, () =>
    nextToPrepare(pool, { ...options, inFlight: [] }),
  )
  await time(`next 1 to prepare, ${window} in flight`, rounds, () => nextToPrepare(pool, { ...one, inFlight }))
  await time(`next ${window} to embed, none in flight`, rounds, () =>
    nextToEmbed(pool, { ...options, inFlight: [], model }),
  )
  await time(`next 1 to embed, ${window} in flight`, rounds, () =>
    nextToEmbed(pool, { ...one, inFlight: embedding, model }),
  )
  const background = () => Promise.resolve(0)
  const windows = { prepare: window, embed: window }
  await time(`one look, queues full`, rounds, () => dispatch(platform, windows, background))
  let round = 0
  // Each time four jobs more may wait, as if four had been taken.
  await time(`one look that gives out 4 to prepare`, Math.min(rounds, 200), () => {
    round += 4
    return dispatch(platform, { prepare: window + round, embed: window }, background)
  })
  const waits = inFlight[window - 1] as number
  await time(`the facts of coro why, of one that waits`, Math.min(20, rounds), () => whyFacts(pool, waits))
  await time(`the backlog counted, by source`, 3, () => backlogBySource(pool))
} finally {
  await platform[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
}
