/**
 * A page of 50 spectrogram pictures, asked for at once over HTTP, beside the same page of WAV files; and how long
 * /healthz takes meanwhile. `npm run bench -- spectrogram [--rounds 7]`. Medians of rounds in turns, caches unused.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { StatusView } from '@coro/api/schemas'
import { scanOnce } from '@coro/cli/system/follow-ingest'
import { clientOf } from '@coro/cli/system/client'
import { startSystem } from '@coro/cli/system/start-system'
import { readConfig } from '@coro/shared/config/read-config'
import { createLogger } from '@coro/shared/log/logger'
import { writeToneWav } from '@coro/synthetic/tone'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } })
const folder = mkdtempSync(join(tmpdir(), 'coro-bench-'))
const source = join(folder, 'cards')
mkdirSync(source)
await writeToneWav(join(source, 'a.wav'), { seconds: 250, sampleRateHz: 48_000, frequencyHz: 2500 })
const config = readConfig(
  { CORO_SETTLE_S: '0', CORO_HTTP_PORT: '0' },
  { dataDir: join(folder, 'store'), addSources: [source] },
)
const system = await startSystem(config, createLogger({ level: 'silent' }), ['http', 'watch', 'prepare', 'embed'])

const median = (times: number[]) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN

/** Milliseconds that a page of 50 takes, and those of each /healthz asked for meanwhile. */
async function page(path: string): Promise<{ pageMs: number; healthMs: number[] }> {
  const healthMs: number[] = []
  const began = performance.now()
  const loaded = new AbortController()
  const loads = Promise.all(Array.from({ length: 50 }, (_, index) => load(`/v1/segments/${index + 1}/${path}`)))
  const probes = (async () => {
    while (!loaded.signal.aborted) {
      const asked = performance.now()
      await load('/healthz')
      healthMs.push(performance.now() - asked)
      await sleep(5)
    }
  })()
  await loads
  loaded.abort()
  const pageMs = performance.now() - began
  await probes
  return { pageMs, healthMs }
}

async function load(path: string): Promise<void> {
  const response = await fetch(system.url + path)
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  await response.arrayBuffer()
}

try {
  const client = clientOf(system)
  await scanOnce(client, undefined)
  while (((await client.get<StatusView>('/v1/status')).recordings['searchable'] ?? 0) < 1) await sleep(200)
  await page('spectrogram')
  await page('audio')
  const pictures: number[] = []
  const sounds: number[] = []
  const besidePictures: number[] = []
  const besideSounds: number[] = []
  for (let round = 0; round < Number(values.rounds); round++) {
    const picture = await page('spectrogram')
    const sound = await page('audio')
    pictures.push(picture.pageMs)
    sounds.push(sound.pageMs)
    besidePictures.push(...picture.healthMs)
    besideSounds.push(...sound.healthMs)
  }
  const ratio = median(pictures.map((ms, round) => ms / (sounds[round] ?? NaN)))
  console.log(`50 pictures  ${median(pictures).toFixed(0)} ms, ${ratio.toFixed(2)} x the 50 WAV files`)
  console.log(`50 WAV files ${median(sounds).toFixed(0)} ms`)
  const health = (times: number[]) => `median ${median(times).toFixed(1)} ms, worst ${times.at(-1)?.toFixed(0)} ms`
  console.log(`/healthz beside the pictures:  ${health(besidePictures)}`)
  console.log(`/healthz beside the WAV files: ${health(besideSounds)}`)
} finally {
  await system[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
