import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { CoroError } from '../errors.js'

const holder = z.object({
  pid: z.number().int(),
  /** When that process began, in the system's own words: process ids are used again. */
  processStart: z.string(),
  since: z.string(),
  apiUrl: z.string().nullable(),
})

/** Who holds a data directory. */
export type LockHolder = z.infer<typeof holder>

export interface DataLock extends Disposable {
  /** Let other processes know where the holder's API answers. */
  publish(apiUrl: string): void
}

const lockFile = (dataDir: string) => join(dataDir, 'lock.json')

/** When a process began, or null where there is none with that id. */
function processStart(pid: number): string | null {
  try {
    if (process.platform === 'linux') {
      // Field 22, starttime, counted after the last ')': the command name may hold spaces. Source: proc(5).
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      // A zombie no longer holds anything.
      return fields[0] === 'Z' ? null : `${bootId()}:${fields[19] ?? ''}`
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null
  } catch {
    return null
  }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}

/** The live holder of a data directory, or null; a lock left by a process that is gone counts as none. */
export function readLock(dataDir: string): LockHolder | null {
  const bytes = readIfThere(lockFile(dataDir))
  return bytes && liveHolder(bytes)
}

function readIfThere(file: string): Buffer | null {
  try {
    return readFileSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Whom a lock's bytes name, where that process lives; what is no lock names nobody. */
function liveHolder(bytes: Buffer): LockHolder | null {
  try {
    const found = holder.parse(JSON.parse(bytes.toString('utf8')))
    return processStart(found.pid) === found.processStart ? found : null
  } catch {
    return null
  }
}

/**
 * Take a data directory for this process. Two processes on one PGlite directory lose data without any error, so the
 * second gets DATA_LOCKED. A stale lock (its process is gone, or its id belongs to another process now) is taken over.
 */
export function lockDataDir(dataDir: string): DataLock {
  mkdirSync(dataDir, { recursive: true })
  const file = lockFile(dataDir)
  const mine: LockHolder = {
    pid: process.pid,
    processStart: processStart(process.pid) ?? '',
    since: new Date().toISOString(),
    apiUrl: null,
  }
  const other = take(file, mine)
  if (other) {
    throw new CoroError(
      'DATA_LOCKED',
      `${dataDir} is in use by process ${other.pid} since ${other.since}` +
        `${other.apiUrl ? ` (${other.apiUrl})` : ''}. Stop it first, or choose another folder with --data DIR.`,
      { disposition: 'crash', details: { pid: other.pid } },
    )
  }
  return {
    publish(apiUrl) {
      replace(file, { ...mine, apiUrl })
    },
    [Symbol.dispose]() {
      rmSync(file, { force: true })
    },
  }
}

/**
 * Take a lock file; gives null, or the live process that has it. Several processes may find the same stale
 * lock, and a slow one must not take away what a faster has just written: the right to replace exactly those bytes is
 * a lock of its own, named by them, and whoever gets it looks once more. The file is never away in between.
 */
function take(file: string, mine: LockHolder): LockHolder | null {
  for (;;) {
    if (writeNew(file, mine)) return null
    const found = readIfThere(file)
    if (!found) continue // given back just now
    const other = liveHolder(found)
    if (other) return other
    const claim = `${file}.${createHash('sha256').update(found).digest('hex').slice(0, 16)}`
    const claimant = take(claim, mine)
    if (claimant) return claimant
    try {
      if (!readIfThere(file)?.equals(found)) continue
      replace(file, mine)
      return null
    } finally {
      rmSync(claim, { force: true })
    }
  }
}

/** Written whole under another name first, so that nobody ever reads half a lock; gives false where one is. */
function writeNew(file: string, content: LockHolder): boolean {
  const whole = writeBeside(file, content)
  try {
    linkSync(whole, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(whole, { force: true })
  }
}

function replace(file: string, content: LockHolder): void {
  renameSync(writeBeside(file, content), file)
}

function writeBeside(file: string, content: LockHolder): string {
  const whole = `${file}.${process.pid}`
  const fd = openSync(whole, 'w')
  try {
    writeSync(fd, `${JSON.stringify(content)}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  return whole
}
