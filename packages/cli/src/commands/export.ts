import { extname } from 'node:path'
import { CoroError } from '@coro/shared/errors'
import { commandContext, type CommonOptions } from '../command-context.js'
import { filterFields, type FilterOptions } from './filter-options.js'
import { createOutput, table } from '../print/output.js'
import { createProgress } from '../print/progress.js'
import { saveAnswer } from '../system/save-answer.js'
import { openClient } from '../system/client.js'

export interface ExportOptions extends CommonOptions, FilterOptions {
  out?: string
  format?: 'csv' | 'parquet'
  space?: string
  variant?: string
  formulas?: boolean
}

/** `coro export NAME --out FILE`; without a name, what there is. */
export async function exportTable(name: string | undefined, options: ExportOptions): Promise<void> {
  if (name === undefined) return listExports(options)
  const out = options.out ?? usage('--out FILE says where to; - is standard output')
  if (out === '-' && options.json === true) usage('--json and --out - both want standard output')
  const format = options.format ?? formatOf(out, { '.csv': 'csv', '.parquet': 'parquet' })
  const filter = filterFields(options)
  const isFiltered = Object.keys(filter).length > 0
  if (name !== 'embeddings' && ((options.space ?? options.variant) !== undefined || isFiltered)) {
    usage('--space, --variant and filters are for embeddings, and for coro export search')
  }
  const { config } = commandContext(options)
  const output = createOutput(options.json === true || out === '-')
  const query = new URLSearchParams({
    format,
    ...(options.formulas === false ? { formulas: 'keep' } : {}),
    ...(options.space === undefined ? {} : { space: options.space }),
    ...(options.variant === undefined ? {} : { variant: options.variant }),
    ...(isFiltered ? { filter: JSON.stringify(filter) } : {}),
  })
  await using client = await openClient(config, [])
  using progress = createProgress(output, 'export')
  const response = await client.open(`/v1/exports/${encodeURIComponent(name)}?${query.toString()}`)
  const { rows, bytes } = await saveAnswer(response, out, progress)
  progress[Symbol.dispose]()
  const answer = { export: name, format, output: out, rows, bytes }
  if (out === '-') return
  output.result(answer, () => output.say(`${out}: ${rows} rows, ${bytes} bytes`))
}

async function listExports(options: ExportOptions): Promise<void> {
  const { config, output } = commandContext(options)
  await using client = await openClient(config, [])
  const answer = await client.get<{ exports: { name: string; kind: string; comment: string | null }[] }>('/v1/exports')
  output.result(answer, () =>
    output.say(
      table(
        ['name', 'kind', 'what'],
        [
          ['embeddings', 'of a space', 'embeddings with references to their segments, as coro import reads them'],
          [
            'search',
            'of a search',
            'matches; also for Raven, Audacity, and with their sound: coro export search --help',
          ],
          ...answer.exports.map(({ name, kind, comment }) => [name, kind, comment ?? '']),
        ],
      ),
    ),
  )
}

/** The format that a file's ending stands for. Throws USAGE. */
export function formatOf<F extends string>(out: string, formats: Record<string, F>): F {
  const format = formats[extname(out).toLowerCase()]
  if (format !== undefined) return format
  const endings = Object.keys(formats).join(', ')
  return usage(`--format says which format ${out} is to have; the endings ${endings} say it too`)
}

function usage(message: string): never {
  throw new CoroError('USAGE', message, { disposition: 'reject' })
}
