import { csvLine } from '@coro/exchange/csv/csv-line'
import { annotationsByRecording, type AnnotationFormat } from '@coro/exchange/matches/by-recording'
import { matchCells, matchColumns, type Match } from '@coro/exchange/matches/match'
import { ravenTable } from '@coro/exchange/matches/raven'
import { wavName } from '@coro/exchange/matches/wav-name'
import type { TableColumn } from '@coro/exchange/table/table'
import { zipOf, type ZipEntry } from '@coro/exchange/zip/write-zip'
import { findSegment } from '@coro/shared/database/segments'
import { errorFacts } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import { preparedSamples } from '../prepared-samples.js'
import { wavHeader } from '../wav-header.js'
import type { StreamedFile } from './stream-answer.js'
import { contentTypes, tableBytes, type TableFormat } from './table-file.js'

/** Matches as a table. */
export function matchTable(matches: Match[], format: TableFormat, formulas: 'guard' | 'keep'): StreamedFile {
  async function* batches() {
    yield matches.map(matchCells)
  }
  return {
    fileName: `matches.${format}`,
    contentType: contentTypes[format],
    bytes: tableBytes({ columns: matchColumns, batches: batches() }, format, formulas),
    rows: matches.length,
  }
}

/** Matches as one Raven selection table, each with the file that it lies in. */
export function ravenFile(matches: Match[]): StreamedFile {
  async function* bytes() {
    yield Buffer.from(ravenTable(matches), 'utf8')
  }
  return {
    fileName: 'matches.selections.txt',
    contentType: 'text/plain; charset=utf-8',
    bytes: bytes(),
    rows: matches.length,
  }
}

/** Matches as a zip with a file for each recording. */
export function annotationZip(matches: Match[], format: AnnotationFormat): StreamedFile {
  async function* entries() {
    yield* annotationsByRecording(matches, format)
  }
  return {
    fileName: `matches-${format}.zip`,
    contentType: 'application/zip',
    bytes: zipOf(entries()),
    rows: matches.length,
  }
}

/** Prepared audio that is not there, and why, by the code of the error. */
const withoutSound: Record<string, string> = {
  SEGMENT_WITHOUT_AUDIO: 'known from an imported embedding alone: the recording is not here',
  SEGMENT_NOT_PREPARED: 'not prepared (any more)',
  SEGMENT_UNKNOWN: 'gone since it was found',
  STORAGE_GONE: 'its prepared audio has expired; it is made again when the recording is prepared again',
}

const csvColumns: TableColumn[] = [...matchColumns, { name: 'file', kind: 'text' }, { name: 'note', kind: 'text' }]

/**
 * Matches as a zip: a WAV each (the prepared samples that were embedded, 32 kHz mono), in the order of rank, and
 * matches.csv with a row each. A match whose sound is not there keeps its row, which says why; the zip's comment counts
 * them. Memory: one WAV, and the rows.
 */
export function soundZip(platform: Platform, matches: Match[], variant: 'raw' | 'denoised'): StreamedFile {
  let missing = 0
  async function* entries(): AsyncGenerator<ZipEntry> {
    const kinds = csvColumns.map(({ kind }) => kind)
    const lines = [
      csvLine(
        csvColumns.map(({ name }) => name),
        kinds,
        { guard: false },
      ),
    ]
    for (const match of matches) {
      const name = wavName(match, matches.length)
      const sound = await soundOf(platform, match, variant)
      if (typeof sound === 'string') missing++
      else {
        const modifiedAt = match.startedAt === null ? null : new Date(match.startedAt)
        yield { name, bytes: Buffer.concat([wavHeader(sound.length), sound]), modifiedAt, compress: false }
      }
      const [file, note] = typeof sound === 'string' ? [null, sound] : [name, null]
      lines.push(csvLine([...matchCells(match), file, note], kinds, { guard: true }))
    }
    yield { name: 'matches.csv', bytes: Buffer.from(lines.join('')), compress: true }
  }
  return {
    fileName: 'matches.zip',
    contentType: 'application/zip',
    bytes: zipOf(entries(), () =>
      missing === 0 ? '' : `${missing} of ${matches.length} matches have no sound here: matches.csv says why.`,
    ),
    rows: matches.length,
    // 5 s of 16 bits at 32 kHz.
    estimatedBytes: matches.length * 320_250,
  }
}

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
