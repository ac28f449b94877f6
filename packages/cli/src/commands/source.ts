import { normaliseSourceUrl, readSourceFile } from '@coro/shared/config/sources'
import { CoroError } from '@coro/shared/errors'
import { commandContext, type CommonOptions } from '../command-context.js'
import { table, type Output } from '../print/output.js'
import { printable } from '../print/printable.js'
import { openClient, type Client } from '../system/client.js'

interface SourceOptions extends CommonOptions {
  from?: string
  name?: string
  timeZone?: string
  channel?: string
  pattern: string[]
  endpoint?: string
  region?: string
  pathStyle?: boolean
  credentials?: string
  sqs?: string
  removed?: boolean
}

interface SourceView {
  sourceId: number
  url: string
  name: string | null
  origin: 'file' | 'api'
  removedAt: string | null
  recordings: number
  lastSweepAt: string | null
  lastSweepObjects: number | null
  lastSweepPassedOver: number | null
  lastSweepError: string | null
  placingFrom?: number | null
  obstacles: number
  declared: Record<string, unknown> | null
}

interface SourceWithObstacles extends SourceView {
  obstacleList: { key: string; code: string; message: string; firstSeenAt: string }[]
}

/** `coro source [list|show|add|remove] [SOURCE]` */
export async function source(action: string, what: string | undefined, options: SourceOptions): Promise<void> {
  const { config, output } = commandContext(options)
  if (!['list', 'show', 'add', 'remove'].includes(action)) {
    throw wrong(`There is no "coro source ${action}": list, show, add or remove.`)
  }
  const declaration = action === 'add' ? declarationOf(what, options) : null
  if (action !== 'list' && action !== 'add' && what === undefined)
    throw wrong(`Which one? coro source ${action} SOURCE`)
  await using client = await openClient(config, [])
  if (action === 'list') {
    const { sources } = await client.get<{ sources: SourceView[] }>('/v1/sources', {
      removed: String(options.removed === true),
    })
    output.result(sources, () => printList(output, sources))
    return
  }
  if (declaration) {
    const saved = await client.put<SourceView>('/v1/sources', declaration)
    output.result(saved, () => {
      output.say(`${saved.url} is watched from now on, where Coro runs (source ${saved.sourceId}).`)
      if (isPlacing(saved) && saved.recordings > 0) {
        output.say(`Its ${saved.recordings} known recordings are placed again, in the background.`)
      }
    })
    return
  }
  const found = await findSource(client, what as string)
  if (action === 'show') {
    const one = await client.get<SourceWithObstacles>(`/v1/sources/${found.sourceId}`)
    output.result(one, () => printOne(output, one))
    return
  }
  const removed = await client.delete<SourceView>(`/v1/sources/${found.sourceId}`)
  output.result(removed, () => {
    output.say(`${removed.url} is not watched any more; its ${removed.recordings} recordings stay.`)
  })
}

/** What the command line declares. The API judges it; nothing is said twice. */
function declarationOf(what: string | undefined, options: SourceOptions): Record<string, unknown> {
  if (options.from !== undefined) {
    const { sites: _sites, ...declared } = readSourceFile(options.from)
    return declared
  }
  if (what === undefined) throw wrong('Which one? coro source add FOLDER|s3://BUCKET/PREFIX, or --from FILE')
  const { name, timeZone, channel, endpoint, region, pathStyle, credentials, sqs, pattern } = options
  return {
    url: normaliseSourceUrl(what, process.cwd()),
    name,
    timeZone,
    channel: channel === undefined || channel === 'mix' ? channel : Number(channel),
    endpoint,
    region,
    forcePathStyle: pathStyle,
    credentials: credentials === undefined ? undefined : referenceOf(credentials),
    events: sqs === undefined ? undefined : { sqs },
    deployments: pattern.map((text) => ({ pattern: text })),
  }
}

function referenceOf(text: string): Record<string, string> {
  const [, kind, value] = /^(env|profile|file):(.+)$/.exec(text) ?? []
  // What it was is not repeated: it may have been a key.
  if (kind === undefined || value === undefined)
    throw wrong('--credentials: must be env:PREFIX, profile:NAME or file:PATH')
  return { [kind]: value }
}

async function findSource(client: Client, what: string): Promise<SourceView> {
  const { sources } = await client.get<{ sources: SourceView[] }>('/v1/sources', { removed: 'true' })
  const isAddress = /^(s3:|file:|[./~])/.test(what)
  const url = isAddress ? normaliseSourceUrl(what, process.cwd()) : what
  const found = sources.filter((one) => one.url === url || one.name === what || String(one.sourceId) === what)
  if (found.length > 1) throw wrong(`Several sources are called ${what}: take the id or the address.`)
  if (!found[0]) throw new CoroError('SOURCE_UNKNOWN', `There is no source ${what}.`, { disposition: 'reject' })
  return found[0]
}

function printList(output: Output, sources: SourceView[]): void {
  if (sources.length === 0) {
    output.say('No sources (yet): coro source add FOLDER|s3://BUCKET/PREFIX')
    return
  }
  output.say(
    table(
      ['id', 'source', 'name', 'declared', 'recordings', 'last sweep'],
      sources.map((one) => [one.sourceId, one.url, one.name ?? '-', declaredIn(one), one.recordings, sweepOf(one)]),
    ),
  )
}

function printOne(output: Output, one: SourceWithObstacles): void {
  output.say(`${one.url} (source ${one.sourceId}), declared in ${declaredIn(one)}`)
  output.say(`${one.recordings} recordings; last sweep: ${sweepOf(one)}`)
  if (isPlacing(one)) {
    output.say(`Its declaration has changed: its known recordings are placed again, so far up to ${one.placingFrom}.`)
  }
  for (const { key, code, message, firstSeenAt } of one.obstacleList) {
    output.say(`  ${shortened(printable(key))}: ${printable(message)} (${code}, since ${firstSeenAt})`)
  }
  if (one.declared) output.say(JSON.stringify(one.declared, null, 2))
}

const isPlacing = ({ placingFrom = null }: SourceView): boolean => placingFrom !== null
/** Paths may be longer than anybody wants to read; `--json` has them whole. */
const shortened = (key: string): string => (key.length <= 200 ? key : `${key.slice(0, 120)}...${key.slice(-60)}`)

const declaredIn = ({ origin, removedAt }: SourceView): string =>
  removedAt !== null ? 'removed' : origin === 'file' ? 'configuration' : 'API'

function sweepOf({
  lastSweepAt,
  lastSweepObjects,
  lastSweepPassedOver,
  lastSweepError,
  obstacles,
}: SourceView): string {
  if (lastSweepError !== null) return lastSweepError
  if (lastSweepAt === null) return 'none yet'
  const others = lastSweepPassedOver ? `, ${lastSweepPassedOver} passed over` : ''
  const more = obstacles > 0 ? `, ${obstacles} could not be taken in` : ''
  return `${lastSweepAt}, ${lastSweepObjects ?? 0} files${others}${more}`
}

const wrong = (message: string): CoroError => new CoroError('USAGE', message, { disposition: 'reject' })
