import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { readConfig } from '@coro/shared/config/read-config'
import { createLogger } from '@coro/shared/log/logger'
import { openPlatform } from '@coro/shared/process/platform'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

/** Files of the product, without tests and what they stand on. */
async function sources(): Promise<string[]> {
  const all: string[] = []
  for (const kind of ['packages', 'services']) {
    for (const name of await readdir(join(root, kind))) {
      const entries = await readdir(join(root, kind, name, 'src'), { recursive: true }).catch(() => [])
      all.push(...entries.filter((path) => path.endsWith('.ts')).map((path) => `${kind}/${name}/src/${path}`))
    }
  }
  return all.filter(
    (path) => !/\.(test|fixture)\.ts$|\/fixtures\//.test(path) && !path.startsWith('packages/synthetic/'),
  )
}

/** The only files that may delete others, and what these are. None of them is ever given a source's path. */
const deleting = new Map([
  ['packages/shared/src/storage/file-storage.ts', 'files of the store; what is moved into it'],
  ['packages/shared/src/storage/s3-storage.ts', 'objects of the store; downloaded copies'],
  ['packages/shared/src/storage/remove-older.ts', 'left in the staging folder'],
  ['packages/shared/src/database/open.ts', 'a database that was not made to its end'],
  ['packages/shared/src/config/data-lock.ts', 'its own lock'],
  ['packages/audio/src/write/wav-writer.ts', 'a file that it could not write to its end'],
  ['packages/cli/src/system/save-answer.ts', 'an answer that was not written to its end'],
  ['packages/cli/src/system/copy-data.ts', 'a backup that was not made to its end'],
  ['packages/cli/src/commands/export-search.ts', 'an export that was not written to its end'],
  ['services/api/src/preview/header-file.ts', 'its own copy of a header'],
  ['services/embed/src/model/download-model.ts', 'a model that was not fetched to its end'],
  ['services/ingest/src/prepare/prepare-handler.ts', 'staged files that were not used'],
])

test('nothing else can delete a file or an object', async () => {
  const found: string[] = []
  for (const path of await sources()) {
    const text = await readFile(join(root, path), 'utf8')
    const imports = [
      ...text.matchAll(/import\s+\{([^}]*)\}\s+from\s+'(?:node:fs|node:fs\/promises|@aws-sdk\/[\w-]+)'/g),
    ]
    const names = imports.flatMap(([, list = '']) => list.split(',').map((name) => name.trim()))
    const whole = /import\s+(?:\*\s+as\s+)?\w+\s+from\s+'node:fs/.test(text)
    if (
      whole ||
      names.some((name) => /^(rm|rmSync|unlink|unlinkSync|rmdir|rmdirSync|DeleteObjects?Command)\b/.test(name))
    ) {
      found.push(path)
    }
  }
  expect(found.filter((path) => !deleting.has(path))).toEqual([])
  expect(found.length).toBeGreaterThan(5)
})

test('a source is opened without what writes or deletes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'coro-read-only-'))
  await mkdir(join(folder, 'source'))
  await writeFile(join(folder, 'source', 'a.wav'), 'sound')
  const config = readConfig({ CORO_DATABASE_URL: 'pglite:memory', CORO_DATA: join(folder, 'data') })
  const platform = await openPlatform(config, createLogger({ level: 'silent' }))
  try {
    const source = platform.storages.open(pathToFileURL(join(folder, 'source')).href)
    expect((await source.head('a.wav'))?.sizeBytes).toBe(5)
    for (const name of ['put', 'putFile', 'delete', 'cleanStaging']) expect(source).not.toHaveProperty(name)
  } finally {
    await platform[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  }
})
