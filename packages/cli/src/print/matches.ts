import type { MatchesEnd, MatchLine } from '@coro/api/routes/matches'
import { once } from 'node:events'
import { CoroError } from '@coro/shared/errors'
import type { Output } from './output.js'
import { sayLeftOut } from './results.js'

/** Widths of the columns: lines are printed as they come, so that none can be measured first. */
const columns = { similarity: 10, segment: 10, site: 16, started: 19, span: 13 }

/**
 * Print matches as they come: a line each, or with `--json` one object whose `results` grow while they are found. Throws what
 * broke the search off, MATCHES_CUT_OFF where the answer ends before its end.
 */
export async function printMatches(
  output: Output,
  lines: AsyncIterable<MatchLine | MatchesEnd | { error: { code: string; message: string } }>,
): Promise<void> {
  let count = 0
  for await (const line of lines) {
    if ('error' in line) throw new CoroError(line.error.code, line.error.message, { disposition: 'retry' })
    if ('done' in line) {
      await end(output, line, count)
      return
    }
    if (output.json) await write(`${count === 0 ? '{"results":[' : ','}${JSON.stringify(line)}`)
    else await write(`${count === 0 ? `${header}\n` : ''}${row(line)}\n`)
    count += 1
  }
  throw new CoroError('MATCHES_CUT_OFF', `the answer ended after ${count} matches, before its end`, {
    disposition: 'retry',
  })
}

async function end(output: Output, { space, matches, queryMs, leftOut }: MatchesEnd, count: number): Promise<void> {
  if (output.json) {
    const rest = JSON.stringify({ space, matches, queryMs, leftOut }).slice(1)
    await write(`${count === 0 ? '{"results":[' : ''}],${rest}\n`)
    return
  }
  output.say(`${matches} matches in ${space}, everything compared in ${queryMs.toFixed(1)} ms`)
  sayLeftOut(output, leftOut)
}

const round = (x: number): number => Math.round(x * 100) / 100

const cells = (similarity: string, segment: string, site: string, started: string, span: string, recording: string) =>
  [
    similarity.padEnd(columns.similarity),
    segment.padStart(columns.segment),
    site.padEnd(columns.site),
    started.padEnd(columns.started),
    span.padEnd(columns.span),
    recording,
  ].join('  ')

const header = cells('similarity', 'segment', 'site', 'started (UTC)', 'from-to s', 'recording')

function row({ similarity, segmentId, site, startedAt, startS, endS, key, queryStartS }: MatchLine): string {
  const found = queryStartS === null ? '' : `  (clip at ${round(queryStartS)} s)`
  return cells(
    similarity.toFixed(4),
    String(segmentId),
    site ?? '-',
    startedAt?.replace('T', ' ').slice(0, 19) ?? '-',
    `${round(startS)}-${round(endS)}`,
    key + found,
  )
}

/** Wait where the reader is slower, so that matches do not pile up here. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text) && !process.stdout.destroyed) {
    await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')])
  }
}
