import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

/** How much the fault tests do, and by which dice. */
export interface FaultForm {
  /** Good recordings; a tenth of damaged ones, a corrupt one and a duplicate come on top. */
  recordings: number
  /** Times that a process is killed. */
  kills: number
  /** Times that the embedded system is killed. */
  embeddedKills: number
  /** For how long a server is frozen or away, milliseconds. */
  awayMs: number
  /** How long until all must be done, once nothing is wrong any more, milliseconds. */
  settleMs: number
  seed: number
  /** Where an undisturbed run leaves its figures for all files of this run. */
  folder: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    faults: FaultForm
  }
}

const short = { recordings: 20, kills: 5, embeddedKills: 3, awayMs: 8000, settleMs: 180_000 }
const full = { recordings: 200, kills: 200, embeddedKills: 20, awayMs: 30_000, settleMs: 1_800_000 }

/**
 * Provide what the environment says: CORO_FAULTS (short or full), CORO_FAULT_RECORDINGS, CORO_FAULT_KILLS,
 * CORO_FAULT_SEED. The seed is printed.
 * Resolves to what clears up behind the tests.
 */
export async function provideForm(project: TestProject): Promise<() => Promise<void>> {
  // oxlint-disable-next-line node/no-process-env -- the tests' own switches
  const { CORO_FAULTS: form = 'short', CORO_FAULT_KILLS, CORO_FAULT_RECORDINGS, CORO_FAULT_SEED } = process.env
  if (form !== 'short' && form !== 'full') throw new Error('CORO_FAULTS is short or full')
  const size = form === 'full' ? full : short
  const folder = await mkdtemp(join(tmpdir(), 'coro-faults-'))
  const faults: FaultForm = {
    ...size,
    recordings: wholeNumber('CORO_FAULT_RECORDINGS', CORO_FAULT_RECORDINGS) ?? size.recordings,
    kills: wholeNumber('CORO_FAULT_KILLS', CORO_FAULT_KILLS) ?? size.kills,
    seed: wholeNumber('CORO_FAULT_SEED', CORO_FAULT_SEED) ?? Date.now() % 1_000_000,
    folder,
  }
  project.provide('faults', faults)
  process.stdout.write(
    `faults: ${form}, ${faults.recordings} recordings, ${faults.kills} kills, CORO_FAULT_SEED=${faults.seed}\n`,
  )
  return () => rm(folder, { recursive: true, force: true })
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (!/^\d+$/.test(text)) throw new Error(`${name} is a whole number`)
  return Number(text)
}
