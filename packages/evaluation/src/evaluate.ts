import { type SearchableWindow, searchableWindows, vectorsOf } from '@coro/shared/database/evaluation'
import type { Database } from '@coro/shared/database/open'
import type { Space } from '@coro/shared/database/spaces'
import { CoroError } from '@coro/shared/errors'
import type { Storage } from '@coro/shared/storage/store'
import { askSplit, type SplitAnswers } from './ask-split.js'
import { askChannel, channelVectors } from './channel-scores.js'
import { askOthers, meanOthers, type OtherRecordings } from './other-recordings.js'
import { mean, meanScores, type Scores, standardDeviation } from './scores.js'
import { drawRoles, type EvaluationWindow, type Roles } from './split.js'

export type Algorithm = 'exact' | 'hnsw'
export type Variant = Space['variant']

export interface EvaluationOptions {
  database: Database
  store: Storage
  /** One per variant, of one front end. */
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

export interface Evaluation {
  rows: EvaluationRow[]
  /** Recall@10 of HNSW against exact search, over all queries of both variants. */
  recall: { mean: number; min: number }
  /** The measure by the recording channel alone, by variant; none where no prepared audio of the space is there. */
  control: Partial<Record<Variant, Scores>>
  /** Null without labels; empty where no label is borne by two recordings. */
  otherRecordings: Partial<Record<Variant, OtherRecordings>> | null
  /** Per split. */
  stored: number
  queries: number
  recordings: number
  /** Recordings of one window, which cannot be split. */
  leftOut: number
  /** Keys of the groups and labels given that no searchable recording has. */
  unknownKeys: { groups: string[]; labels: string[] }
}

/**
 * The paper's measure on what a database holds: windows of each recording split into stored ones and queries; exact and
 * HNSW search in each space; relevant = of the same recording. A silent query counts as a miss, a silent stored window is
 * found by nobody. Errors: EVALUATION_EMPTY where no recording has two windows, or no query any sound.
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
  const recalls: number[] = []
  const rows: EvaluationRow[] = []
  const unknownKeys = { groups: unknown(options.groups, found), labels: unknown(options.labels ?? new Map(), found) }
  const recall = { mean: 0, min: 0 }
  const sums: Evaluation = { rows, recall, control: {}, otherRecordings: null, ...counts, unknownKeys }
  const progress = progressOf(options, counts.queries * splits * spaces.length)
  for (const space of spaces) {
    const vectors = await vectorsOf(
      database.pool,
      space,
      windows.map(({ segmentId }) => segmentId),
    )
    const channel = await channelVectors(options.store, space, found)
    const answers: SplitAnswers[] = []
    const controls: Scores[] = []
    const others: OtherRecordings[] = []
    for (const [i, roles] of roleSets.entries()) {
      report(options, i + 1, space, windows, roles, vectors)
      const split = { space, roles, vectors, windows, groupOf }
      answers.push(await askSplit(database, split, recalls, progress))
      if (options.labels) others.push(await askOthers(database, split, options.labels))
      if (channel.size > 0) controls.push(askChannel(channel, split))
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
    if (controls.length > 0) sums.control[space.variant] = meanScores(controls)
    if (options.labels) {
      const found = meanOthers(others)
      sums.otherRecordings = { ...sums.otherRecordings, ...(found ? { [space.variant]: found } : {}) }
    }
  }
  if (recalls.length === 0) {
    throw new CoroError('EVALUATION_EMPTY', 'All queries are silent: there is nothing to search by.', {
      disposition: 'reject',
    })
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

function unknown(named: Map<string, unknown>, windows: SearchableWindow[]): string[] {
  const known = new Set(windows.map(({ key }) => key))
  return [...named.keys()].filter((key) => !known.has(key))
}

function countRoles(windows: EvaluationWindow[], roles: Roles) {
  const of = (role: 'query' | 'stored') => [...roles.values()].filter((is) => is === role).length
  const groups = new Set(windows.map(({ group }) => group))
  const split = new Set(windows.filter(({ segmentId }) => roles.has(segmentId)).map(({ group }) => group))
  return { stored: of('stored'), queries: of('query'), recordings: split.size, leftOut: groups.size - split.size }
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
