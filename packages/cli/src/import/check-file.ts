import { RowChecker, type CheckOptions, type RowProblem } from '@coro/exchange/vectors/check-rows'
import type { RecordingRef } from '@coro/exchange/vectors/read-reference'
import type { VectorFile } from '@coro/exchange/vectors/open-vectors'
import type { Client } from '../system/client.js'

/** What a file of embeddings holds, and what of it cannot go in. */
export interface CheckedFile {
  rows: number
  /** Rows that can go in. */
  good: number
  /** Rows that say what an earlier one said. */
  repeated: number
  /** The first of them; `bad` counts them all. */
  problems: RowProblem[]
  bad: number
  dimension: number | null
  windowS: number | null
  hopS: number | null
  recordings: RecordingRef[]
  /** Of each recording: starts and ends in ms, one after the other. */
  windows: number[][]
  /** Of the recordings: found here, not yet here, or refused. */
  plan: RecordingPlan[]
}

export type RecordingPlan = { recordingId: number; created: boolean } | { refused: string }

/** Problems that are kept to be shown. */
const mostProblems = 1000
const recordingsPerRequest = 1000

/**
 * Read a file from end to end and ask which of its recordings are here; nothing is written. source: for rows that state
 * none. Throws what VectorFile.rows throws.
 */
export async function checkFile(
  file: VectorFile,
  client: Client,
  space: string,
  options: CheckOptions & { source: string | null },
  onRows: (done: number) => void,
): Promise<CheckedFile> {
  const checker = new RowChecker(options)
  const problems: RowProblem[] = []
  const firstRows: { row: number; line: number | null; count: number }[] = []
  let rows = 0
  let good = 0
  let repeated = 0
  let bad = 0
  for await (const batch of file.rows()) {
    for (const raw of batch) {
      rows++
      const checked = checker.check(raw)
      if (checked === 'again') repeated++
      else if ('message' in checked) {
        bad++
        if (problems.length < mostProblems) problems.push(checked)
      } else {
        good++
        const first = (firstRows[checked.recording] ??= { row: raw.row, line: raw.line, count: 0 })
        first.count++
      }
    }
    onRows(rows)
  }
  const { recordings } = checker
  const plan = await askRecordings(client, space, withSource(recordings, options.source), options.timeZone, true)
  for (const [i, planned] of plan.entries()) {
    const { row = 0, line = null, count = 0 } = firstRows[i] ?? {}
    if (!('refused' in planned) || count === 0) continue
    good -= count
    bad += count
    const others = count > 1 ? ` (and ${count - 1} more rows of it)` : ''
    if (problems.length < mostProblems) problems.push({ row, line, message: planned.refused + others })
  }
  problems.sort((a, b) => a.row - b.row)
  const windowS = checker.windowS
  return {
    rows,
    good,
    repeated,
    problems,
    bad,
    dimension: checker.dimension,
    windowS,
    hopS: checker.hopS ?? windowS,
    recordings,
    windows: checker.windows,
    plan,
  }
}

export const withSource = (recordings: RecordingRef[], source: string | null): RecordingRef[] =>
  recordings.map((recording) => ({ ...recording, source: recording.source ?? source }))

/** Find (and without `dryRun` make) recordings, in order, some hundreds a request. */
export async function askRecordings(
  client: Client,
  space: string,
  recordings: RecordingRef[],
  timeZone: string | undefined,
  dryRun: boolean,
): Promise<RecordingPlan[]> {
  const answers: RecordingPlan[] = []
  for (let from = 0; from < recordings.length; from += recordingsPerRequest) {
    const part = recordings.slice(from, from + recordingsPerRequest)
    const body = { space, recordings: part, timeZone: timeZone ?? null, dryRun }
    const answer = await client.post<{ recordings: RecordingPlan[] }>('/v1/imports/recordings', body)
    answers.push(...answer.recordings)
  }
  return answers
}
