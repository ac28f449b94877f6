import { writeFile } from 'node:fs/promises'
import type { PrecisionAnswer, SampleAnswer } from '@coro/api/routes/samples'
import { commandContext, type CommandContext, type CommonOptions } from '../command-context.js'
import { readJudgements, sampleCsv } from '../judgement-file.js'
import { printPrecision, sampleTable } from '../print/samples.js'
import { unwritable } from '../print/unwritable.js'
import { readSubject, usage, whereFields, type SubjectOptions, type WhereOptions } from '../search-subject.js'
import { type Client, openClient } from '../system/client.js'

interface SampleOptions extends CommonOptions, SubjectOptions, WhereOptions {
  strata: number
  perStratum: number
  seed: number
  minSimilarity?: number
  out?: string
  by?: string
  isLabel: string[]
  isNotLabel: string[]
}

/** `coro sample [draw]`, `judge FILE|ID`, `precision ID`, `list`. */
export async function sample(action: string, what: string | undefined, options: SampleOptions): Promise<void> {
  const context = commandContext(options)
  switch (action) {
    case 'draw':
      if (what !== undefined) throw usage('coro sample draws by --segment ID, --clip FILE or --vector FILE')
      return draw(context, options)
    case 'judge':
      if (what === undefined) throw usage('coro sample judge takes the CSV file, or a sample id with --is-label')
      return judge(context, what, options)
    case 'precision': {
      const id = sampleId(what)
      await using client = await openClient(context.config, [])
      await precision(context, client, id)
      return
    }
    case 'list': {
      await using client = await openClient(context.config, [])
      const answer = await client.get<{ samples: PrecisionAnswer['sample'][] }>('/v1/samples')
      context.output.result(answer, () => context.output.say(sampleTable(answer.samples)))
      return
    }
    default:
      throw usage(`coro sample ${action}: there are draw, judge, precision and list`)
  }
}

async function draw({ config, output }: CommandContext, options: SampleOptions): Promise<void> {
  const { strata, perStratum, seed, minSimilarity } = options
  const subject = await readSubject(options)
  await using client = await openClient(config, subject.roles)
  const answer = await subject.post<SampleAnswer>(client, '/v1/samples', {
    ...whereFields(options),
    ...(minSimilarity === undefined ? {} : { minSimilarity }),
    strata,
    perStratum,
    seed,
  })
  const { sampleId: id, segments, population } = answer.sample
  const out = options.out ?? `sample-${id}.csv`
  await writeFile(out, sampleCsv(answer)).catch((error: Error) => {
    throw unwritable(out, error)
  })
  output.result({ ...answer.sample, output: out }, () => {
    output.say(`${out}: sample ${id}, ${segments} of ${population} segments, in a random order.`)
    output.say(`Write yes or no into its column judgement, then: coro sample judge ${out}`)
  })
}

async function judge(context: CommandContext, what: string, options: SampleOptions): Promise<void> {
  const { isLabel: labels, isNotLabel: otherLabels } = options
  if (/^\d+$/.test(what)) {
    if (labels.length === 0) throw usage('coro sample judge ID takes --is-label: the labels that are the sound')
    await using client = await openClient(context.config, [])
    await client.post(`/v1/samples/${what}/judgements`, { labels, otherLabels })
    await precision(context, client, Number(what))
    return
  }
  if (labels.length + otherLabels.length > 0) throw usage('--is-label and --is-not-label go with a sample id')
  const { sampleId: id, judgements } = await readJudgements(what)
  await using client = await openClient(context.config, [])
  await client.post(`/v1/samples/${id}/judgements`, {
    judgements,
    ...(options.by === undefined ? {} : { by: options.by }),
  })
  await precision(context, client, id)
}

async function precision({ output }: CommandContext, client: Client, id: number): Promise<void> {
  const answer = await client.get<PrecisionAnswer>(`/v1/samples/${id}/precision`)
  output.result(answer, () => printPrecision(output, answer))
}

function sampleId(text: string | undefined): number {
  if (text === undefined || !/^\d{1,15}$/.test(text))
    throw usage('coro sample precision takes the id of a sample (coro sample list)')
  return Number(text)
}
