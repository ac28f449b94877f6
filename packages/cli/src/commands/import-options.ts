import { InvalidArgumentError } from 'commander'
import { fields } from '@coro/exchange/vectors/fields'

const known = [...fields, 'embedding']

/** `--column FIELD=COLUMN`, collected. */
export function parseColumn(text: string, before: Record<string, string>): Record<string, string> {
  const [, field = '', column] = /^([a-z0-9_]+)=(.+)$/.exec(text) ?? []
  if (column === undefined || !known.includes(field)) {
    throw new InvalidArgumentError(`must be FIELD=COLUMN, such as key=file; fields are ${known.join(', ')}.`)
  }
  return { ...before, [field]: column }
}

export const importExamples = `
Columns: key (file, filename, path, ...) or sha256 of the recording, start_s (start_time, ...) and end_s of the window,
embedding as a list, as text, or numbered columns; besides source, site, recorder, recording_started_at.
All of it is checked first, and bad rows are told; a second run changes nothing. More in docs/exchange.md.

Examples:
  coro import perch.parquet --space perch8 --model perch_8 --source ~/recordings
  coro import embeddings.npy --references windows.csv --space birdnet --window 3
  coro import opensoundscape.csv --space osd --column key=file --column start_s=start_time --dry-run`
