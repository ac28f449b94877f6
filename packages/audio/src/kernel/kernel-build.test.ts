import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../fixtures/temporary-folder.js'

const script = fileURLToPath(new URL('../../kernel/build.mjs', import.meta.url))

it('builds the same bytes again, wherever', () => {
  using folder = temporaryFolder()
  const build = (name: string, cwd: string): Buffer => {
    const output = folder.path(name)
    execFileSync(process.execPath, [script, output], { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
    return readFileSync(output)
  }
  const first = build('first.wasm', folder.path('.'))
  expect(build('second.wasm', fileURLToPath(new URL('.', import.meta.url))).equals(first)).toBe(true)
  expect(readFileSync(new URL('../../dist/kernel.wasm', import.meta.url)).equals(first)).toBe(true)
})
