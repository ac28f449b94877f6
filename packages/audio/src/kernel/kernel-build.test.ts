import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../fixtures/temporary-folder.js'

const script = fileURLToPath(new URL('../../kernel/build.mjs', import.meta.url))

it('builds the same bytes again, wherever', () => {
  using folder = temporaryFolder()
  const build = (name: string, cwd: string): Buffer[] => {
    const output = folder.path(name)
    execFileSync(process.execPath, [script, output], { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
    return ['kernel.wasm', 'flac.wasm'].map((file) => readFileSync(join(output, file)))
  }
  const first = build('first', folder.path('.'))
  expect(build('second', fileURLToPath(new URL('.', import.meta.url)))).toEqual(first)
  const built = ['kernel.wasm', 'flac.wasm'].map((file) => readFileSync(new URL(`../../dist/${file}`, import.meta.url)))
  expect(built).toEqual(first)
})
