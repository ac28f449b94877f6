import { execFileSync } from 'node:child_process'
import { access, chmod, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileStorage } from './file-storage.js'
import type { PassedOver } from './passed-over.js'
import type { ObjectInfo, Storage } from './store.js'

let folder: string
let storage: Storage
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coro storage ü-'))
  storage = fileStorage(pathToFileURL(folder).href)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function write(key: string, content: string | Buffer = key): Promise<void> {
  await mkdir(dirname(join(folder, key)), { recursive: true })
  await writeFile(join(folder, key), content)
}

/** Root may read everything: tests of what may not be read give that up for a while. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  try {
    await work()
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
}

async function pages(options: Parameters<Storage['list']>[0] = {}): Promise<ObjectInfo[][]> {
  const all: ObjectInfo[][] = []
  for await (const page of storage.list(options)) all.push(page)
  return all
}
const keys = async (options: Parameters<Storage['list']>[0] = {}) => (await pages(options)).flat().map(({ key }) => key)

describe('list', () => {
  it('gives keys ascending as an object store does: a folder sorts as its name with a slash', async () => {
    for (const key of ['a/z.wav', 'a.wav', 'a-b/x.wav', 'a/b/c.wav', 'B.wav', 'a b.wav', 'ä.wav']) await write(key)
    const listed = await keys()
    expect(listed).toEqual(['B.wav', 'a b.wav', 'a-b/x.wav', 'a.wav', 'a/b/c.wav', 'a/z.wav', 'ä.wav'])
    expect(listed).toEqual([...listed].sort())
  })

  it('passes over names that begin with a dot, and Coro’s own staging', async () => {
    for (const key of ['.hidden.wav', '.trash/a.wav', 'a/._b.wav', 'a/b.wav']) await write(key)
    await storage.put('c.wav', Buffer.from('c'))
    expect(await keys()).toEqual(['a/b.wav', 'c.wav'])
  })

  it('follows a link to a file, not one to nothing or to a folder', async () => {
    await write('a/b.wav')
    await symlink(join(folder, 'a/b.wav'), join(folder, 'link.wav'))
    await symlink(join(folder, 'nowhere'), join(folder, 'broken.wav'))
    await symlink(folder, join(folder, 'loop'))
    expect(await keys()).toEqual(['a/b.wav', 'link.wav'])
  })

  async function passedOver(): Promise<string[]> {
    const passed: PassedOver[] = []
    await keys({ onPassedOver: (one) => passed.push(one) })
    return passed.map(({ key, code }) => `${code} ${key}`)
  }

  it('tells what it passes over, and why, and goes on', async () => {
    for (const key of ['a/b.wav', 'a/._b.wav', 'z.wav', 'notes.txt']) await write(key)
    await symlink('loop.wav', join(folder, 'loop.wav'))
    await symlink('nowhere', join(folder, 'broken.wav'))
    await symlink('a', join(folder, 'linked'))
    execFileSync('mkfifo', [join(folder, 'pipe.wav')])
    const latin1 = (name: string) => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')])
    await writeFile(latin1('S\xe3o.wav'), 'x')
    await mkdir(latin1('Jos\xe9'))
    expect(await keys()).toEqual(['a/b.wav', 'notes.txt', 'z.wav'])
    expect((await passedOver()).sort()).toEqual([
      'HIDDEN a/._b.wav',
      'LINK_BROKEN broken.wav',
      'LINK_BROKEN loop.wav',
      'LINK_TO_FOLDER linked/',
      'NAME_NOT_UTF8 Jos\ufffd/',
      'NAME_NOT_UTF8 S\ufffdo.wav',
      'NOT_A_FILE pipe.wav',
    ])
    expect(await storage.head('loop.wav')).toBeNull()
  })

  it('goes on past a folder that may not be read, and past files that may not be looked at', async () => {
    for (const key of ['a/x.wav', 'lost+found/x.wav', 'm/x.wav', 'z/x.wav']) await write(key)
    await chmod(folder, 0o755)
    await chmod(join(folder, 'lost+found'), 0)
    // Its names can be read, and nothing else of it.
    await chmod(join(folder, 'm'), 0o444)
    await asNobody(async () => {
      expect(await keys()).toEqual(['a/x.wav', 'z/x.wav'])
      expect(await passedOver()).toEqual(['FOLDER_DENIED lost+found/', 'FILE_DENIED m/x.wav'])
      const passed: PassedOver[] = []
      const level = await storage.folder('lost+found/', { onPassedOver: (one) => passed.push(one) })
      expect(level).toEqual({ objects: [], folders: [], isComplete: true })
      expect(passed).toMatchObject([{ code: 'FOLDER_DENIED', isOpaque: true }])
    })
    await chmod(join(folder, 'm'), 0o755)
    await chmod(join(folder, 'lost+found'), 0o755)
  })

  it('goes on after a key, and lists below a prefix', async () => {
    const all = ['a/1.wav', 'a/2.wav', 'a/b/1.wav', 'b.wav', 'b/1.wav', 'c.wav']
    for (const key of all) await write(key)
    for (const after of [...all, 'a', 'a/', 'a/1', 'a/b/', 'b', 'b/zzz', 'zzz']) {
      expect(await keys({ after }), `after ${after}`).toEqual(all.filter((key) => key > after))
    }
    for (const prefix of ['', 'a/', 'a/b', 'b', 'b/', 'b.', 'nothing/']) {
      expect(await keys({ prefix }), `prefix ${prefix}`).toEqual(all.filter((key) => key.startsWith(prefix)))
    }
    expect(await keys({ prefix: 'a/', after: 'a/1.wav' })).toEqual(['a/2.wav', 'a/b/1.wav'])
  })

  it('pages by a thousand', async () => {
    await Promise.all(Array.from({ length: 1001 }, (_, i) => writeFile(join(folder, `${i}.wav`), '')))
    expect((await pages()).map((page) => page.length)).toEqual([1000, 1])
  })

  it('ends in an error where the folder is away, rather than look empty', async () => {
    await rm(folder, { recursive: true })
    await expect(keys()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', disposition: 'wait' })
    await expect(storage.check()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
  })

  it('stops when its signal fires', async () => {
    await write('a.wav')
    await expect(keys({ signal: AbortSignal.abort() })).rejects.toThrow()
  })
})

describe('a version', () => {
  const version = async (key: string) => (await storage.head(key))?.version

  it('changes with size or time, and is the same in a listing', async () => {
    await write('a.wav', 'one')
    const first = await storage.head('a.wav')
    expect((await pages()).flat()).toEqual([first])
    await utimes(join(folder, 'a.wav'), 1_000_000, 1_000_000)
    const second = await version('a.wav')
    expect(second).not.toBe(first?.version)
    await write('a.wav', 'longer')
    await utimes(join(folder, 'a.wav'), 1_000_000, 1_000_000)
    expect(await version('a.wav')).not.toBe(second)
    expect(await storage.head('b.wav')).toBeNull()
    expect(await storage.head('a.wav/below')).toBeNull()
  })

  it('guards localFile: STORAGE_CHANGED for another, STORAGE_GONE for none', async () => {
    await write('a.wav', 'one')
    const before = (await version('a.wav')) as string
    {
      await using file = await storage.localFile('a.wav', before)
      expect(await readFile(file.path, 'utf8')).toBe('one')
    }
    // The source's own file, which is only lent.
    await access(join(folder, 'a.wav'))
    await write('a.wav', 'changed')
    await expect(storage.localFile('a.wav', before)).rejects.toMatchObject({
      code: 'STORAGE_CHANGED',
      disposition: 'wait',
    })
    await rm(join(folder, 'a.wav'))
    await expect(storage.localFile('a.wav', before)).rejects.toMatchObject({
      code: 'STORAGE_GONE',
      disposition: 'retry',
    })
  })
})

describe('what is put', () => {
  it('is there whole or not at all: a reader of the old file keeps it', async () => {
    await storage.put('p/a.wav', Buffer.from('old'))
    const next = join(await storage.stagingDir(), 'next.wav')
    const big = Buffer.alloc(3_000_000, 'n')
    await writeFile(next, big)
    const seen = new Set<number>()
    const state = { done: false }
    const watching = (async () => {
      while (!state.done) seen.add((await readFile(join(folder, 'p/a.wav'))).length)
    })()
    await storage.putFile('p/a.wav', next)
    state.done = true
    await watching
    expect([...seen].every((length) => length === 3 || length === big.length)).toBe(true)
    expect((await storage.readRange('p/a.wav', 0, big.length)).equals(big)).toBe(true)
    await expect(access(next)).rejects.toThrow()
  })

  it('is read by ranges; one beyond the end comes back short', async () => {
    await storage.put('a.wav', Buffer.from('0123456789'))
    const read = async (offset: number, length: number) => (await storage.readRange('a.wav', offset, length)).toString()
    expect(await read(2, 3)).toBe('234')
    expect(await read(8, 100)).toBe('89')
    expect(await read(100, 5)).toBe('')
    await expect(storage.readRange('b.wav', 0, 1)).rejects.toMatchObject({ code: 'STORAGE_GONE' })
  })

  it('is deleted once or twice', async () => {
    await storage.put('q/a.wav', Buffer.from('x'))
    await storage.delete('q/a.wav')
    await storage.delete('q/a.wav')
    expect(await storage.head('q/a.wav')).toBeNull()
  })

  it('is refused with a code where a file is in the way or missing', async () => {
    await write('file', 'x')
    await expect(storage.put('file/below', Buffer.from('x'))).rejects.toMatchObject({
      code: expect.stringMatching(/^STORAGE_/) as string,
    })
    await expect(storage.putFile('new', join(folder, 'missing'))).rejects.toMatchObject({ code: 'STORAGE_GONE' })
  })
})
