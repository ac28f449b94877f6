import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { inject } from 'vitest'

const run = promisify(execFile)

/** The queue server, with the number of a logical database: one of 64. */
export const queueUrl = (number = 0): string => `${inject('stack').valkey.url}/${number}`

/** Lose everything that the queue server holds, in every logical database. */
export async function emptyQueues(): Promise<void> {
  await run('docker', ['exec', inject('stack').valkey.container, 'valkey-cli', 'flushall'])
}

/** Stop a server of the stack and start it again: the same data, the same port. `whileAway` runs in between. */
export async function restart(
  server: 'postgres' | 'valkey',
  whileAway: () => Promise<void> = async () => {},
): Promise<void> {
  const { container } = inject('stack')[server]
  await run('docker', ['stop', '--time', '10', container])
  try {
    await whileAway()
  } finally {
    await run('docker', ['start', container])
  }
}

/** Freeze a server for a while: its connections stay, nothing answers. */
export async function freeze(server: 'postgres' | 'valkey' | 's3', forMs: number): Promise<void> {
  const { container } = inject('stack')[server]
  await run('docker', ['pause', container])
  try {
    await sleep(forMs)
  } finally {
    await run('docker', ['unpause', container])
  }
}
