// The one entry of every npm script: installs what is missing, builds what is stale, then runs what was asked.
// Plain JavaScript without dependencies, because it runs before there are any.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kernelIsStale } from '../../packages/audio/kernel/build.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const [task, ...args] = process.argv.slice(2)

/** Run a program with this terminal; ends the process with its exit code when it fails. */
function run(program, programArgs, { env = {}, quiet = false, cwd = root } = {}) {
  const result = spawnSync(program, programArgs, {
    cwd,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
  if (result.error) throw result.error
  if (result.status !== 0) {
    if (quiet) process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`)
    process.exit(result.status ?? 1)
  }
}

const bin = (name) => join(root, 'node_modules/.bin', name)

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  console.error(`Coro needs Node 20.19 or newer; this is ${process.versions.node}.`)
  process.exit(1)
}

/** npm ci, once per content of package-lock.json. */
function install() {
  const lock = readFileSync(join(root, 'package-lock.json'))
  const digest = createHash('sha256').update(lock).digest('hex')
  const stamp = join(root, 'node_modules/.coro-installed')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return
  process.stderr.write('Installing npm packages (the first time takes about a minute)...\n')
  run(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    quiet: true,
    env: { ONNXRUNTIME_NODE_INSTALL: 'skip' },
  })
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, digest)
}

const product = ['packages/cli', 'services/ingest', 'services/embed', 'services/api', 'models']

/** tsc -b, of the whole or of some projects: incremental, under a second when nothing changed; and the SIMD kernel. */
function build(projects = []) {
  if (kernelIsStale()) run(process.execPath, [join(root, 'packages/audio/kernel/build.mjs')])
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', ...projects])
}

/** Types, import borders and type-aware lint, format, names of files. */
function check() {
  build()
  run(bin('oxlint'), ['--type-aware', '--deny-warnings'])
  run(bin('prettier'), ['--check', '--log-level', 'warn', '.'])
  run(process.execPath, [join(root, 'infra/dev/check-files.mjs')])
}

checkNode()
install()

switch (task) {
  case 'build':
    build()
    break
  case 'check':
    check()
    break
  case 'coro':
    build(product) // not the tests: what is wrong with them is nothing to a user
    // In this process: one process less between a signal and Coro.
    process.argv.splice(1, process.argv.length, join(root, 'packages/cli/bin/coro.js'), ...args)
    await import('../../packages/cli/bin/coro.js')
    break
  case 'node':
    build()
    run(process.execPath, args)
    break
  case 'vitest':
    build()
    run(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...args])
    break
  case 'faults':
    build()
    run(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'faults*', ...args], {
      env: { CORO_FAULTS: process.env.CORO_FAULTS ?? 'full' },
    })
    break
  case 'bench':
    build()
    run(process.execPath, [join(root, `.build/test/benchmarks/${args[0] ?? 'pipeline'}.js`), ...args.slice(1)])
    break
  case 'test': {
    // Whoever reads the last line reads the same of a failed check as of a failed test.
    const tell = (code) => code !== 0 && console.log('0 passed, 1 failed')
    process.once('exit', tell)
    check()
    process.off('exit', tell)
    run(process.execPath, [join(root, '.build/test/run-all.js'), ...args])
    break
  }
  default:
    console.error(`unknown task ${task}: build, check, coro, node, vitest, faults, bench or test`)
    process.exit(2)
}
