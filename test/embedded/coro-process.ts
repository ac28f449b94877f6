import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const coroJs = fileURLToPath(new URL('../../packages/cli/bin/coro.js', import.meta.url))

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** The tests' own settings: a free port, quick looks; nothing of the caller's environment but what programs need. */
export function testEnv(more: Record<string, string> = {}): Record<string, string> {
  return {
    // oxlint-disable-next-line node/no-process-env -- programs are found by PATH
    PATH: process.env['PATH'] ?? '',
    TMPDIR: tmpdir(),
    CORO_HTTP_PORT: '0',
    CORO_SWEEP_INTERVAL_S: '2',
    CORO_RECONCILE_INTERVAL_S: '2',
    ...more,
  }
}

/** Run one `coro` command to its end. */
export async function coro(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [coroJs, ...args], { env: testEnv(env), stdio: ['ignore', 'pipe', 'pipe'] })
  const output = collect(child)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...output() }
}

/** Run a command with `--json` and parse what it prints; fails with its words where it fails. */
export async function coroJson<T>(args: string[], env: Record<string, string> = {}): Promise<T> {
  const { code, stdout, stderr } = await coro([...args, '--json'], env)
  if (code !== 0) throw new Error(`coro ${args.join(' ')} ended with ${code}: ${stderr}`)
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as T
}

export interface RunningCoro extends AsyncDisposable {
  url: string
  pid: number
  /** End it at once, as a power cut would. */
  kill(): Promise<void>
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
}

/** `coro start` in the background, once it answers. Disposing asks it to stop and waits. */
export async function startCoro(args: string[], env: Record<string, string> = {}): Promise<RunningCoro> {
  const child = spawn(process.execPath, [coroJs, 'start', ...args], {
    env: testEnv({ CORO_LOG_LEVEL: 'warn', ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = collect(child)
  let url: string | undefined
  while (url === undefined) {
    url = /Coro runs: (\S+)/.exec(output().stderr)?.[1]
    if (child.exitCode !== null) throw new Error(`coro start ended with ${child.exitCode}: ${output().stderr}`)
    await sleep(100)
  }
  const base = url
  const ended = once(child, 'close')
  return {
    url: base,
    pid: child.pid ?? 0,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    get: (path) => ask(base + path),
    post: (path, body) =>
      ask(base + path, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function ask<T>(url: string, init?: RequestInit): Promise<T> {
  const response = await fetch(url, init)
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}

function collect(child: ChildProcess): () => { stdout: string; stderr: string } {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return () => ({ stdout, stderr })
}

export interface TemporaryFolder extends AsyncDisposable {
  path: string
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'coro-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Ask again until `look` gives something; fails, saying what was waited for, after the time. */
export async function eventually<T>(
  what: string,
  withinS: number,
  look: () => Promise<T | null | undefined | false>,
): Promise<T> {
  const until = Date.now() + withinS * 1000
  for (;;) {
    const found = await look()
    if (found !== null && found !== undefined && found !== false) return found
    if (Date.now() > until) throw new Error(`not within ${withinS} s: ${what}`)
    await sleep(200)
  }
}
