import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '../config/read-config.js'
import { errorFacts } from '../errors.js'
import { createLogger, type Logger } from '../log/logger.js'
import { openPlatform, type Platform } from './platform.js'

/** Resolves at SIGINT or SIGTERM; a second one ends the process at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false
    const onSignal = (signal: NodeJS.Signals) => {
      if (asked) process.exit(130)
      asked = true
      resolve(signal)
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}

/**
 * Run one service as a process of its own: open the platform (trying again while a server is not there yet), start,
 * wait for a signal, stop in the reverse order. Exit code 1 for a crash, 2 for a bad configuration.
 */
export async function runService(name: string, start: (platform: Platform) => Promise<AsyncDisposable>): Promise<void> {
  const signalled = untilSignal()
  let log: Logger | null = null
  try {
    // oxlint-disable-next-line node/no-process-env -- the one place where a service hands its environment to config
    const config = readConfig(process.env)
    log = createLogger({ level: config.logLevel }).child({ service: name })
    await using platform = await openWhenReady(() => openPlatform(config, log as Logger), log, signalled)
    if (!platform) return
    await using service = await start(platform)
    log.info('started')
    const signal = await signalled
    log.info({ signal }, 'stopping')
    void service
  } catch (error) {
    const { code, message } = errorFacts(error)
    if (log) log.fatal({ code, err: error }, 'cannot go on')
    else process.stderr.write(`${code}: ${message}\n`)
    process.exitCode = code === 'CONFIG_INVALID' || code === 'CONFIG_OVERLAP' ? 2 : 1
  }
}

/** Open, trying again while a server is not there; null where the process was told to stop before. */
async function openWhenReady<T>(open: () => Promise<T>, log: Logger, stop: Promise<unknown>): Promise<T | null> {
  const stopped = new AbortController()
  void stop.then(() => stopped.abort())
  for (let waitMs = 500; ; waitMs = Math.min(waitMs * 2, 10_000)) {
    try {
      return await open()
    } catch (error) {
      const { code, message, disposition } = errorFacts(error)
      if (disposition !== 'wait') throw error
      log.warn({ code, reason: message, waitMs }, 'not ready yet')
      await sleep(waitMs, undefined, { signal: stopped.signal }).catch(() => undefined)
      if (stopped.signal.aborted) return null
    }
  }
}
