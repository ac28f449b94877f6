import { listCorrections, type CorrectionListing } from '@coro/shared/database/clock-corrections'
import { z } from 'zod'
import { correctionOf } from '../retime/correction-of.js'
import { makeCorrection, undoCorrection, type Corrected } from '../retime/correct-clocks.js'
import { retimeBody } from '../retime/retime-body.js'
import { route } from '../route.js'
import { flag, idParams, instant } from '../schemas.js'

export const correctionView = z.object({
  id: z.number().int(),
  source: z.string().nullable(),
  prefix: z.string().nullable(),
  site: z.string().nullable(),
  recorder: z.string().nullable(),
  from: instant.nullable(),
  to: instant.nullable(),
  offsetS: z.number().nullable().describe('seconds added'),
  driftSPerDay: z.number().nullable().describe('seconds added for each day since `reference`'),
  reference: instant.nullable(),
  timeZone: z.string().nullable().describe('local times are read in this zone'),
  note: z.string().nullable(),
  by: z.string().nullable(),
  madeAt: instant,
  undoneAt: instant.nullable(),
  undoneBy: z.string().nullable(),
  recordings: z.number().int().describe('in which it is in effect'),
})

export const retimeAnswer = z.object({
  correction: correctionView.nullable().describe('null for a dry run'),
  made: z.boolean().describe('false for a dry run, or where it was in effect (or undone) already'),
  recordings: z.number().int().describe('that lie in its range and claim a start'),
  changed: z.number().int().describe('whose start changes'),
  leastS: z.number().describe('least and greatest change, in seconds'),
  mostS: z.number(),
  replaced: z.array(z.number().int()).describe('earlier corrections whose place it takes'),
  examples: z.array(z.object({ recordingId: z.number().int(), key: z.string(), before: instant, after: instant })),
})

export const correctionsRoute = route({
  method: 'get',
  path: '/v1/clock-corrections',
  tag: 'operation',
  summary: "Corrections of recorders' clocks, with who made them and why",
  query: z.object({ undone: flag.default(false).describe('those that were undone too') }),
  answer: z.object({ corrections: z.array(correctionView) }),
  async handle({ query: { undone }, platform: { database } }) {
    return { corrections: (await listCorrections(database.pool, { undone })).map(viewOf) }
  },
})

export const retimeRoute = route({
  method: 'post',
  path: '/v1/clock-corrections',
  tag: 'operation',
  summary: "Correct the clock or the time zone of a deployment's recordings; nothing is embedded again",
  body: retimeBody,
  answer: retimeAnswer,
  async handle({ body, platform: { database, log } }) {
    const draft = await correctionOf(database.pool, body)
    const corrected = await makeCorrection(database, draft, body.dryRun)
    if (corrected.made)
      log.info({ correctionId: corrected.correctionId, changed: corrected.changed }, 'clock corrected')
    return answerOf(corrected, await viewOfId(database.pool, corrected.correctionId))
  },
})

export const undoRoute = route({
  method: 'delete',
  path: '/v1/clock-corrections/{id}',
  tag: 'operation',
  summary: 'Undo a correction: its recordings get their claimed start again, or what the other corrections make of it',
  params: idParams,
  query: z.object({ by: z.string().max(200).optional().describe('who'), dryRun: flag.default(false) }),
  answer: retimeAnswer,
  async handle({ params: { id }, query: { by, dryRun }, platform: { database, log } }) {
    const corrected = await undoCorrection(database, id, { by: by ?? null, dryRun })
    if (corrected.made) log.info({ correctionId: id, changed: corrected.changed }, 'correction of a clock undone')
    return answerOf(corrected, await viewOfId(database.pool, id))
  },
})

type View = z.output<typeof correctionView>

async function viewOfId(pool: Parameters<typeof listCorrections>[0], id: number | null): Promise<View | null> {
  if (id === null) return null
  const [correction] = await listCorrections(pool, { undone: true, id })
  return correction ? viewOf(correction) : null
}

function viewOf({ fromAt, toAt, referenceAt, madeAt, undoneAt, madeBy, ...rest }: CorrectionListing): View {
  return {
    ...rest,
    by: madeBy,
    from: fromAt?.toISOString() ?? null,
    to: toAt?.toISOString() ?? null,
    reference: referenceAt?.toISOString() ?? null,
    madeAt: madeAt.toISOString(),
    undoneAt: undoneAt?.toISOString() ?? null,
  }
}

function answerOf(corrected: Corrected, correction: View | null): z.output<typeof retimeAnswer> {
  const { made, recordings, changed, leastS, mostS, replaced } = corrected
  const examples = corrected.examples.map(({ before, after, ...example }) => ({
    ...example,
    before: before.toISOString(),
    after: after.toISOString(),
  }))
  return { correction, made, recordings, changed, leastS, mostS, replaced, examples }
}
