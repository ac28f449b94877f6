import { removableSpace, removeSpace, spaceContent } from '@coro/shared/database/remove-space'
import { z } from 'zod'
import { patientAnswer } from '../patient-answer.js'
import { route } from '../route.js'
import { flag } from '../schemas.js'

export const removeSpaceRoute = route({
  method: 'delete',
  path: '/v1/spaces/{name}',
  tag: 'operation',
  summary:
    'Remove an embedding space that nothing uses (an imported one, or one of an earlier network), with its vectors',
  params: z.object({ name: z.string() }),
  query: z.object({ dryRun: flag.default(false).describe('only say what would go') }),
  answer: z.object({
    space: z.string(),
    removed: z.boolean(),
    vectors: z.number().int(),
    samples: z.number().int().describe('that were drawn from it, with their judgements'),
    recordings: z.number().int().describe('known from its embeddings alone, without labels (0 with dryRun)'),
    windows: z.number().int().describe('imported, and in no other space (0 with dryRun)'),
  }),
  async handle({ params: { name }, query: { dryRun }, platform: { database, log } }) {
    const space = await removableSpace(database.pool, name)
    if (dryRun) {
      return { space: name, removed: false, ...(await spaceContent(database.pool, space)), recordings: 0, windows: 0 }
    }
    const remove = async () => {
      const gone = await removeSpace(database, name)
      log.info({ space: name, ...gone }, 'removed an embedding space')
      return { space: name, removed: true, ...gone }
    }
    return patientAnswer(log, remove())
  },
})
