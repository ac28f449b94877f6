import type { SearchAnswer, StatusView } from '@coro/api/schemas'
import { table, type Output } from './output.js'

/** A search's answer for people: how it came about, then the results. */
export function printSearch(output: Output, answer: SearchAnswer): void {
  const how = answer.mode === 'exact' ? 'exact' : `HNSW, ef ${answer.ef}`
  const byRecording = answer.results.some(({ recording }) => recording !== undefined)
  output.say(
    `${answer.results.length} nearest ${byRecording ? 'recordings ' : ''}of ${answer.candidatesExact ? '' : 'about '}${answer.candidates} segments in ` +
      `${answer.space}, ${how}, in ${answer.queryMs.toFixed(1)} ms`,
  )
  sayLeftOut(output, answer.leftOut)
  if (answer.results.length === 0) return
  const clip = answer.results.some(({ queryStartS }) => queryStartS !== null)
  output.say(
    table(
      [
        'similarity',
        'segment',
        'site',
        'started (UTC)',
        'from-to s',
        'recording',
        ...(clip ? ['clip at s'] : []),
        ...(byRecording ? ['segments', 'above'] : []),
      ],
      answer.results
        .flatMap(segmentsOf)
        .map((result) => [
          result.similarity.toFixed(4),
          result.segmentId,
          result.site ?? '-',
          result.startedAt?.replace('T', ' ').slice(0, 19) ?? '-',
          `${round(result.startS)}-${round(result.endS)}`,
          result.key,
          ...(clip ? [round(result.queryStartS ?? 0)] : []),
          ...(byRecording ? [result.recording?.windows ?? null, result.recording?.windowsAbove ?? null] : []),
        ]),
    ),
  )
}

type Result = SearchAnswer['results'][number]

/** A result, or what is shown of a recording: its best segment, then the others. */
function segmentsOf(result: Result): Result[] {
  const beganMs = result.startedAt === null ? null : Date.parse(result.startedAt) - result.startS * 1000
  return (result.recording?.best ?? [result]).map((segment, i) => ({
    ...result,
    ...segment,
    startedAt: beganMs === null ? null : new Date(beganMs + segment.startS * 1000).toISOString(),
    ...(i > 0 ? { recording: undefined } : {}),
  }))
}

/** How many segments a filter by time or sun could not judge. */
export function sayLeftOut(output: Output, leftOut: SearchAnswer['leftOut']): void {
  const { withoutStart = 0, withoutCoordinates = 0 } = leftOut ?? {}
  if (withoutStart > 0) output.say(`${withoutStart} segments were left out: it is not known when they were recorded.`)
  if (withoutCoordinates > 0) {
    output.say(
      `${withoutCoordinates} segments were left out: their site has no coordinates (coro site NAME --latitude --longitude).`,
    )
  }
}

const round = (x: number): number => Math.round(x * 100) / 100

/** The system's counts for people. */
export function printStatus(output: Output, status: StatusView): void {
  const { recordings } = status
  const states = Object.entries(recordings).filter(([, n]) => n > 0)
  output.say(`Recordings  ${states.map(([state, n]) => `${n} ${state}`).join(', ') || 'none yet'}`)
  output.say(`Segments    ${status.segments}`)
  for (const [space, n] of Object.entries(status.embeddings)) {
    const silent = status.silent[space] ?? 0
    const active = space === status.activeSpace ? ', active' : ''
    output.say(`Space       ${space}: ${n} embedded${silent > 0 ? `, ${silent} silent` : ''}${active}`)
  }
  output.say(
    table(
      ['queue', 'waiting', 'active', 'delayed', 'failed'],
      Object.entries(status.queues).map(([name, q]) => [name, q.waiting, q.active, q.delayed, q.failed]),
    ),
  )
  for (const source of status.sources) {
    const swept = source.lastSweepAt === null ? 'never swept' : `swept ${source.lastSweepAt}`
    const failure = source.lastSweepError === null ? '' : `, failed: ${source.lastSweepError}`
    const files = source.lastSweepObjects === null ? 'not counted yet' : `${source.lastSweepObjects} files`
    const others = source.lastSweepPassedOver ? `, ${source.lastSweepPassedOver} passed over` : ''
    output.say(`Source      ${source.url}: ${files}${others}, ${swept}${failure}`)
    if (source.obstacles > 0) output.say(`  ${source.obstacles} could not be taken in: coro source show ${source.url}`)
    if (source.placingFrom !== null) {
      output.say(`  its declaration has changed: known recordings are placed again, so far up to ${source.placingFrom}`)
    }
    if (source.held) {
      output.say(
        `  left alone until ${source.held.until} (${source.held.failures} in a row), ${source.held.code}: ${source.held.message}`,
      )
    }
  }
  for (const { stage, source, count, oldest } of status.waiting) {
    output.say(`Waits       ${count} of ${source} to ${stage}, the oldest since ${oldest ?? '-'}`)
  }
  for (const { source, stage, reason, pausedBy, pausedAt } of status.pauses) {
    const why = reason === null ? '' : ` (${reason})`
    output.say(
      `Paused      ${source ?? 'all sources'}, ${stage ?? 'every stage'}, since ${pausedAt} by ${pausedBy ?? 'somebody'}${why}`,
    )
  }
  for (const { stage, worker, since, until, code, message } of status.holds) {
    output.say(`Held        ${stage} on ${worker} since ${since}, tried again ${until}, ${code}: ${message}`)
  }
}
