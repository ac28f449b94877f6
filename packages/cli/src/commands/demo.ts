import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { StatusView } from '@coro/api/schemas'
import { normaliseSourceUrl } from '@coro/shared/config/sources'
import { CoroError } from '@coro/shared/errors'
import { createLogger } from '@coro/shared/log/logger'
import { untilSignal } from '@coro/shared/process/run-service'
import { commandContext, type CommonOptions } from '../command-context.js'
import { makeDemoDeployment } from '../demo/demo-deployment.js'
import { exampleSearches } from '../demo/example-searches.js'
import { createProgress } from '../print/progress.js'
import { printStatus } from '../print/results.js'
import { clientOf, openClient, runningServer, type Client } from '../system/client.js'
import { followIngest } from '../system/follow-ingest.js'
import { allRoles, startSystem, type System } from '../system/start-system.js'

interface DemoOptions extends CommonOptions {
  source?: string
  exit?: boolean
}

/** `coro demo`: the whole way of recordings once, in front of the user's eyes. */
export async function demo(options: DemoOptions): Promise<void> {
  const signalled = untilSignal()
  const { config: base, output } = commandContext(options)
  const signal = abortOf(signalled)
  const source =
    options.source === undefined
      ? await makeDemoDeployment(join(base.dataDir, 'demo'), output, signal)
      : { url: existingFolder(options.source), configFile: null }
  const overrides = source.configFile === null ? { addSources: [source.url] } : { configFile: source.configFile }
  const { config } = commandContext(options, overrides)
  const running = await runningServer(config)
  let system: System | null = null
  let client: Client
  if (running === null) {
    output.say('Starting Coro (embedded: one process, nothing else to install)...')
    const log = createLogger({ level: config.logLevel, file: join(config.dataDir, 'coro.log') })
    system = await startSystem(config, log, allRoles)
    client = clientOf(system)
  } else {
    output.say(`Coro runs already: ${running}`)
    client = await openClient(config, [])
  }
  try {
    const began = performance.now()
    const before = await client.get<StatusView>('/v1/status', { source: source.url })
    const progress = createProgress(output, 'ingest')
    const { status } = await followIngest(client, source.url, progress, signal).finally(() =>
      progress[Symbol.dispose](),
    )
    const seconds = (performance.now() - began) / 1000
    const heardS = (status.segments - before.segments) * 5
    if (heardS > 0) {
      output.say(
        `Ingested ${(heardS / 60).toFixed(1)} min of sound in ${seconds.toFixed(1)} s (${(heardS / seconds).toFixed(0)}x real time).`,
      )
    } else output.say('Everything was in already.')
    await exampleSearches(client, source.url, output)
    output.say()
    printStatus(output, status)
    const url = system?.url ?? running
    output.say(`\nAPI         ${url} (try ${url}/v1/status, ${url}/openapi.json)`)
    output.say(`Store       ${config.dataDir} (log: coro.log)`)
    if (options.exit !== true && system) {
      output.say('Coro keeps watching the folder. Ctrl-C ends it.')
      await signalled
    }
    output.result(status, () => {})
  } catch (error) {
    if (!signal.aborted) throw error
    process.exitCode = 130
  } finally {
    await client[Symbol.asyncDispose]()
    await system?.[Symbol.asyncDispose]()
  }
}

function existingFolder(folder: string): string {
  const url = normaliseSourceUrl(folder, process.cwd())
  if (!url.startsWith('file:')) return url
  if (existsSync(new URL(url)) && statSync(new URL(url)).isDirectory()) return url
  throw new CoroError('CONFIG_INVALID', `--source ${folder}: there is no such folder.`, { disposition: 'crash' })
}

function abortOf(signalled: Promise<unknown>): AbortSignal {
  const controller = new AbortController()
  void signalled.then(() => controller.abort())
  return controller.signal
}
