import { openVectors } from '@coro/exchange/vectors/open-vectors'
import { normaliseSourceUrl } from '@coro/shared/config/sources'
import { CoroError } from '@coro/shared/errors'
import { commandContext, type CommonOptions } from '../command-context.js'
import { exitCodes } from '../exit-codes.js'
import { askRecordings, checkFile, withSource, type CheckedFile } from '../import/check-file.js'
import { keyBelow } from '../import/key-below.js'
import { sendRows, sendWindows, type RowsSent } from '../import/send-rows.js'
import { printImport, printProblems } from '../print/import.js'
import { createProgress } from '../print/progress.js'
import { buildWithProgress } from '../system/build-index.js'
import { openClient, type Client } from '../system/client.js'

export interface ImportOptions extends CommonOptions {
  space: string
  model?: string
  variant?: 'raw' | 'denoised'
  references?: string
  source?: string
  window?: number
  hop?: number
  timeZone?: string
  column: Record<string, string>
  replace?: boolean
  skipBad?: boolean
  dryRun?: boolean
}

/** What `coro import --json` prints. */
export interface ImportAnswer extends RowsSent {
  space: string
  model: string
  dimension: number | null
  windowS: number | null
  hopS: number | null
  rows: number
  repeated: number
  bad: number
  problems: CheckedFile['problems']
  recordings: { found: number; created: number }
  /** Embeddings in the space; null where nothing was imported. */
  embeddings: number | null
  indexBuilt: boolean
  /** Nothing was written. */
  dryRun: boolean
}

/** `coro import FILE --space NAME`: first all of it is checked, then all of it goes in. */
export async function importCommand(path: string, options: ImportOptions): Promise<void> {
  const { config, output } = commandContext(options)
  const { space, model, variant, timeZone } = options
  const source = options.source === undefined ? null : normaliseSourceUrl(options.source, process.cwd())
  const how = { windowS: options.window, timeZone, keyOf: keyBelow(source) }
  const file = await openVectors(path, { references: options.references, columns: options.column })
  await using client = await openClient(config, [])
  const checked = await (async () => {
    using progress = createProgress(output, 'check')
    return checkFile(file, client, space, { ...how, source }, (n) => progress.update(n, file.rowCount ?? n, 'rows'))
  })()
  const { dimension, windowS, hopS, plan, problems, ...counts } = checked
  const facts = { space, model: model ?? space, dimension, windowS, hopS: options.hop ?? hopS }
  const refused = checked.bad > 0 && options.skipBad !== true
  const written = { inserted: 0, unchanged: 0, replaced: 0, kept: 0, embeddings: null, indexBuilt: false }
  const answer: ImportAnswer = {
    ...facts,
    rows: counts.rows,
    repeated: counts.repeated,
    bad: counts.bad,
    problems,
    recordings: countRecordings(plan),
    ...written,
    dryRun: options.dryRun === true || refused,
  }
  if (checked.good === 0 && !refused) {
    throw new CoroError('IMPORT_EMPTY', `${path} has no row that could be imported.`, { disposition: 'reject' })
  }
  const definition = { space, model, variant, dimension, windowS, hopS: facts.hopS, expectedRows: checked.good }
  if (checked.good > 0) await client.post('/v1/imports/space', { ...definition, dryRun: true })
  if (!answer.dryRun) Object.assign(answer, await write(client, definition))
  output.result(answer, () => {
    printProblems(output, path, checked)
    printImport(output, answer)
  })
  if (refused) process.exitCode = exitCodes.rejected

  /** All that can go in; the second run of the same file changes nothing. */
  async function write(client: Client, definition: Record<string, unknown> & { expectedRows: number }) {
    const { model } = await client.post<{ model: string }>('/v1/imports/space', definition)
    const wanted = plan.map((planned) => !('refused' in planned))
    const references = withSource(checked.recordings, source)
    const made = await askRecordings(
      client,
      space,
      references.filter((_, i) => wanted[i]),
      timeZone,
      false,
    )
    const ids = wanted.map((isWanted) => (isWanted ? idOf(made.shift()) : null))
    await sendWindows(client, checked.windows, ids)
    using progress = createProgress(output, 'import')
    const sent = await sendRows(
      file,
      client,
      { ...how, space, dimension: dimension ?? 0, replace: options.replace === true },
      ids,
      (n) => progress.update(n, definition.expectedRows, 'embeddings'),
    )
    progress[Symbol.dispose]()
    const ended = await client.post<{ embeddings: number; indexWanted: boolean }>('/v1/imports/finish', { space })
    const { built } = ended.indexWanted ? await buildWithProgress(client, output, { space }) : { built: false }
    return { ...sent, model, embeddings: ended.embeddings, indexBuilt: built }
  }
}

function idOf(planned: CheckedFile['plan'][number] | undefined): number {
  if (planned && 'recordingId' in planned) return planned.recordingId
  throw new CoroError(
    'INPUT_CHANGED',
    `A recording is not what it was a moment ago: ${planned?.refused ?? 'missing'}.`,
    {
      disposition: 'reject',
    },
  )
}

function countRecordings(plan: CheckedFile['plan']): ImportAnswer['recordings'] {
  const there = plan.filter((planned) => 'created' in planned)
  const created = there.filter((planned) => planned.created).length
  return { found: there.length - created, created }
}
