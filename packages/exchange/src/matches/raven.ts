import { recordingPath, type Match } from './match.js'

/** A segment is heard up to here: prepared audio has 32 kHz. */
const preparedNyquistHz = 16_000

/**
 * The columns of a Raven selection table: those that Raven always has, those by which it finds the sound (Begin Path,
 * Begin File, File Offset), and ours behind them as annotations. Source: Raven Pro 1.6 User's Manual, "Selection tables
 * and measurements"; BirdNET-Analyzer writes the same.
 */
const header = [
  'Selection',
  'View',
  'Channel',
  'Begin Time (s)',
  'End Time (s)',
  'Low Freq (Hz)',
  'High Freq (Hz)',
  'Begin Path',
  'Begin File',
  'File Offset (s)',
  'Similarity',
  'Rank',
  'Segment',
  'Site',
  'Recorder',
  'Start (UTC)',
]

/** Matches as a selection table, in the order given, times from the start of each one's own file. */
export const ravenTable = (matches: Match[]): string => ravenHeader + ravenLines(matches, 1)

export const ravenHeader = `${header.join('\t')}\n`

/** Lines of a selection table; `first`: the number of the first selection. */
export function ravenLines(matches: Match[], first: number): string {
  const lines = matches.map((match, i) => {
    const { key, startS, endS, sampleRateHz, site, recorder, startedAt } = match
    const highHz = sampleRateHz === null ? preparedNyquistHz : Math.min(preparedNyquistHz, sampleRateHz / 2)
    return [
      first + i,
      'Spectrogram 1',
      1,
      startS.toFixed(3),
      endS.toFixed(3),
      '0.0',
      highHz.toFixed(1),
      recordingPath(match),
      key.split('/').at(-1) ?? key,
      startS.toFixed(3),
      match.similarity.toFixed(4),
      match.rank,
      match.segmentId,
      site ?? '',
      recorder ?? '',
      startedAt ?? '',
    ]
  })
  return lines.map((cells) => `${cells.map(oneLine).join('\t')}\n`).join('')
}

/** The format has no quotes: what would end a cell or a line becomes a blank. */
export const oneLine = (cell: string | number): string => String(cell).replaceAll(/[\t\r\n]+/g, ' ')
