import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CompareAnswer } from '@coro/api/routes/compare'
import type { DetectionsAnswer } from '@coro/api/routes/detections'
import type { MatchesEnd, MatchLine } from '@coro/api/routes/matches'
import type { PrecisionAnswer } from '@coro/api/routes/samples'
import type { SearchAnswer } from '@coro/api/schemas'
import { parseCsv } from '@coro/shared/csv/read-csv'
import { makeDeployment } from '@coro/synthetic/deployment'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { coro, coroJson, startCoro, temporaryFolder, type RunningCoro, type TemporaryFolder } from './coro-process.js'

let folder: TemporaryFolder
let running: RunningCoro
let data: string[]
let all: SearchAnswer

/** A system on a small deployment; segment 1 is what is searched by. */
beforeAll(async () => {
  folder = await temporaryFolder()
  data = ['--data', join(folder.path, 'store')]
  const { sourceDir } = await makeDeployment({ dir: folder.path, recordings: 8 })
  running = await startCoro(['--source', sourceDir, ...data])
  await coroJson(['scan', '--wait', ...data])
  all = await coroJson(['search', '--segment', '1', '-k', '1000', '--exact', ...data])
})
afterAll(async () => {
  await running[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

const above = (similarity: number) => all.results.filter((result) => result.similarity >= similarity)
/** A similarity that about a third of all segments reach. */
const threshold = () => (all.results[Math.floor(all.results.length / 3)]?.similarity ?? 0) - 1e-6

it('finds everything above a similarity, as people and as programs read it', async () => {
  const by = ['search', '--segment', '1', '--min-similarity', String(threshold()), ...data]
  const answer = await coroJson<{ results: MatchLine[] } & MatchesEnd>(by)
  const ids = (results: { segmentId: number }[]) => results.map(({ segmentId }) => segmentId)
  expect(ids(answer.results)).toEqual(ids(above(threshold())))
  expect(answer).toMatchObject({ matches: answer.results.length, space: all.space })
  const { code, stdout } = await coro(by)
  expect(code).toBe(0)
  const lines = stdout.trim().split('\n')
  expect(lines).toHaveLength(answer.matches + 2)
  expect(lines.at(-1)).toContain(`${answer.matches} matches in ${all.space}`)
  const none = await coroJson<{ results: MatchLine[] }>([...by, '--from', '2031-01-01'])
  expect(none.results).toEqual([])
  expect((await coro([...by, '--site', 'nowhere'])).code).toBe(3)
})

it('groups by recording', async () => {
  const by = ['search', '--segment', '1', '--group', 'recording', '--per-recording', '2', '-k', '3', ...data]
  const answer = await coroJson<SearchAnswer>(by)
  const recordings = [...new Set(all.results.map(({ recordingId }) => recordingId))].slice(0, 3)
  expect(answer.results.map(({ recordingId }) => recordingId)).toEqual(recordings)
  for (const { recordingId, recording } of answer.results) {
    const own = all.results.filter((result) => result.recordingId === recordingId)
    expect(recording).toMatchObject({ windows: own.length, windowsAbove: null })
    expect(recording?.best.map(({ segmentId }) => segmentId)).toEqual(own.slice(0, 2).map(({ segmentId }) => segmentId))
  }
  expect((await coro(by)).stdout).toMatch(/^3 nearest recordings of \d+ segments/)
})

it('counts detections beside the hours recorded', async () => {
  const by = ['detections', '--segment', '1', '--threshold', String(threshold()), '--by', 'site', '--empty', ...data]
  const answer = await coroJson<DetectionsAnswer>(by)
  expect(answer.detections).toBe(above(threshold()).length)
  for (const cell of answer.cells) {
    expect(cell.detections).toBe(above(threshold()).filter(({ site }) => site === cell.site).length)
    expect(cell.recordedHours).toBeGreaterThan(0)
  }
  const { stdout } = await coro(by)
  expect(stdout).toMatch(/site +detections +recordings +recorded h +per hour +best/)
})

it('draws a sample, takes its judgements from the file, and tells precision at each threshold', async () => {
  const csv = join(folder.path, 'sample.csv')
  const drawn = await coroJson<{ sampleId: number; segments: number; population: number }>([
    'sample',
    '--segment',
    '1',
    '--strata',
    '3',
    '--per-stratum',
    '1000',
    '--out',
    csv,
    ...data,
  ])
  expect(drawn).toMatchObject({ segments: all.results.length, population: all.results.length })
  const text = await readFile(csv, 'utf8')
  const rows = parseCsv(text, ['segment_id', 'similarity', 'stratum', 'weight'], csv)
  expect(rows.every(({ values }) => values['weight'] === '1' && values['judgement'] === '')).toBe(true)
  const judged = text
    .trim()
    .split('\n')
    .map((line, i) => (i === 0 ? line : `${line}${i % 2 === 0 ? 'yes' : 'no'}`))
  await writeFile(csv, judged.join('\n'))
  const answer = await coroJson<PrecisionAnswer>(['sample', 'judge', csv, '--by', 'ana', ...data])
  const truths = Math.floor(rows.length / 2)
  expect(answer.sample.judged).toBe(rows.length)
  expect(answer.thresholds.at(-1)).toMatchObject({ judgedTrue: truths, trueCalls: truths, trueCallsHigh: truths })
  const id = String(drawn.sampleId)
  expect(await coroJson(['sample', 'precision', id, ...data])).toEqual(answer)
  expect((await coro(['sample', 'list', ...data])).stdout).toContain('segment 1')
  expect((await coro(['sample', 'precision', '999', ...data])).stderr).toContain('SAMPLE_UNKNOWN')
})

it('compares two sites', async () => {
  const [a = '', b = ''] = new Set(all.results.flatMap(({ site }) => (site === null ? [] : [site])))
  const by = ['compare', '--a', `site=${a}`, '--b', `site=${b}`, '-k', '2', ...data]
  const answer = await coroJson<CompareAnswer>(by)
  expect(answer.segmentsA).toBe(all.results.filter(({ site }) => site === a).length)
  expect(answer.mutual.map(({ k }) => k)).toEqual([1, 2])
  expect((await coro(by)).stdout).toContain(`a: site ${a}: ${answer.sampledA} of ${answer.segmentsA} segments`)
})
