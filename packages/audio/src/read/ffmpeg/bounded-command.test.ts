import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { boundedCommand, isMissingProgram } from './bounded-command.js'

function run(program: string, args: string[], cpuS = 5) {
  const [command, all] = boundedCommand(program, args, cpuS)
  return spawnSync(command, all, { encoding: 'utf8' })
}

describe.skipIf(process.platform === 'win32')('a bounded command', () => {
  it('gets its arguments as they are', () => {
    expect(run('printf', ['%s|', 'a b', '$HOME', '-v', '']).stdout).toBe('a b|$HOME|-v||')
  })

  it('is ended after its processor time', () => {
    const { signal, status } = run('/bin/sh', ['-c', 'while :; do :; done'], 1)
    expect(signal !== null || (status ?? 0) > 128).toBe(true)
  })

  it('tells a program that is not there', () => {
    expect(isMissingProgram(run('no-such-program-anywhere', []).status)).toBe(true)
    expect(isMissingProgram(run('/bin/sh', ['-c', 'exit 1']).status)).toBe(false)
  })
})

describe.skipIf(process.platform !== 'linux')('the memory of a bounded command', () => {
  it('is bounded, all of it together', () => {
    expect(run('/bin/sh', ['-c', 'ulimit -v']).stdout.trim()).toBe(String(2 ** 20))
    // Eight times 200 MB: each is less than the bound, all of them are more. Zeros that nobody touches cost no memory.
    const eight = ['-e', 'globalThis.all = Array.from({ length: 8 }, () => Buffer.alloc(2e8))']
    expect(spawnSync(process.execPath, eight).status).toBe(0)
    expect(run(process.execPath, eight, 20).status).not.toBe(0)
  })
})
