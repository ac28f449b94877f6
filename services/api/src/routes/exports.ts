import { listRelations } from '@coro/shared/database/export/relation'
import { z } from 'zod'
import { streamAnswer } from '../export/stream-answer.js'
import { embeddingsFile, relationFile } from '../export/table-file.js'
import { route } from '../route.js'

const tableFormat = z.enum(['csv', 'parquet'])
const formulas = z
  .enum(['guard', 'keep'])
  .default('guard')
  .describe(
    "CSV: put an apostrophe before texts that a spreadsheet would run as formulas (begin with = + - @), or don't",
  )

export const exportsRoute = route({
  method: 'get',
  path: '/v1/exports',
  tag: 'export',
  summary: 'What can be exported by name: views and tables, besides `embeddings` and searches',
  answer: z.object({
    exports: z.array(z.object({ name: z.string(), kind: z.enum(['view', 'table']), comment: z.string().nullable() })),
  }),
  async handle({ platform: { database } }) {
    return { exports: await listRelations(database.pool) }
  },
})

export const exportEmbeddingsRoute = route({
  method: 'get',
  path: '/v1/exports/embeddings',
  tag: 'export',
  summary: 'The embeddings of a space with references to their segments, as `coro import` reads them',
  query: z.object({
    format: tableFormat.default('parquet'),
    space: z.string().optional().describe('name of an embedding space; the active one without'),
    variant: z.enum(['raw', 'denoised']).optional().describe("a variant of the active space's model"),
    formulas,
  }),
  answer: 'application/octet-stream',
  async handle({ query: { format, space, variant, formulas }, platform }) {
    return streamAnswer(await embeddingsFile(platform, { space, variant }, {}, format, formulas), platform.log)
  },
})

export const exportRelationRoute = route({
  method: 'get',
  path: '/v1/exports/{name}',
  tag: 'export',
  summary: 'A view or table as CSV or Parquet, streamed; x-coro-rows says how many rows there are',
  params: z.object({ name: z.string() }),
  query: z.object({ format: tableFormat.default('csv'), formulas }),
  answer: 'application/octet-stream',
  async handle({ params: { name }, query: { format, formulas }, platform }) {
    return streamAnswer(await relationFile(platform, name, format, formulas), platform.log)
  },
})
