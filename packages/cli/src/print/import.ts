import type { CheckedFile } from '../import/check-file.js'
import type { ImportAnswer } from '../commands/import.js'
import type { Output } from './output.js'

const shownProblems = 20

/** The rows that cannot go in, the first of them, each with its place. */
export function printProblems(output: Output, path: string, { problems, bad, rows }: CheckedFile): void {
  if (bad === 0) return
  output.say(`${path}: ${bad} of ${rows} rows cannot be imported:`)
  for (const { row, line, message } of problems.slice(0, shownProblems)) {
    output.say(`  row ${row}${line === null ? '' : ` (line ${line})`}: ${message}`)
  }
  if (problems.length > shownProblems) {
    output.say(`  and more: --json lists ${problems.length === bad ? 'all' : `the first ${problems.length}`}`)
  }
}

/** What an import did, or would do. */
export function printImport(output: Output, answer: ImportAnswer): void {
  const { space, dimension, windowS, recordings, rows, bad, repeated } = answer
  const what = `embeddings of ${dimension} numbers, windows of ${windowS} s`
  const places = `${recordings.found} recordings that are here, ${recordings.created} that are not (searchable, without sound)`
  if (answer.dryRun) {
    output.say(`${rows - bad - repeated} of ${rows} rows could go into ${space}: ${what}; ${places}.`)
    output.say('Nothing was imported.')
    return
  }
  const { inserted, unchanged, replaced, kept, embeddings, indexBuilt } = answer
  const parts = [
    `${inserted} new`,
    ...(unchanged > 0 ? [`${unchanged} there already`] : []),
    ...(replaced > 0 ? [`${replaced} replaced`] : []),
    ...(repeated > 0 ? [`${repeated} twice in the file`] : []),
  ]
  output.say(`Imported into ${space}: ${parts.join(', ')}; ${what}; ${places}.`)
  if (kept > 0) output.say(`${kept} windows have another embedding already, which stays: --replace takes the new ones.`)
  output.say(`${space} has ${embeddings} embeddings${indexBuilt ? ', and its index' : ''}.`)
  output.say(`To search it: coro search --space ${space} --segment ID`)
}
