import type { SearchableWindow, StoredRow } from '@coro/shared/database/evaluation'
import { searchableWindows, StoredSubset, vectorsOf } from '@coro/shared/database/evaluation'
import type { Database } from '@coro/shared/database/open'
import type { Space } from '@coro/shared/database/spaces'
import { CoroError } from '@coro/shared/errors'
import type { Storage } from '@coro/shared/storage/store'
import { channelVectors } from './channel-vectors.js'
import { nearest } from './channel-control.js'
import { mean, meanScores, type Scores, ScoreSum, standardDeviation } from './scores.js'
import { drawRoles, type EvaluationWindow, type Roles } from './split.js'

export type Algorithm = 'exact' | 'hnsw'
export type Variant = Space['variant']

export interface EvaluationOptions {
  database: Database
  store: Storage
  /** One per variant. */
  spaces: Space[]
  /** Recordings of this source only, by address; null = all that are searchable. */
  sourceUrl: string | null
  splits: number
  seed: number
  /** Name of the original recording by key: files of one original count as one recording. */
  groups: Map<string, string>
  /** Labels by key, or null. */
  labels: Map<string, Set<string>> | null
  onProgress?: (done: number, total: number) => void
  /** Called for every window of every split. */
  onRole?: (row: RoleRow) => void
}

export interface RoleRow {
  split: number
  segmentId: number
  key: string
  index: number
  recording: string
  role: 'query' | 'stored'
  variant: Variant
  /** Whether it has no vector in the variant's space. */
  silent: boolean
}

export interface EvaluationRow extends Scores {
  algorithm: Algorithm
  variant: Variant
  p5Ceiling: number
  queryMsMean: number
  queryMsSd: number
}

export interface OtherRecordings {
  top1: number
  p5: number
  /** Share of the windows that could have been found that bear the label: what drawing lots would score. */
  chance: number
  /** Per split. */
  queries: number
}

export interface Evaluation {
  rows: EvaluationRow[]
  /** Recall@10 of HNSW against exact search, over all queries of both variants. */
  recall: { mean: number; min: number }
  /** The measure by the recording channel alone, by variant. */
  control: Partial<Record<Variant, Scores>>
  otherRecordings: Partial<Record<Variant, OtherRecordings>> | null
  /** Per split. */
  stored: number
  queries: number
  recordings: number
  /** Recordings of one window, which cannot be split. */
  leftOut: number
}

/** Neighbours asked for: recall is judged over ten, the measure over the first five of them. */
const k = 10
/** HNSW's candidate list: that of Coro's searches. */
const efSearch = 100
const warmUp = 20
/** The control compares in this process: of more queries, every n-th. */
const controlQueries = 2000

/**
 * The paper's measure on what a database holds: windows of each recording split into stored ones and queries; exact and
 * HNSW search in each space; relevant = of the same recording. A silent query counts as a miss, a silent stored window is
 * found by nobody. Errors: EVALUATION_EMPTY where no recording has two windows.
 */
export async function evaluate(options: EvaluationOptions): Promise<Evaluation> {
  const { database, spaces, splits, seed } = options
  const found = await searchableWindows(database.pool, options.sourceUrl)
  const windows = found.map((window) => toEvaluationWindow(window, options.groups))
  const groupOf = new Map(windows.map(({ segmentId, group }) => [segmentId, group]))
  const roleSets = Array.from({ length: splits }, (_, i) => drawRoles(windows, seed, i + 1))
  const counts = countRoles(windows, roleSets[0] ?? new Map<number, never>())
  if (counts.queries === 0) {
    throw new CoroError(
      'EVALUATION_EMPTY',
      'There is no searchable recording with two windows: an evaluation needs some of 10 s or more. Ingest recordings first.',
      { disposition: 'reject' },
    )
  }
  const control = await channelVectors(options.store, spaces, found)
  const recalls: number[] = []
  const rows: EvaluationRow[] = []
  const sums: Evaluation = { rows, recall: { mean: 0, min: 0 }, control: {}, otherRecordings: null, ...counts }
  const progress = progressOf(options, counts.queries * splits * spaces.length)
  for (const space of spaces) {
    const vectors = await vectorsOf(
      database.pool,
      space,
      windows.map(({ segmentId }) => segmentId),
    )
    const answers: SplitAnswers[] = []
    const controls: Scores[] = []
    const others: OtherRecordings[] = []
    for (const [i, roles] of roleSets.entries()) {
      report(options, i + 1, space, windows, roles, vectors)
      const split = { space, roles, vectors, windows, groupOf }
      answers.push(await askSplit(database, split, recalls, progress))
      if (options.labels) others.push(await askOthers(database, split, options.labels))
      controls.push(askControl(control[space.variant] ?? new Map(), split))
    }
    for (const algorithm of ['exact', 'hnsw'] as const) {
      const times = answers.flatMap((answer) => answer[algorithm].ms)
      rows.push({
        algorithm,
        variant: space.variant,
        ...meanScores(answers.map((answer) => answer[algorithm].scores)),
        p5Ceiling: mean(answers.map(({ ceiling }) => ceiling)),
        queryMsMean: mean(times),
        queryMsSd: standardDeviation(times),
      })
    }
    sums.control[space.variant] = meanScores(controls)
    if (options.labels) sums.otherRecordings = { ...sums.otherRecordings, [space.variant]: meanOthers(others) }
  }
  rows.sort((a, b) => (a.algorithm === b.algorithm ? 0 : a.algorithm === 'exact' ? -1 : 1))
  sums.recall = { mean: mean(recalls), min: recalls.reduce((least, recall) => Math.min(least, recall), 1) }
  return sums
}

function toEvaluationWindow(window: SearchableWindow, groups: Map<string, string>): EvaluationWindow {
  const { segmentId, recordingId, key, index } = window
  const name = groups.get(key)
  return { segmentId, key, index, group: name ?? `#${recordingId}`, groupName: name ?? key }
}

function countRoles(windows: EvaluationWindow[], roles: Roles) {
  const of = (role: 'query' | 'stored') => [...roles.values()].filter((is) => is === role).length
  const groups = new Set(windows.map(({ group }) => group))
  const split = new Set(windows.filter(({ segmentId }) => roles.has(segmentId)).map(({ group }) => group))
  return { stored: of('stored'), queries: of('query'), recordings: split.size, leftOut: groups.size - split.size }
}

interface Split {
  space: Space
  roles: Roles
  vectors: Map<number, Float32Array>
  windows: EvaluationWindow[]
  groupOf: Map<number, string>
}

interface SplitAnswers {
  exact: { scores: Scores; ms: number[] }
  hnsw: { scores: Scores; ms: number[] }
  ceiling: number
}

const withRole = ({ windows, roles }: Split, role: 'query' | 'stored'): EvaluationWindow[] =>
  windows.filter(({ segmentId }) => roles.get(segmentId) === role)

/** Numbers for groups, for the table of stored windows. */
function groupNumbers(windows: EvaluationWindow[]): Map<string, number> {
  const numbers = new Map<string, number>()
  for (const { group } of windows) if (!numbers.has(group)) numbers.set(group, numbers.size)
  return numbers
}

function storedRows(split: Split): StoredRow[] {
  const numbers = groupNumbers(split.windows)
  return withRole(split, 'stored').map(({ segmentId, group }) => ({ segmentId, group: numbers.get(group)! }))
}

/** Every query of one split, by comparing all and by the index. */
async function askSplit(
  database: Database,
  split: Split,
  recalls: number[],
  progress: () => void,
): Promise<SplitAnswers> {
  const queries = withRole(split, 'query')
  const storedPerGroup = new Map<string, number>()
  for (const { group } of withRole(split, 'stored')) storedPerGroup.set(group, (storedPerGroup.get(group) ?? 0) + 1)
  await using stored = await StoredSubset.create(database, split.space, storedRows(split), true)
  const relevant = (query: EvaluationWindow, ids: number[]): boolean[] =>
    ids.map((id) => split.groupOf.get(id) === query.group)
  async function pass(ask: (embedding: Float32Array) => ReturnType<StoredSubset['exact']>, done: () => void) {
    for (const query of queries.slice(0, warmUp)) {
      const vector = split.vectors.get(query.segmentId)
      if (vector) await ask(vector)
    }
    const sum = new ScoreSum()
    const ms: number[] = []
    const found = new Map<number, number[]>()
    for (const query of queries) {
      const vector = split.vectors.get(query.segmentId)
      const answer = vector ? await ask(vector) : null
      if (answer) {
        ms.push(answer.ms)
        found.set(query.segmentId, answer.segmentIds)
      }
      sum.add(relevant(query, answer?.segmentIds ?? []))
      done()
    }
    return { scores: sum.means(), ms, found }
  }
  const exact = await pass((vector) => stored.exact(vector, k), progress)
  const hnsw = await stored.withIndex(efSearch, () =>
    pass(
      (vector) => stored.hnsw(vector, k),
      () => undefined,
    ),
  )
  for (const [id, truth] of exact.found) {
    const inIndex = new Set(hnsw.found.get(id))
    if (truth.length > 0) recalls.push(truth.filter((segment) => inIndex.has(segment)).length / truth.length)
  }
  const ceiling = mean(queries.map(({ group }) => Math.min(5, storedPerGroup.get(group) ?? 0) / 5))
  return { exact, hnsw, ceiling }
}

/** Labelled queries among windows of other recordings alone: does it find the sound, or the recording? */
async function askOthers(database: Database, split: Split, labels: Map<string, Set<string>>): Promise<OtherRecordings> {
  const numbers = groupNumbers(split.windows)
  const withVector = withRole(split, 'stored').filter(({ segmentId }) => split.vectors.has(segmentId))
  const byId = new Map(withVector.map((window) => [window.segmentId, window]))
  const shares = (a: EvaluationWindow, b: EvaluationWindow): boolean => {
    const theirs = labels.get(b.key)
    return [...(labels.get(a.key) ?? [])].some((label) => theirs?.has(label) === true)
  }
  await using stored = await StoredSubset.create(database, split.space, storedRows(split), false)
  const sum = new ScoreSum()
  const chances: number[] = []
  for (const query of withRole(split, 'query')) {
    if (!labels.has(query.key)) continue
    const candidates = withVector.filter(({ group }) => group !== query.group)
    const right = candidates.filter((window) => shares(query, window)).length
    // Nobody else bears the label: there is nothing to find.
    if (right === 0) continue
    chances.push(right / candidates.length)
    const vector = split.vectors.get(query.segmentId)
    const answer = vector ? await stored.exactOutside(vector, 5, numbers.get(query.group)!) : null
    sum.add((answer?.segmentIds ?? []).map((id) => shares(query, byId.get(id)!)))
  }
  const { top1, p5 } = sum.means()
  return { top1, p5, chance: mean(chances), queries: sum.queries }
}

function meanOthers(splits: OtherRecordings[]): OtherRecordings {
  const heard = splits.filter(({ queries }) => queries > 0)
  const of = (field: keyof OtherRecordings) => mean(heard.map((split) => split[field]))
  return {
    top1: of('top1'),
    p5: of('p5'),
    chance: of('chance'),
    queries: Math.round(mean(splits.map((s) => s.queries))),
  }
}

function askControl(vectors: Map<number, Float64Array>, split: Split): Scores {
  const stored = withRole(split, 'stored').flatMap(({ segmentId }) => {
    const vector = vectors.get(segmentId)
    return vector ? [{ segmentId, vector }] : []
  })
  const queries = withRole(split, 'query')
  const step = Math.ceil(queries.length / controlQueries)
  const sum = new ScoreSum()
  for (let i = 0; i < queries.length; i += step) {
    const query = queries[i]!
    const vector = vectors.get(query.segmentId)
    const ids = vector ? nearest(vector, stored, 5) : []
    sum.add(ids.map((id) => split.groupOf.get(id) === query.group))
  }
  return sum.means()
}

function report(
  { onRole }: EvaluationOptions,
  split: number,
  space: Space,
  windows: EvaluationWindow[],
  roles: Roles,
  vectors: Map<number, Float32Array>,
): void {
  if (!onRole) return
  for (const { segmentId, key, index, groupName } of windows) {
    const role = roles.get(segmentId)
    const silent = !vectors.has(segmentId)
    if (role) onRole({ split, segmentId, key, index, recording: groupName, role, variant: space.variant, silent })
  }
}

function progressOf({ onProgress }: EvaluationOptions, total: number): () => void {
  let done = 0
  return () => {
    done += 1
    onProgress?.(done, total)
  }
}
