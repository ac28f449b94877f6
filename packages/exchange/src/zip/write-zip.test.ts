import { execFileSync } from 'node:child_process'
import { open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32, inflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { collect, temporaryFolder } from '../temporary-folder.fixture.js'
import { readListing, unpackZip, zipComment } from './unpack-zip.js'
import { zipOf, type ZipEntry } from './write-zip.js'

async function* entries(list: ZipEntry[]) {
  yield* list
}

/** A reader that goes by the local headers, as one of a stream has to, and checks the directory against them. */
function readByLocalHeaders(zip: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  const offsets: number[] = []
  let at = 0
  for (; zip.readUInt32LE(at) === 0x04034b50;) {
    offsets.push(at)
    const [method, crc, packed, size] = [zip.readUInt16LE(at + 8), ...[14, 18, 22].map((o) => zip.readUInt32LE(at + o))]
    const nameLength = zip.readUInt16LE(at + 26)
    const body = at + 30 + nameLength + zip.readUInt16LE(at + 28)
    const bytes = zip.subarray(body, body + packed!)
    const data = method === 8 ? inflateRawSync(bytes) : bytes
    expect(data.length).toBe(size)
    expect(crc32(data)).toBe(crc)
    files.set(zip.toString('utf8', at + 30, at + 30 + nameLength), Buffer.from(data))
    at = body + packed!
  }
  for (const offset of offsets) {
    expect(zip.readUInt32LE(at)).toBe(0x02014b50)
    expect(zip.readUInt32LE(at + 42)).toBe(offset)
    expect(zip.subarray(at + 10, at + 28)).toEqual(zip.subarray(offset + 8, offset + 26))
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30)
  }
  expect([0x06054b50, 0x06064b50]).toContain(zip.readUInt32LE(at))
  return files
}

const python = (() => {
  try {
    execFileSync('python3', ['-c', 'import zipfile'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

const sound = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251))
const files: ZipEntry[] = [
  { name: '0001_a.wav', bytes: sound, modifiedAt: new Date('2026-01-10T22:00:35Z'), compress: false },
  { name: 'lagoa/A1/é鳥.txt', bytes: Buffer.from('a\n'.repeat(500)), compress: true },
  { name: 'empty.txt', bytes: Buffer.alloc(0), compress: true },
]

describe('zipOf', () => {
  it('writes what a reader of a stream reads', async () => {
    const read = readByLocalHeaders(await collect(zipOf(entries(files))))
    expect([...read.keys()]).toEqual(files.map(({ name }) => name))
    for (const { name, bytes } of files) expect(read.get(name)).toEqual(bytes)
  })

  it('of nothing is an empty zip', async () => {
    expect(await collect(zipOf(entries([]), () => 'x'))).toEqual(Buffer.concat([emptyEnd(1), Buffer.from('x')]))
  })

  it.runIf(python)(
    "is read by Python's zipfile: names, times, bytes, comment; more than 65,535 files too",
    async () => {
      await using folder = await temporaryFolder()
      const script = `
import sys, zipfile, json
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
first = z.infolist()[:3]
print(json.dumps([len(z.infolist()), [[i.filename, list(i.date_time), len(z.read(i))] for i in first], z.comment.decode()]))`
      const run = async (name: string, list: ZipEntry[]) => {
        const path = join(folder.path, name)
        await writeFile(path, await collect(zipOf(entries(list), () => 'left out: 1')))
        return JSON.parse(execFileSync('python3', ['-c', script, path], { encoding: 'utf8' })) as unknown
      }
      expect(await run('a.zip', files)).toEqual([
        3,
        [
          ['0001_a.wav', [2026, 1, 10, 22, 0, 34], 5000],
          ['lagoa/A1/é鳥.txt', [1980, 1, 1, 0, 0, 0], 1000],
          ['empty.txt', [1980, 1, 1, 0, 0, 0], 0],
        ],
        'left out: 1',
      ])
      const many = Array.from({ length: 65_600 }, (_, i) => ({
        name: `${i}`,
        bytes: Buffer.from(`${i}`),
        compress: false,
      }))
      expect(await run('many.zip', many)).toEqual([65_600, expect.anything(), 'left out: 1'])
    },
  )

  it.runIf(python)('is a zip64 where offsets are beyond 4 GiB', async () => {
    // 4.1 GiB of one buffer again and again: only what is not the buffer is kept, and Python reads a sparse file.
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'sparse.zip')
    const part = Buffer.alloc(1 << 28)
    const list = Array.from({ length: 17 }, (_, i) => ({ name: `${i}.wav`, bytes: part, compress: false }))
    {
      await using file = await open(path, 'w')
      let at = 0
      for await (const bytes of zipOf(
        entries([...list, { name: 'last.txt', bytes: Buffer.from('behind'), compress: false }]),
      )) {
        if (bytes !== part) await file.write(bytes, 0, bytes.length, at)
        at += bytes.length
      }
    }
    const script = `
import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
print(len(z.infolist()), z.read('last.txt').decode(), z.getinfo('last.txt').header_offset > 2**32)`
    expect(execFileSync('python3', ['-c', script, path], { encoding: 'utf8' })).toBe('18 behind True\n')
    expect(await zipComment(path)).toBe('')
  })
})

function emptyEnd(commentLength: number): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt16LE(commentLength, 20)
  return end
}

describe('unpackZip', () => {
  it('writes the files below the folder, and tells the comment', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'a.zip')
    await writeFile(path, await collect(zipOf(entries(files), () => 'two were left out')))
    expect(await unpackZip(path, join(folder.path, 'out'))).toEqual({ files: 3, comment: 'two were left out' })
    for (const { name, bytes } of files) expect(await readFile(join(folder.path, 'out', name))).toEqual(bytes)
  })

  it('reads more than 65,535 files', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'many.zip')
    const many = Array.from({ length: 65_600 }, () => ({ name: 'same.txt', bytes: Buffer.from('x'), compress: false }))
    await writeFile(path, await collect(zipOf(entries(many))))
    await using file = await open(path)
    expect((await readListing(file)).entries).toHaveLength(65_600)
  })

  it('writes nothing outside it', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'a.zip')
    const evil = [{ name: '../evil.txt', bytes: Buffer.from('x'), compress: false }]
    await writeFile(path, await collect(zipOf(entries(evil))))
    await expect(unpackZip(path, join(folder.path, 'out'))).rejects.toThrow(/outside/)
  })
})
