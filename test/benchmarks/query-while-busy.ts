/**
 * How long a searcher waits for a 5 s clip while an hour-long file is being prepared and a backlog of 500 waits, beside
 * the same search on the idle system. `npm run bench -- query-while-busy [--backlog 500] [--minutes 60] [--asks 10]`.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeToneWav } from '@coro/synthetic/tone'
import type { StatusView } from '@coro/api/schemas'
import { clientOf } from '@coro/cli/system/client'
import { scanOnce } from '@coro/cli/system/follow-ingest'
import { allRoles, startSystem } from '@coro/cli/system/start-system'
import { readConfig } from '@coro/shared/config/read-config'
import { createLogger } from '@coro/shared/log/logger'

const { values } = parseArgs({
  options: {
    backlog: { type: 'string', default: '500' },
    minutes: { type: 'string', default: '60' },
    asks: { type: 'string', default: '10' },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'coro-bench-'))
const source = join(folder, 'cards')
mkdirSync(source)
const clip = join(folder, 'clip.wav')
await writeToneWav(clip, { seconds: 5, sampleRateHz: 48_000, frequencyHz: 2500 })
await writeToneWav(join(source, 'a-first.wav'), { seconds: 10, sampleRateHz: 48_000, frequencyHz: 2500 })

const config = readConfig(
  { CORO_SETTLE_S: '0', CORO_HTTP_PORT: '0' },
  { dataDir: join(folder, 'store'), addSources: [source] },
)
const system = await startSystem(config, createLogger({ level: 'silent' }), allRoles)
const client = clientOf(system)
const status = () => client.get<StatusView>('/v1/status')

async function ask(): Promise<number> {
  const form = new FormData()
  form.set('audio', new Blob([new Uint8Array(readFileSync(clip))]), 'clip.wav')
  const began = performance.now()
  await client.postForm('/v1/search', form)
  return performance.now() - began
}
async function asks(): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < Number(values.asks); i++) {
    times.push(await ask())
    await sleep(500)
  }
  return times.sort((a, b) => a - b)
}
const line = (name: string, times: number[]) =>
  console.log(
    `${name.padEnd(6)} median ${times[Math.floor(times.length / 2)]?.toFixed(0)} ms, worst ${times.at(-1)?.toFixed(0)} ms`,
  )

try {
  while (((await status()).recordings['searchable'] ?? 0) < 1) await sleep(200)
  await ask()
  const idle = await asks()
  await writeToneWav(join(source, 'hour.wav'), { seconds: 60 * Number(values.minutes), sampleRateHz: 48_000 })
  for (let i = 0; i < Number(values.backlog); i++) {
    await writeToneWav(join(source, `b-${i}.wav`), { seconds: 20, sampleRateHz: 48_000, frequencyHz: 300 + i })
  }
  await scanOnce(client, undefined)
  while (((await status()).recordings['preparing'] ?? 0) < 1) await sleep(100)
  const busy = await asks()
  const { recordings } = await status()
  line('idle', idle)
  line('busy', busy)
  console.log(`still waiting then: ${recordings['discovered']} recordings, ${recordings['preparing']} in hand`)
} finally {
  await system[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
