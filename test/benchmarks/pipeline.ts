/**
 * How close the whole embedded pipeline comes to its stages alone: wall time of an ingest over the single-thread CPU
 * of its stages, divided by the cores. `npm run bench -- pipeline [--recordings 36] [--rounds 3] [--source DIR] [--engine portable]`.
 * Stages and pipeline are measured in turns, in fresh processes, and the ratio is between their medians.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeDeployment } from '@coro/synthetic/deployment'

const { values } = parseArgs({
  options: {
    recordings: { type: 'string', default: '36' },
    rounds: { type: 'string', default: '3' },
    source: { type: 'string' },
    engine: { type: 'string', default: 'kernel' },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'coro-bench-'))

try {
  const source =
    values.source ??
    (await makeDeployment({ dir: join(folder, 'deployment'), recordings: Number(values.recordings) })).sourceDir
  const stages: Stages[] = []
  const walls: Wall[] = []
  for (let round = 0; round < Number(values.rounds); round++) {
    stages.push(child('pipeline-stages.js', [source, join(folder, `stages-${round}`), values.engine]) as Stages)
    walls.push(child('pipeline-ingest.js', [source, join(folder, `store-${round}`), values.engine]) as Wall)
  }
  report(stages, walls)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

interface Stages {
  audioS: number
  prepareCpuS: number
  embedCpuS: number
  windows: number
}

interface Wall {
  wallS: number
  cpuS: number
  startS: number
  embeddings: number
}

function child(script: string, args: string[]): unknown {
  const run = spawnSync(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 26,
  })
  if (run.status !== 0) throw new Error(`${script} ended with ${run.status}`)
  return JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '') as unknown
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}

function report(stages: Stages[], walls: Wall[]): void {
  const cores = Math.min(2, availableParallelism())
  const { audioS, windows } = stages[0] as Stages
  const prepare = median(stages.map(({ prepareCpuS }) => prepareCpuS))
  const embed = median(stages.map(({ embedCpuS }) => embedCpuS))
  const wall = median(walls.map(({ wallS }) => wallS))
  const cpu = median(walls.map(({ cpuS }) => cpuS))
  const bound = (prepare + embed) / cores
  console.log(`audio                ${audioS.toFixed(0)} s in ${windows} windows, raw and denoised`)
  console.log(`prepare alone        ${prepare.toFixed(2)} s CPU (${(audioS / prepare).toFixed(0)}x real time)`)
  console.log(
    `embed alone          ${embed.toFixed(2)} s CPU (${((embed / windows / 2) * 1000).toFixed(2)} ms a window)`,
  )
  console.log(`bound on ${cores} core(s)   ${bound.toFixed(2)} s`)
  console.log(
    `whole pipeline       ${wall.toFixed(2)} s wall, ${cpu.toFixed(2)} s CPU (${(audioS / wall).toFixed(0)}x real time)`,
  )
  console.log(`start                ${median(walls.map(({ startS }) => startS)).toFixed(2)} s`)
  console.log(`ratio wall / bound   ${(wall / bound).toFixed(2)} (at most 1.5)`)
}
