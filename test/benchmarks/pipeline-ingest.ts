/** The embedded system over a folder: wall time from the first sweep until everything is searchable. */
import { createOutput } from '@coro/cli/print/output'
import { createProgress } from '@coro/cli/print/progress'
import { clientOf } from '@coro/cli/system/client'
import { followIngest } from '@coro/cli/system/follow-ingest'
import { startSystem } from '@coro/cli/system/start-system'
import { readConfig } from '@coro/shared/config/read-config'
import { createLogger } from '@coro/shared/log/logger'

const [source = '', dataDir = '', engine = 'kernel'] = process.argv.slice(2)
const config = readConfig({ CORO_SETTLE_S: '0', CORO_ENGINE: engine }, { dataDir, addSources: [source] })
const startBegan = performance.now()
const system = await startSystem({ ...config, sources: [] }, createLogger({ level: 'silent' }), [
  'watch',
  'prepare',
  'embed',
  'reconcile',
])
const startS = (performance.now() - startBegan) / 1000
const client = clientOf(system)
const cpuBegan = process.cpuUsage()
const began = performance.now()
using progress = createProgress(createOutput(true), 'ingest')
const { status } = await followIngest(client, config.sources[0]?.url, progress)
const wallS = (performance.now() - began) / 1000
const { user, system: kernel } = process.cpuUsage(cpuBegan)
await system[Symbol.asyncDispose]()
const embeddings = Object.values(status.embeddings).reduce((sum, n) => sum + n, 0)
console.log(JSON.stringify({ wallS, cpuS: (user + kernel) / 1e6, startS, embeddings }))
process.exit(0)
