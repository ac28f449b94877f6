import type { SampleAnswer } from '@coro/api/routes/samples'
import { csvCells } from '@coro/exchange/csv/csv-line'
import { readCsv } from '@coro/shared/csv/read-csv'
import { CoroError } from '@coro/shared/errors'

const columns = [
  'sample',
  'segment_id',
  'recording',
  'site',
  'started_at',
  'start_s',
  'end_s',
  'similarity',
  'stratum',
  'weight',
  'judgement',
]

/** A sample as CSV (RFC 4180, but for its line ends: people edit it with whatever they have), a segment a line in its random order; judgements as yes, no or nothing. */
export function sampleCsv({ sample, segments }: SampleAnswer): string {
  const line = (cells: Parameters<typeof csvCells>[0]) => `${csvCells(cells, [], { guard: true })}\n`
  const lines = segments.map((segment) =>
    line([
      sample.sampleId,
      segment.segmentId,
      segment.key,
      segment.site,
      segment.startedAt,
      segment.startS,
      segment.endS,
      Number(segment.similarity.toFixed(6)),
      segment.stratum,
      segment.weight,
      segment.judgement === null ? null : segment.judgement ? 'yes' : 'no',
    ]),
  )
  return line(columns) + lines.join('')
}

const meanings = new Map<string, boolean | null>([
  ...['yes', 'y', 'true', '1'].map((word): [string, boolean] => [word, true]),
  ...['no', 'n', 'false', '0'].map((word): [string, boolean] => [word, false]),
  ['', null],
])

/**
 * Judgements from such a file, whatever columns were added or moved: yes, y, true, 1; no, n, false, 0; empty = not judged.
 * Throws CSV_INVALID, JUDGEMENT_INVALID naming the line.
 */
export async function readJudgements(
  path: string,
): Promise<{ sampleId: number; judgements: { segmentId: number; judgement: boolean | null }[] }> {
  const rows = await readCsv(path, ['sample', 'segment_id', 'judgement'])
  const first = Number(rows[0]?.values['sample'])
  const judgements = rows.map(({ line, values }) => {
    const segmentId = Number(values['segment_id'])
    const word = values['judgement'] ?? ''
    const judgement = meanings.get(word.toLowerCase())
    if (!Number.isSafeInteger(first) || first < 1 || Number(values['sample']) !== first) {
      throw wrong(path, line, `the sample "${values['sample']}" is not that of the first line`)
    }
    if (!Number.isSafeInteger(segmentId) || segmentId < 1)
      throw wrong(path, line, `"${values['segment_id']}" is no segment`)
    if (judgement === undefined) throw wrong(path, line, `"${word}" is no judgement: yes, no, or nothing`)
    return { segmentId, judgement }
  })
  return { sampleId: first, judgements }
}

const wrong = (path: string, line: number, reason: string) =>
  new CoroError('JUDGEMENT_INVALID', `${path}, line ${line}: ${reason}. Nothing was saved.`, { disposition: 'reject' })
