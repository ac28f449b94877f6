import { ledgerOf } from '@coro/shared/database/ledger'
import { listRecordings, recordingMetadata } from '@coro/shared/database/listing'
import { recordingStates } from '@coro/shared/database/recordings'
import { CoroError } from '@coro/shared/errors'
import { z } from 'zod'
import { route } from '../route.js'
import { idParams, ledgerEntry, recordingView } from '../schemas.js'

const states = z
  .string()
  .transform((list) => list.split(','))
  .pipe(z.array(z.enum(recordingStates)))

export const listRoute = route({
  method: 'get',
  path: '/v1/recordings',
  tag: 'recordings',
  summary: 'Recordings by id, with their state',
  query: z.object({
    state: states.optional().describe('one or several, separated by commas'),
    site: z.string().optional(),
    recorder: z.string().optional(),
    key: z.string().optional(),
    after: z.coerce.number().int().min(0).default(0).describe('recordings with a greater id'),
    limit: z.coerce.number().int().min(1).max(10_000).default(1000),
  }),
  answer: z.object({ recordings: z.array(recordingView), next: z.number().int().nullable() }),
  async handle({ query: { state, limit, ...query }, platform }) {
    const recordings = await listRecordings(platform.database.pool, { ...query, states: state, limit })
    const next = recordings.length === limit ? (recordings.at(-1)?.recordingId ?? null) : null
    return { recordings, next }
  },
})

export const oneRoute = route({
  method: 'get',
  path: '/v1/recordings/{id}',
  tag: 'recordings',
  summary: 'One recording with what its header and name say, and its ledger: everything that was tried on it',
  params: idParams,
  answer: recordingView.extend({
    metadata: z
      .record(z.string(), z.unknown())
      .describe('claims about the start, device, conflicts; as they were read'),
    ledger: z.array(ledgerEntry),
  }),
  async handle({ params: { id }, platform: { database } }) {
    const [recording] = await listRecordings(database.pool, { id, limit: 1 })
    if (!recording) {
      throw new CoroError('RECORDING_UNKNOWN', `There is no recording ${id}.`, { disposition: 'reject' })
    }
    const metadata = await recordingMetadata(database.pool, id)
    return { ...recording, metadata, ledger: await ledgerOf(database.pool, id) }
  },
})
