import { countLabels, importLabels, listLabels, removeLabels } from '@coro/shared/database/labels'
import { CoroError } from '@coro/shared/errors'
import { labelFormats, parseLabels } from '@coro/shared/labels/parse-labels'
import { z } from 'zod'
import { route } from '../route.js'
import { flag } from '../schemas.js'

const scope = {
  label: z.string().optional(),
  annotator: z.string().optional(),
  origin: z.string().optional().describe('the file that they were imported from'),
  key: z.string().optional().describe("the recording's"),
}

const labelView = z.object({
  id: z.number().int(),
  recordingId: z.number().int(),
  source: z.string(),
  key: z.string(),
  startS: z.number().nullable().describe('null = the whole recording'),
  endS: z.number().nullable(),
  label: z.string(),
  annotator: z.string().nullable(),
  confidence: z.number().nullable(),
  origin: z.string().nullable(),
})

export const labelsRoute = route({
  method: 'get',
  path: '/v1/labels',
  tag: 'labels',
  summary: 'Labels of recordings and of stretches of them',
  query: z.object({
    ...scope,
    after: z.coerce.number().int().min(0).default(0).describe('labels with a greater id'),
    limit: z.coerce.number().int().min(1).max(10_000).default(1000),
  }),
  answer: z.object({ labels: z.array(labelView), next: z.number().int().nullable() }),
  async handle({ query, platform: { database } }) {
    const labels = await listLabels(database.pool, query)
    return { labels, next: labels.length === query.limit ? (labels.at(-1)?.id ?? null) : null }
  },
})

export const labelCountsRoute = route({
  method: 'get',
  path: '/v1/labels/counts',
  tag: 'labels',
  summary: 'How often each label is there',
  query: z.object(scope),
  answer: z.object({
    counts: z.array(z.object({ label: z.string(), labels: z.number().int(), recordings: z.number().int() })),
  }),
  async handle({ query, platform: { database } }) {
    return { counts: await countLabels(database.pool, query) }
  },
})

const text = { type: 'string' }

export const importLabelsRoute = route({
  method: 'post',
  path: '/v1/labels',
  tag: 'labels',
  summary:
    'Import labels: CSV (key, label; start_s, end_s, annotator, confidence, source), Raven or Audacity; all or none',
  query: z.object({
    format: z.enum(labelFormats).optional().describe('told by the first line without'),
    origin: z.string().default('labels').describe('name of the file: in errors, and to remove them by'),
    source: z.string().optional().describe('address or name of the source, for rows that say none'),
    key: z.string().optional().describe('the recording, for rows that say none (Audacity)'),
    annotator: z.string().optional().describe('for rows that say none'),
    skipUnknown: flag.default(false).describe('leave out labels of recordings that are not there'),
  }),
  bodyTypes: { 'text/csv': text, 'text/tab-separated-values': text },
  answer: z.object({
    imported: z.number().int(),
    known: z.number().int().describe('were there already'),
    skipped: z.number().int().describe('of recordings that are not there'),
    recordings: z.number().int().describe('that the labels are of'),
  }),
  async handle({ query, request, platform: { database } }) {
    // A page of another site can send text without asking first: only what it cannot is taken.
    const type = request.headers.get('content-type') ?? ''
    if (!/^text\/(csv|tab-separated-values)/.test(type)) {
      throw new CoroError('CONTENT_TYPE', 'Send text/csv or text/tab-separated-values.', { disposition: 'reject' })
    }
    const { format, origin, source = null, key = null, annotator = null, skipUnknown } = query
    const rows = parseLabels(await request.text(), origin, format)
    return importLabels(database, rows, { origin, source, key, annotator, skipUnknown })
  },
})

export const removeLabelsRoute = route({
  method: 'delete',
  path: '/v1/labels',
  tag: 'labels',
  summary: 'Remove the labels that fit; all of them with `all`',
  query: z.object({ ...scope, all: flag.default(false) }),
  answer: z.object({ removed: z.number().int() }),
  async handle({ query: { all, ...which }, platform: { database } }) {
    if (all === Object.values(which).some((value) => value !== undefined)) {
      throw new CoroError('LABELS_INVALID', 'Say which labels (label, annotator, origin, key), or all.', {
        disposition: 'reject',
      })
    }
    return { removed: await removeLabels(database.pool, which) }
  },
})
