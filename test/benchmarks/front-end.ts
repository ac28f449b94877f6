/**
 * npm run bench -- front-end [--python VENV] [--rounds 5] [--minutes 10] [--rate 44100]
 *
 * The front end on one core, from a 16-bit WAV file to windows: the SIMD kernel, plain JavaScript, and Python's
 * noisereduce with resample_poly (one thread) where python3, or VENV/bin/python, has them. CPU time; runs take turns,
 * each in a process of its own, and medians count. What it takes of memory: bench -- memory.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { defaultFrontEnd } from '@coro/audio/front-end'
import { readClipWindows } from '@coro/audio/read-clip-windows'
import { writeNight } from './night-sound.js'

const engines = ['kernel', 'portable', 'python'] as const
const modes = ['stationary', 'non-stationary'] as const
type Engine = (typeof engines)[number]
type Mode = (typeof modes)[number]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string', default: '44100' },
  },
})
const self = fileURLToPath(import.meta.url)

/** In a process of its own: CPU seconds of a run behind a first one, as a worker's, which lives for many recordings. */
async function runChain(engine: 'kernel' | 'portable', mode: Mode, path: string): Promise<void> {
  const frontEnd = { ...defaultFrontEnd, gate: { ...defaultFrontEnd.gate, mode } }
  const run = () => readClipWindows(path, { variant: 'denoised', frontEnd, engine, maxDurationS: Infinity })
  await run()
  const began = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(began)
  console.log((user + system) / 1e6)
}

function child(...args: string[]): number {
  return Number(execFileSync(process.execPath, [self, ...args], { encoding: 'utf8' }))
}

function runPython(python: string, mode: Mode, path: string): number {
  // Only what one thread needs; libraries choose their kernels themselves.
  const env = { PATH: '/usr/bin:/bin', OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' }
  const script = join(process.cwd(), 'test/benchmarks/front-end.py')
  const answer = execFileSync(python, [script, path, mode], {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return Number(answer.split('\t')[0])
}

function pythonWorks(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import noisereduce, scipy'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const median = (numbers: number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!

function compare(folder: string): void {
  const python = values.python === undefined ? 'python3' : join(values.python, 'bin/python')
  const withPython = pythonWorks(python)
  if (!withPython) console.log(`${python} has no noisereduce and scipy: left out`)
  const seconds = Number(values.minutes) * 60
  const path = join(folder, 'scene.wav')
  writeNight(path, Number(values.rate), seconds)
  const times = new Map<string, number[]>()
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const mode of modes) {
      for (const engine of engines) {
        if (engine === 'python' && !withPython) continue
        const took = engine === 'python' ? runPython(python, mode, path) : child('chain', engine, mode, path)
        times.set(`${engine} ${mode}`, [...(times.get(`${engine} ${mode}`) ?? []), took])
      }
    }
  }
  for (const mode of modes) {
    const speed = (engine: Engine): number => seconds / median(times.get(`${engine} ${mode}`) ?? [Number.NaN])
    const ratio = (a: Engine, b: Engine): string => `${a}/${b} ${(speed(a) / speed(b)).toFixed(2)}`
    console.log(`${mode}: ${engines.map((engine) => `${engine} ${speed(engine).toFixed(0)}x`).join(', ')} real time`)
    console.log(
      `  ${ratio('kernel', 'python')}, ${ratio('portable', 'python')}, ${ratio('kernel', 'portable')} (medians of ${values.rounds})`,
    )
  }
}

const [task, ...rest] = positionals
if (task === 'chain') await runChain(rest[0] as 'kernel' | 'portable', rest[1] as Mode, rest[2]!)
else {
  const folder = mkdtempSync(join(tmpdir(), 'coro-front-end-'))
  try {
    compare(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
