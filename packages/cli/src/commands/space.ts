import { createInterface } from 'node:readline/promises'
import { CoroError } from '@coro/shared/errors'
import { commandContext, type CommonOptions } from '../command-context.js'
import { table, type Output } from '../print/output.js'
import { openClient, type Client } from '../system/client.js'

interface SpaceView {
  name: string
  model: string
  variant: string
  dimension: number
  active: boolean
  activeWanted: boolean
  wanted: boolean
  indexed: boolean
  graph: string
  imported: boolean
  importOpen: boolean
  vectors: number
}

interface Removal {
  space: string
  removed: boolean
  vectors: number
  samples: number
  recordings: number
  windows: number
}

/** `coro space list`, `coro space remove NAME [--yes]` */
export async function space(
  action: string,
  name: string | undefined,
  options: CommonOptions & { yes?: boolean },
): Promise<void> {
  if (action !== 'list' && action !== 'remove') throw usage(`there is no "space ${action}": list or remove`)
  if ((action === 'remove') !== (name !== undefined))
    throw usage('a name goes with "space remove", and with nothing else')
  const { config, output } = commandContext(options)
  await using client = await openClient(config, [])
  if (name !== undefined) {
    // awaited: the client goes with this function
    await remove(client, output, name, options.yes === true, options.json === true)
    return
  }
  const { spaces } = await client.get<{ spaces: SpaceView[] }>('/v1/spaces')
  output.result(spaces, () => {
    if (spaces.length === 0) return output.say('No embedding spaces (yet).')
    output.say(
      table(
        ['space', 'use', 'vectors', 'dimension', 'index', 'model', 'variant'],
        spaces.map((row) => [
          row.name,
          useOf(row),
          row.vectors,
          row.dimension,
          row.indexed ? row.graph : 'none',
          row.model,
          row.variant,
        ]),
      ),
    )
  })
}

function useOf({ active, activeWanted, wanted, imported, importOpen }: SpaceView): string {
  const uses = [
    active ? 'active' : activeWanted ? 'becomes active' : '',
    wanted ? 'kept filled' : '',
    imported ? (importOpen ? 'imported in part' : 'imported') : '',
  ]
  return uses.filter((use) => use !== '').join(', ') || 'not used'
}

async function remove(client: Client, output: Output, name: string, yes: boolean, json: boolean): Promise<void> {
  const path = `/v1/spaces/${encodeURIComponent(name)}`
  if (!yes) {
    const { vectors, samples } = await client.delete<Removal>(path, { dryRun: 'true' })
    const judged = samples > 0 ? ` and ${samples} samples with their judgements` : ''
    const what = `${name} has ${vectors} vectors${judged}; removed, they are gone.`
    if (json || !process.stdin.isTTY || !process.stderr.isTTY) throw usage(`${what} Say --yes to remove it`)
    if (!(await confirmed(`${what} Remove it? [y/N] `))) return output.say('Nothing was removed.')
  }
  const answer = await client.delete<Removal>(path)
  output.result(answer, () => {
    output.say(`Removed ${name} and its ${answer.vectors} vectors.`)
    if (answer.samples > 0) output.say(`${answer.samples} samples of it went too.`)
    if (answer.windows > 0)
      output.say(
        `${answer.windows} imported windows and ${answer.recordings} recordings that nothing else holds went too.`,
      )
  })
}

async function confirmed(question: string): Promise<boolean> {
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await asking.question(question)).trim())
  } finally {
    asking.close()
  }
}

const usage = (message: string) => new CoroError('USAGE', message, { disposition: 'reject' })
