import { execFileSync } from 'node:child_process'
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
  const found = readHolder(lockFile(dataDir))
  return found && processStart(found.pid) === found.processStart ? found : null
}

function readHolder(file: string): LockHolder | null {
  try {
    return holder.parse(JSON.parse(readFileSync(file, 'utf8')))
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
  for (let tries = 0; ; tries++) {
    try {
      writeNew(file, mine)
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries > 3) throw error
      const other = readLock(dataDir)
      if (other) {
        throw new CoroError(
          'DATA_LOCKED',
          `${dataDir} is in use by process ${other.pid} since ${other.since}` +
            `${other.apiUrl ? ` (${other.apiUrl})` : ''}. Stop it first, or choose another folder with --data DIR.`,
          { disposition: 'crash', details: { pid: other.pid } },
        )
      }
      takeAwayStale(file, dataDir)
    }
  }
  return {
    publish(apiUrl) {
      const next = join(dataDir, `lock.next.${process.pid}`)
      writeNew(next, { ...mine, apiUrl })
      renameSync(next, file)
    },
    [Symbol.dispose]() {
      rmSync(file, { force: true })
    },
  }
}

/**
 * Two processes may find the same stale lock, and the slower must not take away what the faster has just written:
 * what was moved aside is looked at once more, and put back where it is alive after all.
 */
function takeAwayStale(file: string, dataDir: string): void {
  const aside = join(dataDir, `lock.stale.${process.pid}`)
  try {
    renameSync(file, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const moved = readHolder(aside)
  if (moved && processStart(moved.pid) === moved.processStart) linkSync(aside, file)
  rmSync(aside, { force: true })
}

/** Written whole under another name first, so that nobody ever reads half a lock. Throws EEXIST. */
function writeNew(file: string, content: LockHolder): void {
  const whole = `${file}.${process.pid}`
  const fd = openSync(whole, 'w')
  try {
    writeSync(fd, `${JSON.stringify(content)}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  try {
    linkSync(whole, file)
  } finally {
    rmSync(whole, { force: true })
  }
}
