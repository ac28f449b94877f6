import { CommanderError } from 'commander'
import { errorFacts } from '@coro/shared/errors'

/** What the exit code of every command means; `coro --help` lists the same. */
export const exitCodes = {
  fine: 0,
  failed: 1,
  usage: 2,
  rejected: 3,
  unavailable: 4,
  paused: 5,
  interrupted: 130,
} as const

const usageCodes = new Set(['CONFIG_INVALID', 'CONFIG_OVERLAP', 'USAGE', 'AUDIO_BAD_PARAMETER'])

/** Print an error (JSON with `--json`) on standard error, and give the exit code that fits it. */
export function reportError(error: unknown, json: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage
  const { code, message, disposition } = errorFacts(error)
  if (json) process.stderr.write(`${JSON.stringify({ error: { code, message } })}\n`)
  else process.stderr.write(`${code}: ${message}\n`)
  if (error instanceof Error && !('disposition' in error) && !json) process.stderr.write(`${error.stack ?? ''}\n`)
  if (usageCodes.has(code)) return exitCodes.usage
  if (code === 'PAUSED') return exitCodes.paused
  if (disposition === 'reject') return exitCodes.rejected
  return disposition === 'wait' || code === 'DATA_LOCKED' ? exitCodes.unavailable : exitCodes.failed
}
