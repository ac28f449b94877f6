import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { pino, type Logger } from 'pino'

export type { Logger } from 'pino'

/**
 * The process's logger: JSON lines on standard output, or in a file where a person reads the terminal.
 * Log events, not sentences: `log.info({ recordingId, segments }, 'prepared')`.
 */
export function createLogger({ level, file }: { level: string; file?: string }): Logger {
  const options = { level, timestamp: pino.stdTimeFunctions.isoTime, base: { pid: process.pid } }
  if (file === undefined) return pino(options)
  mkdirSync(dirname(file), { recursive: true })
  return pino(options, pino.destination({ dest: file, sync: true }))
}
