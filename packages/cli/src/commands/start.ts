import { createLogger } from '@coro/shared/log/logger'
import { CoroError } from '@coro/shared/errors'
import { untilSignal } from '@coro/shared/process/run-service'
import { commandContext, type CommonOptions } from '../command-context.js'
import { allRoles, startSystem } from '../system/start-system.js'

/** `coro start`: the whole system in this process, until a signal. */
export async function start(options: CommonOptions & { source: string[] }): Promise<void> {
  const { config, output } = commandContext(options, { addSources: options.source })
  if (config.sources.length === 0) {
    throw new CoroError(
      'CONFIG_INVALID',
      'No source is configured. Name folders or buckets with CORO_SOURCES (or --source), or in a file with CORO_CONFIG; ' +
        'see docs/configuration.md.',
      { disposition: 'crash' },
    )
  }
  const signalled = untilSignal()
  const log = createLogger({ level: config.logLevel })
  await using system = await startSystem(config, log, allRoles)
  log.info({ url: system.url, sources: config.sources.map(({ url }) => url) }, 'started')
  process.stderr.write(`Coro runs: ${system.url}  (Ctrl-C ends it)\n`)
  if (output.json) output.result({ url: system.url, pid: process.pid }, () => {})
  const signal = await signalled
  log.info({ signal }, 'stopping')
}
