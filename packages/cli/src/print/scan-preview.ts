import { printable } from './printable.js'
import type { PreviewEnd } from '@coro/api/routes/scan-preview'
import { table, type Output } from './output.js'

type Survey = PreviewEnd['surveys'][number]

/** What a scan would find, for people. */
export function printPreview(output: Output, { surveys, estimate }: PreviewEnd): void {
  if (surveys.length === 0) {
    output.say('No source is configured (CORO_SOURCES); name one: coro scan --dry-run FOLDER')
    return
  }
  output.say(
    table(
      ['source', 'files', 'size', 'new', 'changed', 'known', 'hours to do', 'refused'],
      surveys.map((survey) => [
        survey.source,
        survey.files,
        bytes(survey.bytes),
        survey.new,
        survey.changed,
        survey.known,
        `${survey.sampled ? 'about ' : ''}${survey.hours}`,
        survey.rejected.reduce((sum, { about }) => sum + about, 0),
      ]),
    ),
  )
  for (const survey of surveys) printFindings(output, survey)
  const how = estimate.measured ? 'measured on what was done last' : 'assumed: nothing was measured here yet'
  output.say(`Time          about ${duration(estimate.seconds)}, at ${estimate.timesRealTime} times real time (${how})`)
  output.say(
    'Nothing was written (--dry-run). Headers alone were read: what is wrong with the sound itself shows later.',
  )
}

function printFindings(output: Output, survey: Survey): void {
  const { looked, sampled, rejected, warnings, cardSwaps, passedOver, obstacles, obstacleExamples } = survey
  if (sampled)
    output.say(`${survey.source}: ${looked} files were drawn and looked at, the figures are estimates (--sample)`)
  if (passedOver > 0)
    output.say(`${survey.source}: ${passedOver} files are no recordings by their names, or hidden, and are passed over`)
  for (const { key, code, message } of obstacleExamples)
    output.say(`Not taken in  ${printable(key)}: ${message} (${code})`)
  if (obstacles > obstacleExamples.length) output.say(`Not taken in  and ${obstacles - obstacleExamples.length} more`)
  for (const { code, message, files, examples } of rejected) {
    output.say(`Refused       ${files} x ${code}: ${message}\n              ${examples.join(', ')}`)
  }
  for (const { code, message, files, examples } of warnings) {
    output.say(`Warning       ${files} x ${code}: ${message}\n              ${examples.join(', ')}`)
  }
  for (const { folder, known, changed, otherRecordings, example } of cardSwaps) {
    output.say(
      `Card swapped? ${changed} of ${known} known files in ${folder === '' ? 'the top folder' : folder} would be superseded, and ` +
        `${otherRecordings} of these hold another recording (${example}). Copy each card into a folder of its own.`,
    )
  }
}

function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = n < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(n) / 3))
  return `${Math.round((n / 10 ** (3 * power)) * 10) / 10} ${units[power]}`
}

/** Seconds as people say them. */
function duration(s: number): string {
  if (s < 120) return `${s} s`
  if (s < 7200) return `${Math.round(s / 60)} min`
  return s < 172_800 ? `${Math.round(s / 360) / 10} h` : `${Math.round(s / 8640) / 10} days`
}
