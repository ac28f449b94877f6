import { searchFilter } from '@coro/shared/database/search-filter'
import { listRelations } from '@coro/shared/database/export/relation'
import { chooseSpace } from '@coro/shared/database/choose-space'
import { CoroError } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import { z } from 'zod'
import { annotationZip, matchTable, ravenFile, soundZip } from '../export/match-files.js'
import { matchesOfAnswer, matchesOfLines, type FoundMatches } from '../export/matches-of.js'
import { streamAnswer, type StreamedFile } from '../export/stream-answer.js'
import { embeddingsFile, relationFile } from '../export/table-file.js'
import { route } from '../route.js'
import type { SearchAnswer } from '../schemas.js'
import { matchesRoute } from './matches.js'
import { searchRoute } from './search.js'

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
    filter: z
      .string()
      .optional()
      .transform((text) => (text === undefined ? {} : searchFilter.parse(JSON.parse(text))))
      .describe('JSON, as a search takes it: {"site":"lagoa","hours":"18:00-06:00"}'),
    formulas,
  }),
  answer: 'application/octet-stream',
  async handle({ query: { format, space, variant, filter, formulas }, platform }) {
    return streamAnswer(await embeddingsFile(platform, { space, variant }, filter, format, formulas), platform.log)
  },
})

const matchesQuery = z.object({
  format: z
    .enum(['csv', 'parquet', 'raven', 'audacity', 'zip'])
    .default('csv')
    .describe('raven: selection tables; audacity: labels; zip: a WAV each, and matches.csv'),
  layout: z
    .enum(['one', 'recordings'])
    .optional()
    .describe('raven: one table (as without), or a zip of one for each recording; audacity has only these'),
  audio: z.enum(['raw', 'denoised']).optional().describe("zip: which sound; the searched space's without"),
  formulas,
})
type MatchesQuery = z.output<typeof matchesQuery>

export const exportSearchRoute = route({
  method: 'post',
  path: '/v1/exports/search',
  tag: 'export',
  summary: "A search's results as a file; the body is that of POST /v1/search",
  query: matchesQuery,
  ...(searchRoute.bodyTypes ? { bodyTypes: searchRoute.bodyTypes } : {}),
  answer: 'application/octet-stream',
  async handle(input) {
    checkQuery(input.query)
    const answer = (await searchRoute.handle(input as never)) as SearchAnswer
    return matchesAnswer(input.platform, matchesOfAnswer(input.platform.database.pool, answer), input.query)
  },
})

export const exportMatchesRoute = route({
  method: 'post',
  path: '/v1/exports/matches',
  tag: 'export',
  summary: 'All segments above a similarity as a file, streamed; the body is that of POST /v1/matches',
  query: matchesQuery,
  ...(matchesRoute.bodyTypes ? { bodyTypes: matchesRoute.bodyTypes } : {}),
  answer: 'application/octet-stream',
  async handle(input) {
    checkQuery(input.query)
    const { body, headers } = (await matchesRoute.handle(input as never)) as Response
    if (!body) throw new TypeError('matches without a body')
    const found = matchesOfLines(
      input.platform.database.pool,
      decodeURIComponent(headers.get('x-coro-space') ?? ''),
      body,
    )
    return matchesAnswer(input.platform, found, input.query)
  },
})

function checkQuery({ format, layout, audio }: MatchesQuery): void {
  if (layout !== undefined && format !== 'raven') throw invalid('layout is for raven')
  if (audio !== undefined && format !== 'zip') throw invalid('audio is for zip')
}

async function matchesAnswer(
  platform: Platform,
  found: FoundMatches,
  { format, layout, audio, formulas }: MatchesQuery,
): Promise<Response> {
  const make = async (): Promise<StreamedFile> => {
    switch (format) {
      case 'raven':
        return layout === 'recordings' ? annotationZip(found, 'raven') : ravenFile(found)
      case 'audacity':
        return annotationZip(found, 'audacity')
      case 'zip': {
        const { variant } = await chooseSpace(platform.database.pool, { space: found.space })
        return soundZip(platform, found, audio ?? variant)
      }
      default:
        return matchTable(found, format, formulas)
    }
  }
  return streamAnswer(await make(), platform.log)
}

const invalid = (message: string) => new CoroError('EXPORT_INVALID', message, { disposition: 'reject' })

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
