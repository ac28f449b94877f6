import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lockDataDir, readLock, type LockHolder } from './data-lock.js'

let parent: string
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'coro-lock-'))
})
afterAll(() => rm(parent, { recursive: true }))

const newFolder = () => mkdtemp(join(parent, 'data-'))
const lockFile = (folder: string) => join(folder, 'lock.json')
const held = async (folder: string) => JSON.parse(await readFile(lockFile(folder), 'utf8')) as LockHolder

/** The program of data-lock.fixture.ts, built. */
const program = fileURLToPath(import.meta.resolve('@coro/shared/config/data-lock.fixture'))

function contender(folder: string, go: string) {
  const child = spawn(process.execPath, [program, folder, go], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    next: async () => String((await lines.next()).value),
    end: async () => {
      const ended = new Promise((resolve) => {
        child.once('exit', resolve)
      })
      child.stdin.end()
      await ended
    },
  }
}

describe('lockDataDir', () => {
  it('holds a folder until it is disposed, and tells others where the API is', async () => {
    const folder = await newFolder()
    expect(readLock(folder)).toBeNull()
    const lock = lockDataDir(folder)
    expect(readLock(folder)).toMatchObject({ pid: process.pid, apiUrl: null })
    lock.publish('http://127.0.0.1:1')
    expect(readLock(folder)).toMatchObject({ pid: process.pid, apiUrl: 'http://127.0.0.1:1' })
    expect(() => lockDataDir(folder)).toThrow(
      expect.objectContaining({
        code: 'DATA_LOCKED',
        message: expect.stringContaining('http://127.0.0.1:1') as string,
      }),
    )
    lock[Symbol.dispose]()
    expect(readLock(folder)).toBeNull()
    expect(await readdir(folder)).toEqual([])
  })

  it('makes the folder where there is none', async () => {
    const folder = join(await newFolder(), 'a/b')
    lockDataDir(folder)[Symbol.dispose]()
    expect(existsSync(folder)).toBe(true)
  })

  it('takes over from a process that has gone', async () => {
    const folder = await newFolder()
    lockDataDir(folder)
    // No process has an id this high: Linux ends at 2^22.
    await writeFile(lockFile(folder), JSON.stringify({ ...(await held(folder)), pid: 2 ** 22 + 1 }))
    expect(readLock(folder)).toBeNull()
    using lock = lockDataDir(folder)
    expect(lock).toBeDefined()
    expect(readLock(folder)).toMatchObject({ pid: process.pid })
  })

  it('takes over where the id belongs to a younger process now', async () => {
    const folder = await newFolder()
    lockDataDir(folder)
    await writeFile(lockFile(folder), JSON.stringify({ ...(await held(folder)), processStart: 'another boot:1' }))
    expect(readLock(folder)).toBeNull()
    using lock = lockDataDir(folder)
    expect(lock).toBeDefined()
    expect((await held(folder)).processStart).not.toBe('another boot:1')
  })

  it.each(['', '{"pid":', '[]'])('takes over what is no lock: %j', async (content) => {
    const folder = await newFolder()
    await writeFile(lockFile(folder), content)
    using lock = lockDataDir(folder)
    expect(lock).toBeDefined()
    expect(readLock(folder)).toMatchObject({ pid: process.pid })
  })

  it('is refused while another process holds it, and free when that has ended', async () => {
    const folder = await newFolder()
    const go = join(folder, 'go')
    await writeFile(go, '')
    const other = contender(folder, go)
    expect(await other.next()).toBe('ready')
    expect(await other.next()).toBe('locked')
    expect(() => lockDataDir(folder)).toThrow(expect.objectContaining({ code: 'DATA_LOCKED' }))
    await other.end()
    lockDataDir(folder)[Symbol.dispose]()
  })

  it('goes to exactly one of three processes that find the same stale lock', async () => {
    for (let round = 0; round < 20; round++) {
      const folder = await newFolder()
      const go = join(folder, 'go')
      lockDataDir(folder)
      await writeFile(lockFile(folder), JSON.stringify({ ...(await held(folder)), processStart: 'another boot:1' }))
      const contenders = [1, 2, 3].map(() => contender(folder, go))
      for (const { next } of contenders) expect(await next()).toBe('ready')
      await writeFile(go, '')
      const answers = await Promise.all(contenders.map(({ next }) => next()))
      expect(answers.sort(), `round ${round}`).toEqual(['DATA_LOCKED', 'DATA_LOCKED', 'locked'])
      expect(readLock(folder)).not.toBeNull()
      await Promise.all(contenders.map(({ end }) => end()))
      expect(await readdir(folder)).toEqual(['go'])
    }
  })
})
