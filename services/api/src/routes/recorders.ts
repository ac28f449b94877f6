import { jumpDays, recorderDetails, recorderHealth } from '@coro/shared/database/recorder-health'
import { recordingConflicts } from '@coro/shared/database/recording-conflicts'
import { CoroError } from '@coro/shared/errors'
import { z } from 'zod'
import { route } from '../route.js'
import { instant } from '../schemas.js'

const hours = z.number().nullable()

const recorderView = z.object({
  recorderId: z.number().int(),
  recorder: z.string(),
  site: z.string().nullable().describe('of its last recording'),
  lastHeard: instant.describe('end of its last recording'),
  silentH: z.number().describe('hours since then'),
  dueAt: instant
    .nullable()
    .describe(
      'end of the first window of its schedule that should have been recorded since; null = no schedule is known',
    ),
  schedule: z
    .string()
    .nullable()
    .describe('local times, such as 18:00-06:00: declared, else the usual of its last 14 nights'),
  scheduleDeclared: z.boolean(),
  nights: z.number().int().describe('with a recording, of the last 14 up to the last recording'),
  allNights: z.number().int(),
  hoursPerNight: z.number(),
  expectedHours: hours.describe('a night'),
  missingHours: hours.describe('of all these nights together'),
  clockJumps: z.number().int().describe('recordings found in the last `days` days whose start cannot be'),
  batteryV: z.number().nullable().describe('last voltage'),
  batteryChangeV: z.number().nullable(),
  temperatureMinC: z.number().nullable(),
  temperatureMaxC: z.number().nullable(),
  gain: z.string().nullable().describe('last gain, as written'),
  gainChanges: z.number().int(),
  recordings: z.number().int(),
  clippedShare: z.number().describe('0 to 1'),
  silentShare: z.number().describe('0 to 1: silent or constant'),
})
/** As JSON brings it. */
export type RecorderView = z.infer<typeof recorderView>

const days = z.coerce
  .number()
  .int()
  .min(1)
  .max(36_500)
  .default(jumpDays)
  .describe('clockJumps counts among the recordings that were found in the last so many days; more of them take longer')

export const recordersRoute = route({
  method: 'get',
  path: '/v1/recorders',
  tag: 'recorders',
  summary: 'How each recorder does over its last 14 nights, the longest silent first',
  query: z.object({
    silentAfterH: z.coerce
      .number()
      .min(0)
      .optional()
      .describe(
        'only those that are so many hours past the time at which they were due (without a schedule: past the last recording)',
      ),
    days,
  }),
  answer: z.object({ recorders: z.array(recorderView) }),
  async handle({ query: { silentAfterH, days }, platform: { database } }) {
    const recorders = await recorderHealth(database.pool, { jumpsWithin: days })
    if (silentAfterH === undefined) return { recorders }
    const before = Date.now() - silentAfterH * 3_600_000
    return { recorders: recorders.filter(({ dueAt, lastHeard }) => (dueAt ?? lastHeard).getTime() < before) }
  },
})

const detailsView = z.object({
  recorder: recorderView.nullable().describe('null where none of its recordings has a start'),
  nights: z.array(
    z.object({
      night: z.string().describe('local day on which it begins: noon to noon'),
      recordings: z.number().int(),
      hours: z.number(),
      expectedHours: hours,
      missingHours: hours,
    }),
  ),
  jumps: z.array(
    z.object({
      recordingId: z.number().int(),
      kind: z.enum(['overlap', 'backwards', 'future', 'never set']),
      seconds: z.number().nullable(),
      key: z.string(),
      startedAt: instant,
      previousKey: z.string().nullable(),
    }),
  ),
})
export type RecorderDetails = z.infer<typeof detailsView>

export const recorderRoute = route({
  method: 'get',
  path: '/v1/recorders/{name}',
  tag: 'recorders',
  summary: 'One recorder: its last 14 nights against its schedule, and wherever its clock jumped',
  params: z.object({ name: z.string() }),
  query: z.object({ days }),
  answer: detailsView,
  async handle({ params: { name }, query: { days }, platform: { database } }) {
    const details = await recorderDetails(database.pool, name)
    if (!details) throw new CoroError('RECORDER_UNKNOWN', `There is no recorder ${name}.`, { disposition: 'reject' })
    const { recorderId, ...shown } = details
    const [recorder] = await recorderHealth(database.pool, { recorderId, jumpsWithin: days })
    return { recorder: recorder ?? null, ...shown }
  },
})

const conflictView = z.object({
  recorder: z.string(),
  recordingId: z.number().int(),
  key: z.string(),
  source: z.string(),
  otherRecordingId: z.number().int(),
  otherKey: z.string(),
  otherSource: z.string(),
  startedAt: instant.describe('when both were recording'),
  overlapS: z.number(),
  sameStart: z.boolean(),
})
export type ConflictView = z.infer<typeof conflictView>

export const conflictsRoute = route({
  method: 'get',
  path: '/v1/conflicts',
  tag: 'recordings',
  summary: 'Pairs of recordings of one recorder at the same time with different sound; both stay',
  query: z.object({
    recorder: z.string().optional(),
    limit: z.coerce.number().int().min(1).max(10_000).default(1000),
  }),
  answer: z.object({ conflicts: z.array(conflictView) }),
  async handle({ query: { recorder, limit }, platform: { database } }) {
    return { conflicts: await recordingConflicts(database.pool, limit, recorder ?? null) }
  },
})
