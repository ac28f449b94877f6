import { Agent, request } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SearchAnswer } from '@coro/api/schemas'
import { startApi } from '@coro/api/start-api'
import { readConfig } from '@coro/shared/config/read-config'
import { createLogger } from '@coro/shared/log/logger'
import { createMetrics } from '@coro/shared/metrics/metrics'
import type { Platform } from '@coro/shared/process/platform'
import type { Filled, Store } from './store.js'
import { median } from './timing.js'

const asks = 200
const warmUp = 20

/**
 * A search by segment over HTTP: what it takes beyond the search itself in the database (`queryMs` of the answer), client
 * included, over a connection that stays open.
 */
export async function measureHttp({ database }: Store, { segmentIds }: Filled): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'coro-search-http-'))
  const config = readConfig({ CORO_DATA: folder, CORO_HTTP_PORT: '0', CORO_DATABASE_URL: 'pglite:memory' })
  // A search by segment needs neither queue nor store.
  const platform = { config, database, log: createLogger({ level: 'silent' }), metrics: createMetrics() }
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    await using api = await startApi(platform as unknown as Platform)
    const total: number[] = []
    const search: number[] = []
    for (let i = 0; i < warmUp + asks; i += 1) {
      const segmentId = segmentIds[(i * 7919) % segmentIds.length]!
      const began = performance.now()
      const answer = await post(`${api.url}/v1/search`, agent, { segmentId, k: 10 })
      if (i < warmUp) continue
      total.push(performance.now() - began)
      search.push(answer.queryMs)
    }
    const added = total.map((ms, i) => ms - search[i]!)
    const ratio = median(added) / median(search)
    console.log(
      `  by segment over HTTP: ${median(total).toFixed(2)} ms, of which the search ${median(search).toFixed(2)}; added / search: ${ratio.toFixed(2)}, at most 1.00: ${ratio <= 1 ? 'within' : 'OVER'}`,
    )
  } finally {
    agent.destroy()
    rmSync(folder, { recursive: true, force: true })
  }
}

function post(url: string, agent: Agent, body: object): Promise<SearchAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, method: 'POST', headers: { 'content-type': 'application/json' } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (part: string) => (text += part))
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(JSON.parse(text) as SearchAnswer)
        else reject(new Error(`${answer.statusCode}: ${text}`))
      })
    })
    asked.on('error', reject)
    asked.end(JSON.stringify(body))
  })
}
