import { listStageHolds } from '@coro/shared/database/holds'
import { hasIndex, isIndexable } from '@coro/shared/database/index-build'
import { listPauses } from '@coro/shared/database/pauses'
import { lastSweeps } from '@coro/shared/database/source-list'
import { listSpaces } from '@coro/shared/database/spaces'
import { countAll, countVectors } from '@coro/shared/database/status'
import { waitingLately } from '@coro/shared/database/waiting-lately'
import { listWorkers } from '@coro/shared/database/workers'
import { z } from 'zod'
import { route } from '../route.js'
import { status } from '../schemas.js'

export const statusRoute = route({
  method: 'get',
  path: '/v1/status',
  tag: 'operation',
  summary: 'How many of everything, and what waits',
  query: z.object({ source: z.string().optional().describe('count this source only, by address') }),
  answer: status,
  async handle({ query: { source }, platform: { database, queues } }) {
    const { pool } = database
    const [counts, jobs, sources, spaces, waiting, pauses, holds, workers] = await Promise.all([
      countAll(pool, source ?? null),
      queues.counts(),
      lastSweeps(pool),
      listSpaces(pool),
      waitingLately(pool),
      listPauses(pool),
      listStageHolds(pool),
      listWorkers(pool),
    ])
    const { discovered, preparing, embedding, failed } = counts.recordings
    // The backlog may be counted a while ago, the recordings are counted now.
    const isDone = discovered + preparing + embedding + failed === 0
    const waits = isDone ? waiting.filter((one) => source !== undefined && one.source !== source) : waiting
    const activeSpace = spaces.find(({ active }) => active)?.name ?? null
    return { ...counts, queues: jobs, sources, activeSpace, waiting: waits, pauses, holds, workers }
  },
})

export const spacesRoute = route({
  method: 'get',
  path: '/v1/spaces',
  tag: 'operation',
  summary: 'Embedding spaces',
  answer: z.object({
    spaces: z.array(
      z.object({
        name: z.string(),
        model: z.string(),
        variant: z.string(),
        dimension: z.number().int(),
        element: z.string(),
        windowS: z.number(),
        hopS: z.number(),
        active: z.boolean(),
        vectors: z.number().int(),
        wanted: z.boolean().describe('kept filled'),
        indexed: z.boolean().describe('has an HNSW index'),
        graph: z.enum(['vectors', 'bits']).describe('what its index is a graph of'),
        indexable: z.boolean().describe('has few enough dimensions for one; else it is searched exactly'),
        imported: z.boolean().describe('made elsewhere (coro import): never filled, and searched by segment or vector'),
        importOpen: z.boolean().describe('an import has begun and not ended: it holds a part'),
        activeWanted: z.boolean().describe('becomes the active one once it holds what that one holds'),
        frontEnd: z.unknown().describe('how recordings become the samples that it is made from'),
      }),
    ),
  }),
  async handle({ platform: { database } }) {
    const [spaces, vectors] = await Promise.all([listSpaces(database.pool), countVectors(database.pool)])
    const views = spaces.map(async (whole) => {
      const { id: _id, identity: _identity, indexWanted: _index, frontEndId: _frontEnd, ...space } = whole
      return {
        ...space,
        vectors: vectors.get(whole.id) ?? 0,
        indexed: await hasIndex(database.pool, whole),
        indexable: isIndexable(whole),
      }
    })
    return { spaces: await Promise.all(views) }
  },
})
