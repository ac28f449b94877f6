import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { LabelCount, LabelsImported, LabelView } from '@coro/shared/database/labels'
import { CoroError } from '@coro/shared/errors'
import { commandContext, type CommonOptions } from '../command-context.js'
import { table, type Output } from '../print/output.js'
import { openClient, type Client } from '../system/client.js'

interface LabelsOptions extends CommonOptions {
  format?: string
  source?: string
  key?: string
  annotator?: string
  label?: string
  origin?: string
  skipUnknown?: boolean
  all?: boolean
}

/** `coro labels import FILE`, `coro labels list`, `coro labels remove` */
export async function labels(action: string, file: string | undefined, options: LabelsOptions): Promise<void> {
  const { config, output } = commandContext(options)
  const { label, annotator, origin, key, all } = options
  const which = { label, annotator, origin, key }
  if (!['import', 'list', 'remove'].includes(action))
    throw usage(`there is no "labels ${action}": import, list or remove`)
  if ((action === 'import') !== (file !== undefined))
    throw usage('a file goes with "labels import", and with nothing else')
  if (action === 'remove' && (all === true) === Object.values(which).some((value) => value !== undefined)) {
    throw usage('say which labels to remove: --label, --annotator, --origin, --key, or --all')
  }
  const text = file === undefined ? '' : await readText(file)
  await using client = await openClient(config, [])
  if (file !== undefined) await importFile(client, output, file, text, options)
  else if (action === 'remove') {
    const answer = await client.delete<{ removed: number }>('/v1/labels', {
      ...which,
      ...(all === true ? { all: 'true' } : {}),
    })
    output.result(answer, () => output.say(`Removed ${answer.removed} labels.`))
  } else if (key === undefined) await listCounts(client, output, which)
  else await listOne(client, output, which)
}

async function importFile(client: Client, output: Output, file: string, text: string, options: LabelsOptions) {
  const { format, source, key, annotator, origin = basename(file), skipUnknown } = options
  const type = format === 'csv' || file.endsWith('.csv') ? 'text/csv' : 'text/tab-separated-values'
  const answer = await client.postText<LabelsImported>('/v1/labels', text, type, {
    format,
    source,
    key,
    annotator,
    origin,
    ...(skipUnknown === true ? { skipUnknown: 'true' } : {}),
  })
  output.result(answer, () => {
    const { imported, known, skipped, recordings } = answer
    output.say(`Imported ${imported} labels of ${recordings} recordings; ${known} were there already.`)
    if (skipped > 0) output.say(`Left out ${skipped} labels of recordings that are not there.`)
  })
}

async function listCounts(client: Client, output: Output, which: Record<string, string | undefined>) {
  const { counts } = await client.get<{ counts: LabelCount[] }>('/v1/labels/counts', which)
  output.result(counts, () => {
    if (counts.length === 0) output.say('No labels (yet): coro labels import FILE.')
    else
      output.say(
        table(
          ['label', 'labels', 'recordings'],
          counts.map((row) => [row.label, row.labels, row.recordings]),
        ),
      )
  })
}

async function listOne(client: Client, output: Output, which: Record<string, string | undefined>) {
  const all: LabelView[] = []
  for (let after: number | null = 0; after !== null;) {
    const page: { labels: LabelView[]; next: number | null } = await client.get('/v1/labels', { ...which, after })
    all.push(...page.labels)
    after = page.next
  }
  output.result(all, () => {
    if (all.length === 0) return output.say(`No labels of ${which['key']}.`)
    output.say(
      table(
        ['id', 'from-to s', 'label', 'annotator', 'confidence', 'origin', 'recording'],
        all.map((row) => [
          row.id,
          row.startS === null ? 'all' : `${row.startS}-${row.endS}`,
          row.label,
          row.annotator ?? '-',
          row.confidence ?? '-',
          row.origin ?? '-',
          row.key,
        ]),
      ),
    )
  })
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CoroError('INPUT_UNREADABLE', `${path} cannot be read: ${reason}`, { disposition: 'reject', cause })
  }
}

const usage = (message: string) => new CoroError('USAGE', message, { disposition: 'reject' })
