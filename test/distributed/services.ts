import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { freePort } from './stack.js'
import { waitUntil } from './wait-until.js'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** The compiled mains, as production runs them. */
export const commands = {
  watch: ['services/ingest/dist/main.js', 'watch'],
  prepare: ['services/ingest/dist/main.js', 'prepare'],
  embed: ['services/embed/dist/main.js'],
  api: ['services/api/dist/main.js'],
} as const
export type Role = keyof typeof commands

export interface LogLine {
  level: number
  msg: string
  [field: string]: unknown
}

export interface ServiceProcess extends AsyncDisposable {
  readonly role: Role
  readonly pid: number
  /** Where its HTTP answers, without a slash at the end. */
  readonly url: string
  /** What it has logged so far, and its plain lines as `msg`. */
  readonly log: readonly LogLine[]
  readonly exited: Promise<number | null>
  ready(): Promise<void>
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL, at once. */
  kill(): Promise<void>
}

/** Start one service as a process of its own. Disposing kills it. Its log goes to `logFile` too. */
export async function startService(
  role: Role,
  environment: Record<string, string>,
  logFile: string,
): Promise<ServiceProcess> {
  const port = await freePort()
  const child = spawn(process.execPath, ['--enable-source-maps', ...commands[role]], {
    cwd: root,
    env: { ...inherited(), ...environment, CORO_HTTP_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  mkdirSync(dirname(logFile), { recursive: true })
  const file = createWriteStream(logFile, { flags: 'a' })
  const log: LogLine[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      file.write(`${line}\n`)
      log.push(parseLine(line))
    })
  }
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      file.end()
      resolve(code)
    })
  })
  const url = `http://127.0.0.1:${port}`
  return {
    role,
    pid: child.pid as number,
    url,
    log,
    exited,
    async ready() {
      await waitUntil(`${role} ready, see ${logFile}`, 60_000, async () => {
        if (child.exitCode !== null) throw new Error(`${role} ended with ${child.exitCode}, see ${logFile}`)
        return (await fetch(`${url}/readyz`)).ok
      })
    },
    async stop() {
      child.kill('SIGTERM')
      return exited
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** Run the `coro` command to its end. */
export async function coro(
  args: string[],
  environment: Record<string, string>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return runNode([join(root, 'packages/cli/bin/coro.js'), ...args], environment)
}

/** Run a Node program to its end. */
export async function runNode(
  args: string[],
  environment: Record<string, string>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...inherited(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (text: Buffer) => (output.stdout += text.toString()))
  child.stderr.on('data', (text: Buffer) => (output.stderr += text.toString()))
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve)
  })
  return { code, ...output }
}

/** This process's environment without what would configure Coro or the AWS SDK. */
export function inherited(): Record<string, string | undefined> {
  // oxlint-disable-next-line node/no-process-env -- handed on to the programs under test
  const entries = Object.entries(process.env)
  return Object.fromEntries(entries.filter(([name]) => !/^(CORO|AWS|NODE_ENV|VITEST)/.test(name)))
}

function parseLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine
  } catch {
    return { level: 0, msg: line }
  }
}
