import { open } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { csvCells } from '@coro/exchange/csv/csv-line'
import { evaluate, type Evaluation, type RoleRow } from '@coro/evaluation/evaluate'
import type { Config } from '@coro/shared/config/read-config'
import { normaliseSourceUrl } from '@coro/shared/config/sources'
import { lockDataDir } from '@coro/shared/config/data-lock'
import { readCsv } from '@coro/shared/csv/read-csv'
import { spacesOfOneFrontEnd } from '@coro/shared/database/choose-space'
import { listSpaces, type Space } from '@coro/shared/database/spaces'
import { CoroError } from '@coro/shared/errors'
import { createLogger } from '@coro/shared/log/logger'
import { createDisposables } from '@coro/shared/process/dispose-all'
import { openPlatform } from '@coro/shared/process/platform'
import { join } from 'node:path'
import { commandContext, type CommonOptions } from '../command-context.js'
import { type Output } from '../print/output.js'
import { printEvaluation } from '../print/evaluation.js'
import { createProgress } from '../print/progress.js'
import { unwritable } from '../print/unwritable.js'
import { openClient, runningServer } from '../system/client.js'
import { followIngest } from '../system/follow-ingest.js'

interface EvaluateOptions extends CommonOptions {
  source?: string
  model?: string
  splits: number
  seed: number
  groups?: string
  labels?: string
  out?: string
}

/** `coro evaluate` */
export async function evaluateCommand(options: EvaluateOptions): Promise<void> {
  const sourceUrl = options.source === undefined ? null : normaliseSourceUrl(options.source, process.cwd())
  const { config, output } = commandContext(options, {
    ...(sourceUrl === null ? {} : { addSources: [sourceUrl] }),
    ...(options.model === undefined ? {} : { model: options.model }),
  })
  const groups = await readGroups(options.groups)
  const labels = options.labels === undefined ? null : await readLabels(options.labels)
  const running = config.embedded ? await runningServer(config) : null
  if (running !== null) {
    throw new CoroError(
      'DATA_LOCKED',
      `${config.dataDir} is in use by Coro at ${running}. An evaluation reads the embedded database itself: end that one first, or give another --data.`,
      { disposition: 'wait' },
    )
  }
  if (sourceUrl !== null) await ingest(config, sourceUrl, output)
  await using own = createDisposables()
  if (config.embedded) own.use(lockDataDir(config.dataDir))
  const log = createLogger({ level: config.logLevel, file: join(config.dataDir, 'coro.log') })
  const platform = own.use(await openPlatform(config, log))
  const spaces = await spacesToEvaluate(await listSpaces(platform.database.pool), options.model)
  await using roles = options.out === undefined ? null : await createRoleWriter(options.out)
  using progress = createProgress(output, 'evaluate')
  const evaluation = await evaluate({
    database: platform.database,
    store: platform.store,
    spaces,
    sourceUrl,
    splits: options.splits,
    seed: options.seed,
    groups,
    labels,
    onProgress: (done, total) => progress.update(done, total, 'queries'),
    ...(roles ? { onRole: roles.write } : {}),
  })
  progress[Symbol.dispose]()
  const { unknownKeys } = evaluation
  if (options.groups !== undefined) sayUnknown(output, options.groups, unknownKeys.groups)
  if (options.labels !== undefined) sayUnknown(output, options.labels, unknownKeys.labels)
  const answer = toAnswer(evaluation, spaces, options)
  output.result(answer, () => printEvaluation(output, answer))
}

export type EvaluationAnswer = ReturnType<typeof toAnswer>

/** The evaluation as `--json` prints it: one control and one judgement of other recordings, those of `raw` and `active`. */
function toAnswer(evaluation: Evaluation, spaces: Space[], { splits, seed }: EvaluateOptions) {
  const { control, otherRecordings, unknownKeys: _, ...rest } = evaluation
  const active = (spaces.find((space) => space.active) ?? spaces[0])?.variant ?? 'raw'
  return {
    ...rest,
    control: control.raw ?? control[active] ?? null,
    controlByVariant: control,
    otherRecordings: otherRecordings?.[active] ?? null,
    otherRecordingsByVariant: otherRecordings,
    model: spaces[0]?.model ?? '',
    splits,
    seed,
  }
}

/** A table of keys that fit nothing would change the figures without a word: keys are paths below the source, with `/`. */
function sayUnknown(output: Output, path: string, keys: string[]): void {
  if (keys.length === 0) return
  const are = keys.length === 1 ? 'key is' : 'keys are'
  output.say(`${path}: ${keys.length} ${are} of no searchable recording here (${keys.slice(0, 3).join(', ')})`)
}

/** A folder goes in first, as in `coro demo`. */
async function ingest(config: Config, sourceUrl: string, output: Output): Promise<void> {
  await using client = await openClient(config, ['watch', 'prepare', 'embed', 'reconcile'])
  using progress = createProgress(output, 'ingest')
  await followIngest(client, sourceUrl, progress)
}

/** The spaces of a model, or the active one's. Throws SPACE_UNKNOWN. */
async function spacesToEvaluate(spaces: Space[], wish: string | undefined): Promise<Space[]> {
  const model = wish === undefined ? undefined : await modelName(wish)
  const chosen = spacesOfOneFrontEnd(spaces, model)
  if (chosen.length > 0) return chosen
  const known = [...new Set(spaces.map((space) => space.model))].join(', ') || 'none'
  throw new CoroError(
    'SPACE_UNKNOWN',
    `Nothing is embedded with ${model ?? 'any model'} yet (there is: ${known}): ingest with --source DIR, or start Coro with that model.`,
    { disposition: 'reject' },
  )
}

async function modelName(wish: string): Promise<string> {
  if (!wish.endsWith('.json')) return wish
  const { readManifest } = await import('@coro/embed/model/resolve-model')
  return (await readManifest(wish)).name
}

async function readGroups(path: string | undefined): Promise<Map<string, string>> {
  if (path === undefined) return new Map()
  const rows = await readCsv(path, ['key', 'recording'])
  return new Map(rows.map(({ values }) => [values['key'] ?? '', values['recording'] ?? '']))
}

async function readLabels(path: string): Promise<Map<string, Set<string>>> {
  const labels = new Map<string, Set<string>>()
  for (const { values } of await readCsv(path, ['key', 'label'])) {
    const { key = '', label = '' } = values
    if (label !== '') labels.set(key, (labels.get(key) ?? new Set()).add(label))
  }
  return labels
}

/** `--out`: one line a window, split and variant. Throws OUTPUT_UNWRITABLE. */
async function createRoleWriter(path: string): Promise<AsyncDisposable & { write: (row: RoleRow) => void }> {
  const opened = await open(path, 'w').catch((error: Error) => {
    throw unwritable(path, error)
  })
  const file = opened.createWriteStream()
  // A full disk is told at the end.
  file.on('error', () => undefined)
  file.write('split,variant,role,segment_id,key,index,recording,silent\n')
  return {
    write: ({ split, variant, role, segmentId, key, index, recording, silent }) => {
      // Keys go back into --groups and --labels: no apostrophe in front of any.
      const cells = [split, variant, role, segmentId, key, index, recording, silent ? 1 : 0]
      file.write(`${csvCells(cells, [], { guard: false })}\n`)
    },
    async [Symbol.asyncDispose]() {
      file.end()
      await finished(file).catch((error: Error) => {
        throw unwritable(path, error)
      })
    },
  }
}
