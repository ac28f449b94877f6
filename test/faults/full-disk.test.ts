import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, inject, test } from 'vitest'
import { waitUntil } from '../distributed/wait-until.js'
import { startFaultRun } from './fault-run.js'

const exec = promisify(execFile)
const { recordings } = inject('faults')
const isRoot = process.getuid?.() === 0

/** A small disk at a folder. */
async function mountDisk(folder: string, megabytes: number) {
  await exec('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'coro-faults', folder])
  return {
    grow: (to: number) => exec('mount', ['-o', `remount,size=${to}m`, folder]),
    // Lazily: whoever holds a file there is about to end.
    [Symbol.asyncDispose]: async () => void (await exec('umount', ['--lazy', folder])),
  }
}

describe.skipIf(!isRoot)('a full disk (needs root, for a disk of its own)', () => {
  test('under the prepared audio: all work waits, and goes on once there is room', async () => {
    await using run = await startFaultRun('full-disk', { store: 'file', unstarted: true })
    const folder = fileURLToPath(run.system.storeUrl)
    await mkdir(folder, { recursive: true })
    await using disk = await mountDisk(folder, 2 * recordings)
    await run.begin()
    await run.deliver()
    const held = await waitUntil('a stage that holds', 120_000, async () => {
      const { holds } = await run.system.get<{ holds: { stage: string; code: string; message: string }[] }>(
        '/v1/status',
      )
      return holds.find(({ stage }) => stage === 'prepare')
    })
    expect(held.message).toContain('ENOSPC')
    await disk.grow(16 * recordings)
    await run.checkEnd()
    const { rows } = await run.system.database.pool.query(
      `select key, attempts from coro.recording where attempts > 0 and state = 'searchable'`,
    )
    expect(rows).toEqual([])
  })
})
