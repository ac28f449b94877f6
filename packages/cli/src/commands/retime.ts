import { userInfo } from 'node:os'
import { normaliseSourceUrl } from '@coro/shared/config/sources'
import { CoroError } from '@coro/shared/errors'
import { commandContext, type CommonOptions } from '../command-context.js'
import { correctionTable, printRetiming, type Correction, type RetimeAnswer } from '../print/retiming.js'
import { openClient } from '../system/client.js'
import type { Reference } from './retime-options.js'

export interface RetimeOptions extends CommonOptions {
  source?: string
  prefix?: string
  site?: string
  recorder?: string
  from?: string
  to?: string
  offset?: number
  drift?: number
  since?: string
  at: Reference[]
  timeZone?: string
  note?: string
  by?: string
  dryRun?: boolean
  undo?: number
  list?: boolean
}

/** `coro retime`: make, list or undo a correction of recorders' clocks. */
export async function retime(options: RetimeOptions): Promise<void> {
  const { config, output } = commandContext(options)
  const request = requestOf(options)
  await using client = await openClient(config, [])
  if (request.kind === 'list') {
    const { corrections } = await client.get<{ corrections: Correction[] }>('/v1/clock-corrections', { undone: 'true' })
    output.result(corrections, () => output.say(correctionTable(corrections)))
    return
  }
  const by = options.by ?? userInfo().username
  const dryRun = options.dryRun === true
  const answer =
    request.kind === 'undo'
      ? await client.delete<RetimeAnswer>(`/v1/clock-corrections/${request.id}`, { by, dryRun: String(dryRun) })
      : await client.post<RetimeAnswer>('/v1/clock-corrections', { ...request.body, by, dryRun })
  output.result(answer, () => printRetiming(output, answer, { dryRun, undo: request.kind === 'undo' }))
}

type Request = { kind: 'list' } | { kind: 'undo'; id: number } | { kind: 'make'; body: Record<string, unknown> }

function requestOf(options: RetimeOptions): Request {
  const { source, prefix, site, recorder, from, to, offset, drift, since, at, timeZone, note } = options
  const body = {
    source: source === undefined ? undefined : addressOf(source),
    prefix,
    site,
    recorder,
    from,
    to,
    offsetS: offset,
    driftSPerDay: drift,
    since,
    references: at.length === 0 ? undefined : at,
    timeZone,
    note,
  }
  const says = Object.values(body).some((value) => value !== undefined)
  const kinds = [options.list === true, options.undo !== undefined, says].filter(Boolean).length
  if (kinds !== 1) {
    throw new CoroError('USAGE', 'say one: what to correct and where, --undo ID, or --list (coro retime --help)', {
      disposition: 'reject',
    })
  }
  if (options.list === true) return { kind: 'list' }
  return options.undo === undefined ? { kind: 'make', body } : { kind: 'undo', id: options.undo }
}

/** A folder or address in its normal form; a bare word may be a source's name. */
function addressOf(source: string): string {
  return /^[\w-]+$/.test(source) ? source : normaliseSourceUrl(source, process.cwd())
}
