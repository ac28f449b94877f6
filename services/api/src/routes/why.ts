import { listSources } from '@coro/shared/database/source-list'
import { obstaclesOfKey } from '@coro/shared/database/watching/obstacles'
import { countBelow, findByKey, whyFacts } from '@coro/shared/database/why'
import { CoroError } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import { tellWhy, type Story } from '@coro/shared/why/tell-why'
import { explainUnknown } from '@coro/shared/why/unknown-key'
import { z } from 'zod'
import { route } from '../route.js'
import { idParams } from '../schemas.js'

const story = z.object({
  recordingId: z.number().int(),
  source: z.string(),
  key: z.string(),
  state: z.string(),
  searchable: z.boolean(),
  sentences: z.array(z.string()).describe('what happened, in order, then where it is now and why'),
  because: z.string().nullable().describe('why it is not searchable; null where it is'),
  toDo: z.string().nullable().describe('what a person can do about it; null where nothing is to be done'),
  ahead: z.number().int().nullable().describe('recordings of its source that go before it, where it waits'),
})

async function storyOf({ database }: Platform, id: number): Promise<Story | null> {
  const facts = await whyFacts(database.pool, id)
  return facts === null ? null : tellWhy(facts)
}

export const whyRecordingRoute = route({
  method: 'get',
  path: '/v1/recordings/{id}/why',
  tag: 'recordings',
  summary:
    'The story of one recording in sentences: what happened to it, why it is not searchable, what to do about it',
  params: idParams,
  answer: story,
  async handle({ params: { id }, platform }) {
    const told = await storyOf(platform, id)
    if (told) return told
    throw new CoroError('RECORDING_UNKNOWN', `There is no recording ${id}.`, { disposition: 'reject' })
  },
})

export const whyKeyRoute = route({
  method: 'get',
  path: '/v1/why',
  tag: 'recordings',
  summary: 'The same by key: of every version that is known of it, or why none is',
  query: z.object({
    key: z.string().min(1).describe("below its source, the whole address, or the end of a key, such as a file's name"),
  }),
  answer: z.object({
    key: z.string(),
    recordings: z.array(story).describe('what is known of the key, the newest version first'),
    unknown: z
      .object({ sentences: z.array(z.string()), toDo: z.string().nullable() })
      .nullable()
      .describe('where nothing is known of it: which sources were looked through, and what may have passed it over'),
  }),
  async handle({ query: { key }, platform }) {
    const { database, storages, config } = platform
    const told = await Promise.all((await findByKey(database.pool, key)).map((id) => storyOf(platform, id)))
    const recordings = told.filter((one) => one !== null)
    if (recordings.length > 0) return { key, recordings, unknown: null }
    const sources = (await listSources(database.pool)).filter(({ removedAt }) => removedAt === null)
    const obstacles = await obstaclesOfKey(database.pool, key)
    const below = await countBelow(database.pool, key)
    const facts = { sources, obstacles, below, now: new Date(), ...config.watch }
    const unknown = await explainUnknown(key, facts, (url, inside) =>
      storages.open(url, sources.find((source) => source.url === url)?.declared ?? undefined).head(inside),
    )
    return { key, recordings, unknown }
  },
})
