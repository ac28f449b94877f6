import type { CorrectionDraft, CorrectionRule, RecordingScope } from '@coro/shared/database/clock-corrections'
import type { Queryable } from '@coro/shared/database/open'
import { findByName, findSources } from '@coro/shared/database/sources'
import { CoroError } from '@coro/shared/errors'
import type { RetimeBody } from './retime-body.js'

/**
 * The correction that a request asks for. Errors: RETIME_INVALID where it does not say which recordings, or not one
 * clear thing to do; SOURCE_UNKNOWN, SITE_UNKNOWN, RECORDER_UNKNOWN.
 */
export async function correctionOf(queryable: Queryable, body: RetimeBody): Promise<CorrectionDraft> {
  const rule = ruleOf(body)
  const scope = await scopeOf(queryable, body)
  // A clock that was right at `since` needs no correction before it.
  if (scope.fromAt === null && body.since !== undefined) scope.fromAt = new Date(body.since)
  if (scope.fromAt !== null && scope.toAt !== null && scope.fromAt >= scope.toAt) {
    throw invalid('the range ends before it begins: `from` must be earlier than `to`')
  }
  return { ...scope, ...rule, note: body.note ?? null, madeBy: body.by ?? null }
}

const dayMs = 86_400_000

/** What to add, or which zone. */
export function ruleOf({ offsetS, driftSPerDay, since, references, timeZone }: RetimeBody): CorrectionRule {
  if (timeZone !== undefined) {
    if ([offsetS, driftSPerDay, since, references].some((value) => value !== undefined)) {
      throw invalid('a time zone and a clock are two corrections: make one after the other')
    }
    return { timeZone, offsetS: null, driftSPerDay: null, referenceAt: null }
  }
  if (references !== undefined) {
    if (offsetS !== undefined || since !== undefined)
      throw invalid('references say the offset: leave offset and since out')
    return ruleOfReferences(references, driftSPerDay)
  }
  if (offsetS === undefined && driftSPerDay === undefined) {
    throw invalid('say what to correct: an offset, a drift since an instant, references, or a time zone')
  }
  if (driftSPerDay !== undefined && since === undefined) {
    throw invalid('a drift needs the instant since which the clock drifts')
  }
  if (driftSPerDay === undefined && since !== undefined) throw invalid('since is when a drift began: say the drift too')
  return {
    timeZone: null,
    offsetS: offsetS ?? 0,
    driftSPerDay: driftSPerDay ?? 0,
    referenceAt: since === undefined ? null : new Date(since),
  }
}

function ruleOfReferences(
  references: { clock: string; true: string }[],
  driftSPerDay: number | undefined,
): CorrectionRule {
  const [first, second] = references.map((reference) => ({
    clockMs: Date.parse(reference.clock),
    offsetS: (Date.parse(reference.true) - Date.parse(reference.clock)) / 1000,
  }))
  const rule = { timeZone: null, offsetS: first!.offsetS, referenceAt: new Date(first!.clockMs) }
  if (second === undefined) return { ...rule, driftSPerDay: driftSPerDay ?? 0 }
  if (driftSPerDay !== undefined) throw invalid('two references say the drift: leave it out')
  const days = (second.clockMs - first!.clockMs) / dayMs
  if (Math.abs(days) < 1 / 24) throw invalid('the two references must lie an hour apart at least')
  const drift = (second.offsetS - first!.offsetS) / days
  if (Math.abs(drift) > 3600) throw invalid(`the references mean ${Math.round(drift)} s a day: no clock drifts so much`)
  return { ...rule, driftSPerDay: drift }
}

async function scopeOf(queryable: Queryable, body: RetimeBody): Promise<RecordingScope> {
  const { source, prefix, site, recorder, from, to } = body
  if ([source, prefix, site, recorder, from, to].every((value) => value === undefined)) {
    throw invalid('say which recordings: source, prefix, site, recorder, from, to')
  }
  return {
    sourceId: await sourceIdOf(queryable, source, prefix),
    prefix: prefix ?? null,
    siteId: await idOf(queryable, 'site', site),
    recorderId: await idOf(queryable, 'recorder', recorder),
    fromAt: from === undefined ? null : new Date(from),
    toAt: to === undefined ? null : new Date(to),
  }
}

/** A prefix means one source's folder: where there are several sources, it must be said which. */
async function sourceIdOf(
  queryable: Queryable,
  source: string | undefined,
  prefix: string | undefined,
): Promise<number | null> {
  if (source === undefined && prefix === undefined) return null
  const found = await findSources(queryable, source ?? null)
  if (found.length === 1) return found[0]!
  if (source === undefined) throw invalid('there are several sources: say which one the prefix belongs to')
  const problem = found.length === 0 ? 'There is no source' : 'There are several sources'
  throw new CoroError('SOURCE_UNKNOWN', `${problem} ${source}; GET /v1/status lists them.`, { disposition: 'reject' })
}

async function idOf(
  queryable: Queryable,
  table: 'site' | 'recorder',
  name: string | undefined,
): Promise<number | null> {
  if (name === undefined) return null
  const id = await findByName(queryable, table, name)
  if (id !== null) return id
  const code = table === 'site' ? 'SITE_UNKNOWN' : 'RECORDER_UNKNOWN'
  throw new CoroError(code, `There is no ${table} ${name}.`, { disposition: 'reject' })
}

function invalid(message: string): CoroError {
  return new CoroError('RETIME_INVALID', message, { disposition: 'reject' })
}
