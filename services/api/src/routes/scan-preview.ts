import { accessOf, normaliseSourceUrl, type SourceAccess } from '@coro/shared/config/sources'
import { measuredRates } from '@coro/shared/database/measured-rates'
import { listSources } from '@coro/shared/database/source-list'
import { CoroError, errorFacts } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import { z } from 'zod'
import { surveySource, type Survey } from '../preview/survey-source.js'
import { route } from '../route.js'

const codeCount = z.object({
  code: z.string(),
  message: z.string().describe("the first file's"),
  files: z.number().int().describe('of those that were looked at'),
  about: z.number().int().describe('of all new and changed files; the same where all were looked at'),
  examples: z.array(z.string()),
})

const survey = z.object({
  source: z.string(),
  files: z.number().int(),
  bytes: z.number(),
  passedOver: z.number().int().describe('files that are no recordings by their names, or hidden'),
  obstacles: z.number().int().describe('what a sweep cannot take in: folders that may not be read, broken links, ...'),
  obstacleExamples: z.array(z.object({ key: z.string(), code: z.string(), message: z.string() })),
  new: z.number().int(),
  known: z.number().int(),
  changed: z.number().int().describe('known under this key with another version: that one would be superseded'),
  looked: z.number().int().describe('new and changed files whose header was read'),
  sampled: z.boolean().describe('only a sample was: hours and `about` are estimates'),
  hours: z.number().describe('of sound, in new and changed files'),
  rejected: z.array(codeCount).describe('what would be set aside, by reason'),
  warnings: z.array(codeCount),
  cardSwaps: z
    .array(
      z.object({
        folder: z.string(),
        known: z.number().int(),
        changed: z.number().int(),
        otherRecordings: z.number().int().describe('of the changed ones: certainly another recording'),
        example: z.string(),
      }),
    )
    .describe('folders where a card seems to have been copied over another one'),
})

const end = z.object({
  done: z.literal(true),
  surveys: z.array(survey),
  estimate: z.object({
    seconds: z.number().describe('until all of it is searchable'),
    timesRealTime: z.number().describe('sound a second that the slower stage takes'),
    measured: z.boolean().describe('from the last attempts in the ledger; else assumed'),
  }),
})
export type PreviewEnd = z.infer<typeof end>

const progress = z.object({
  source: z.string(),
  listed: z.number().int(),
  looked: z.number().int(),
  toLook: z.number().int(),
})
export type PreviewProgress = z.infer<typeof progress>

/** Where nothing was measured: slower than a laptop of 2020 with two cores. */
const assumedTimesRealTime = 50

export const scanPreviewRoute = route({
  method: 'post',
  path: '/v1/scan/preview',
  tag: 'operation',
  summary:
    'What a sweep would find and what would become of it, without writing anything; progress and answer as lines',
  body: z.object({
    source: z.string().optional().describe('address of a source; all without'),
    sample: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .default(1000)
      .describe('so many new and changed files are looked at; of more, a random sample'),
  }),
  answer: 'application/x-ndjson',
  line: z.union([
    progress.describe('how far it has come'),
    end.describe('the last line'),
    z.object({ error: z.object({ code: z.string(), message: z.string() }) }).describe('the last line, where it failed'),
  ]),
  async handle({ body: { source, sample }, request, platform }) {
    const sources = await sourcesOf(platform, source)
    return new Response(ReadableStream.from(encoded(lines(platform, sources, sample, request.signal))), {
      headers: { 'content-type': 'application/x-ndjson' },
    })
  },
})

interface Asked {
  url: string
  access: SourceAccess | null
}

/** What to look at. Throws SOURCE_UNKNOWN for a source that is not declared, unless all is in this process. */
async function sourcesOf({ config, database }: Platform, source: string | undefined): Promise<Asked[]> {
  const declared = new Map<string, SourceAccess | null>()
  for (const { url, declared: access, removedAt } of await listSources(database.pool)) {
    if (removedAt === null) declared.set(url, access && accessOf(access))
  }
  for (const own of config.sources) declared.set(own.url, accessOf(own))
  if (source === undefined) return [...declared].map(([url, access]) => ({ url, access }))
  const url = normaliseSourceUrl(source, process.cwd())
  const access = declared.get(url)
  if (config.embedded || access !== undefined) return [{ url, access: access ?? null }]
  throw new CoroError('SOURCE_UNKNOWN', `${url} is not a configured source.`, { disposition: 'reject' })
}

async function* lines(
  platform: Platform,
  sources: Asked[],
  sample: number,
  signal: AbortSignal,
): AsyncGenerator<object> {
  try {
    const surveys: Survey[] = []
    const stagingDir = await platform.store.stagingDir()
    for (const { url: source, access } of sources) {
      const storage = platform.storages.open(source, access)
      await storage.check()
      const steps = surveySource({ queryable: platform.database.pool, storage, source, sample, stagingDir, signal })
      let told = 0
      for (let step = await steps.next(); ; step = await steps.next()) {
        if (step.done === true) {
          surveys.push(step.value)
          break
        }
        if (Date.now() - told < 200) continue
        told = Date.now()
        yield { source, ...step.value }
      }
    }
    yield { done: true, surveys, estimate: await estimate(platform, surveys) } satisfies PreviewEnd
  } catch (error) {
    const { code, message } = errorFacts(error)
    platform.log.warn({ err: error, code }, 'preview of a scan broken off')
    yield { error: { code, message: code === 'UNEXPECTED' ? 'Something went wrong; the log knows what.' : message } }
  }
}

/** The stages run beside each other: the slower one decides. */
async function estimate({ database }: Platform, surveys: Survey[]): Promise<PreviewEnd['estimate']> {
  const { prepare, embed } = await measuredRates(database.pool)
  const measured = [prepare, embed].filter((rate) => rate !== null)
  const timesRealTime = measured.length > 0 ? Math.min(...measured) : assumedTimesRealTime
  const hours = surveys.reduce((sum, survey) => sum + survey.hours, 0)
  return {
    seconds: Math.round((hours * 3600) / timesRealTime),
    timesRealTime: Math.round(timesRealTime * 10) / 10,
    measured: measured.length > 0,
  }
}

async function* encoded(values: AsyncGenerator<object>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const value of values) yield encoder.encode(`${JSON.stringify(value)}\n`)
}
