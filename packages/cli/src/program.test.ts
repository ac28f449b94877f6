import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coro-cli-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Run the built command with nothing in its environment but what it needs. */
function coro(...args: string[]) {
  const program = fileURLToPath(import.meta.resolve('@coro/cli/main'))
  const answer = spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: 'utf8', env: {} })
  return { code: answer.status, out: answer.stdout, err: answer.stderr }
}

describe('coro', () => {
  it('explains itself', () => {
    const { code, out } = coro('--help')
    expect(code).toBe(0)
    for (const command of [
      'demo',
      'start',
      'scan',
      'status',
      'search',
      'recordings',
      'quarantine',
      'denoise',
      'migrate',
    ]) {
      expect(out).toContain(command)
    }
  })

  it.each([
    ['an unknown command', ['sing']],
    ['an unknown option', ['status', '--loud']],
    ['a k that is none', ['search', '--segment', '1', '-k', '0']],
    ['nothing to search by', ['search']],
    ['two things to search by', ['search', '--segment', '1', '--clip', 'x.wav']],
    ['an unknown action', ['quarantine', 'burn']],
    ['a retry of nobody knows what', ['quarantine', 'retry']],
  ])('answers %s with exit code 2, and nothing on standard output', (_, args) => {
    const { code, out, err } = coro(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).not.toContain('    at ')
  })

  it('refuses input that it cannot read with exit code 3, in JSON where asked', () => {
    writeFileSync(join(folder, 'bad.npy'), 'abcde')
    const { code, out, err } = coro('search', '--vector', 'bad.npy', '--json')
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'VECTOR_INVALID' } })
    expect(coro('search', '--clip', 'nowhere.wav').code).toBe(3)
  })
})
