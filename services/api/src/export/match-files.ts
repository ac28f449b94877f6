import { csvLine } from '@coro/exchange/csv/csv-line'
import { annotationsByRecording, type AnnotationFormat } from '@coro/exchange/matches/by-recording'
import { matchCells, matchColumns, type Match } from '@coro/exchange/matches/match'
import { ravenHeader, ravenLines } from '@coro/exchange/matches/raven'
import { wavName } from '@coro/exchange/matches/wav-name'
import type { Cell, TableColumn } from '@coro/exchange/table/table'
import { zipOf, type ZipEntry } from '@coro/exchange/zip/write-zip'
import { findSegment } from '@coro/shared/database/segments'
import { CoroError, errorFacts } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import { preparedSamples } from '../prepared-samples.js'
import { wavHeader } from '../wav-header.js'
import type { FoundMatches } from './matches-of.js'
import type { StreamedFile } from './stream-answer.js'
import { contentTypes, tableBytes, type TableFormat } from './table-file.js'

/** Matches as a table. */
export function matchTable(
  { batches, total }: FoundMatches,
  format: TableFormat,
  formulas: 'guard' | 'keep',
): StreamedFile {
  async function* rows() {
    for await (const matches of batches) yield matches.map(matchCells)
  }
  return {
    fileName: `matches.${format}`,
    contentType: contentTypes[format],
    bytes: tableBytes({ columns: matchColumns, batches: rows() }, format, formulas),
    rows: total,
  }
}

/** Matches as one Raven selection table, each with the file that it lies in. */
export function ravenFile({ batches, total }: FoundMatches): StreamedFile {
  async function* bytes() {
    yield Buffer.from(ravenHeader, 'utf8')
    for await (const matches of batches) yield Buffer.from(ravenLines(matches, matches[0]?.rank ?? 1), 'utf8')
  }
  return {
    fileName: 'matches.selections.txt',
    contentType: 'text/plain; charset=utf-8',
    bytes: bytes(),
    rows: total,
  }
}

/** So many are held in memory to be sorted by recording. */
const mostSorted = 200_000

/** Matches as a zip with a file for each recording. Throws EXPORT_TOO_LARGE. */
export async function annotationZip({ batches }: FoundMatches, format: AnnotationFormat): Promise<StreamedFile> {
  const all: Match[] = []
  for await (const matches of batches) {
    all.push(...matches)
    if (all.length <= mostSorted) continue
    throw new CoroError(
      'EXPORT_TOO_LARGE',
      `There are more than ${mostSorted} matches, which are not sorted by recording: ask for fewer, or for one table.`,
      { disposition: 'reject' },
    )
  }
  async function* entries() {
    yield* annotationsByRecording(all, format)
  }
  return {
    fileName: `matches-${format}.zip`,
    contentType: 'application/zip',
    bytes: zipOf(entries()),
    rows: all.length,
  }
}

/** Prepared audio that is not there, and why, by the code of the error. */
const withoutSound: Record<string, string> = {
  SEGMENT_WITHOUT_AUDIO: 'known from an imported embedding alone: the recording is not here',
  SEGMENT_NOT_PREPARED: 'not prepared (any more)',
  SEGMENT_UNKNOWN: 'gone since it was found',
  PREPARED_EXPIRED: 'its prepared audio has expired, and is being made again: export again later',
  PREPARED_GONE: 'its prepared audio has expired, and its original is not in the source any more',
}

const csvColumns: TableColumn[] = [...matchColumns, { name: 'file', kind: 'text' }, { name: 'note', kind: 'text' }]

/**
 * Matches as a zip: a WAV each (the prepared samples that were embedded, 32 kHz mono), in the order of rank, and
 * matches.csv with a row each. A match whose sound is not there keeps its row, which says why; the zip's comment counts
 * them. Memory: one WAV, and the rows.
 */
export function soundZip(
  platform: Platform,
  { batches, total }: FoundMatches,
  variant: 'raw' | 'denoised',
): StreamedFile {
  let count = 0
  let missing = 0
  async function* entries(): AsyncGenerator<ZipEntry> {
    const kinds = csvColumns.map(({ kind }) => kind)
    const line = (cells: Cell[]) => Buffer.from(csvLine(cells, kinds, { guard: true }))
    const lines = [line(csvColumns.map(({ name }) => name))]
    for await (const matches of batches) {
      for (const match of matches) {
        count++
        const name = wavName(match, total ?? manyMatches)
        const sound = await soundOf(platform, match, variant)
        if (typeof sound === 'string') missing++
        else {
          const modifiedAt = match.startedAt === null ? null : new Date(match.startedAt)
          yield { name, bytes: Buffer.concat([wavHeader(sound.length), sound]), modifiedAt, compress: false }
        }
        const [file, note] = typeof sound === 'string' ? [null, sound] : [name, null]
        lines.push(line([...matchCells(match), file, note]))
      }
    }
    yield { name: 'matches.csv', bytes: Buffer.concat(lines), compress: true }
  }
  return {
    fileName: 'matches.zip',
    contentType: 'application/zip',
    bytes: zipOf(entries(), () =>
      missing === 0 ? '' : `${missing} of ${count} matches have no sound here: matches.csv says why.`,
    ),
    rows: total,
    // 5 s of 16 bits at 32 kHz.
    estimatedBytes: total === null ? null : total * 320_250,
  }
}

/** Names have digits for so many ranks where nobody knows beforehand how many there are. */
const manyMatches = 9_999_999

/** A match's samples, or why there are none. Throws where the store does not answer. */
async function soundOf(platform: Platform, match: Match, variant: 'raw' | 'denoised'): Promise<Uint8Array | string> {
  const segment = await findSegment(platform.database.pool, match.segmentId)
  if (!segment) return withoutSound['SEGMENT_UNKNOWN'] as string
  try {
    const samples = await preparedSamples(platform, segment, variant)
    return samples.length > 0 ? samples : 'it lies behind the end of its recording'
  } catch (error) {
    const reason = withoutSound[errorFacts(error).code]
    if (reason === undefined) throw error
    return reason
  }
}
