import { randomUUID } from 'node:crypto'
import { errorFacts } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import { Hono, type Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { ZodError } from 'zod'
import { openApiDocument } from './openapi.js'
import type { Route } from './route.js'
import { correctionsRoute, retimeRoute, undoRoute } from './routes/clock-corrections.js'
import { backlogRoute, cancelRoute, restoreRoute } from './routes/backlog.js'
import { compareRoute } from './routes/compare.js'
import { detectionsRoute } from './routes/detections.js'
import { doctorRoute } from './routes/doctor.js'
import { healthRoute, metricsRoute, readyRoute } from './routes/health.js'
import { deleteSegmentRoute, indexProgressRoute, indexRoute, sweepRoute } from './routes/indexes.js'
import { incidentsRoute } from './routes/incidents.js'
import { scanRoute } from './routes/operation.js'
import { pauseRoute, resumeRoute } from './routes/pauses.js'
import { quarantineRoute, retryRoute } from './routes/quarantine.js'
import { importLabelsRoute, labelCountsRoute, labelsRoute, removeLabelsRoute } from './routes/labels.js'
import { matchesRoute } from './routes/matches.js'
import {
  exportEmbeddingsRoute,
  exportMatchesRoute,
  exportRelationRoute,
  exportSearchRoute,
  exportsRoute,
} from './routes/exports.js'
import {
  importEmbeddingsRoute,
  importFinishRoute,
  importRecordingsRoute,
  importSpaceRoute,
  importWindowsRoute,
} from './routes/imports.js'
import { conflictsRoute, recorderRoute, recordersRoute } from './routes/recorders.js'
import { listRoute, oneRoute } from './routes/recordings.js'
import { drawSampleRoute, judgeRoute, precisionRoute, sampleRoute, samplesRoute } from './routes/samples.js'
import { scanPreviewRoute } from './routes/scan-preview.js'
import { searchRoute } from './routes/search.js'
import { recordingSegmentsRoute, segmentAudioRoute, segmentRoute } from './routes/segments.js'
import { placeSiteRoute, sitesRoute } from './routes/sites.js'
import { removeSpaceRoute } from './routes/spaces.js'
import { eventsRoute } from './routes/events.js'
import { removeSourceRoute, saveSourceRoute, sourceRoute, sourcesRoute } from './routes/sources.js'
import { segmentSpectrogramRoute } from './routes/spectrogram.js'
import { spacesRoute, statusRoute } from './routes/status.js'
import { whyKeyRoute, whyRecordingRoute } from './routes/why.js'
import type { Painter } from './spectrogram/painter.js'

export const apiVersion = '0.4.0'

export const routes: Route[] = [
  searchRoute,
  matchesRoute,
  detectionsRoute,
  compareRoute,
  drawSampleRoute,
  samplesRoute,
  sampleRoute,
  judgeRoute,
  precisionRoute,
  listRoute,
  oneRoute,
  whyRecordingRoute,
  whyKeyRoute,
  conflictsRoute,
  recordersRoute,
  recorderRoute,
  recordingSegmentsRoute,
  segmentRoute,
  segmentAudioRoute,
  segmentSpectrogramRoute,
  sitesRoute,
  placeSiteRoute,
  labelsRoute,
  labelCountsRoute,
  importLabelsRoute,
  removeLabelsRoute,
  statusRoute,
  spacesRoute,
  removeSpaceRoute,
  sourcesRoute,
  saveSourceRoute,
  sourceRoute,
  removeSourceRoute,
  eventsRoute,
  scanRoute,
  pauseRoute,
  resumeRoute,
  backlogRoute,
  cancelRoute,
  restoreRoute,
  scanPreviewRoute,
  doctorRoute,
  incidentsRoute,
  quarantineRoute,
  retryRoute,
  correctionsRoute,
  retimeRoute,
  undoRoute,
  exportsRoute,
  exportSearchRoute,
  exportMatchesRoute,
  exportEmbeddingsRoute,
  exportRelationRoute,
  importSpaceRoute,
  importRecordingsRoute,
  importWindowsRoute,
  importEmbeddingsRoute,
  importFinishRoute,
  indexRoute,
  indexProgressRoute,
  sweepRoute,
  deleteSegmentRoute,
  healthRoute,
  readyRoute,
  metricsRoute,
]

/** A searcher's clip: half an hour of 16-bit mono at 48 kHz. */
const maxBodyBytes = 192 * 1024 * 1024

/** HTTP status by code, where the disposition alone does not say it. */
const statusOfCode: Record<string, number> = {
  RECORDING_UNKNOWN: 404,
  SEGMENT_UNKNOWN: 404,
  SPACE_UNKNOWN: 404,
  SOURCE_UNKNOWN: 404,
  EXPORT_UNKNOWN: 404,
  SITE_UNKNOWN: 404,
  RECORDER_UNKNOWN: 404,
  DEPLOYMENT_UNKNOWN: 404,
  LABEL_UNKNOWN: 404,
  CORRECTION_UNKNOWN: 404,
  SAMPLE_UNKNOWN: 404,
  SOURCE_DECLARED: 409,
  EVENTS_DENIED: 401,
  PREPARED_EXPIRED: 409,
  PREPARED_GONE: 410,
  SEGMENT_SILENT: 409,
  SEGMENT_NOT_EMBEDDED: 409,
  INDEX_MISSING: 409,
  INDEX_IMPOSSIBLE: 409,
  NOISE_UNAVAILABLE: 409,
  SEGMENT_WITHOUT_AUDIO: 409,
  SPACE_IMPORTED: 409,
  SPACE_TAKEN: 409,
  SPACE_IN_USE: 409,
  CONTENT_TYPE: 415,
  QUERY_TIMEOUT: 504,
}
const statusOfDisposition = { reject: 400, retry: 500, wait: 503, crash: 500 } as const

/** The API over a platform, as an app that answers requests with or without a network in between. The painter stays the caller's. */
export function createApp(platform: Platform, painter: Painter): Hono {
  const app = new Hono()
  const document = openApiDocument(routes, apiVersion)
  app.use(bodyLimit({ maxSize: maxBodyBytes, onError: (c) => failure(c, 413, 'TOO_LARGE', 'The body is too large.') }))
  for (const route of routes) register(app, { platform, painter }, route)
  app.get('/openapi.json', (c) => c.json(document))
  app.notFound((c) => failure(c, 404, 'NOT_FOUND', `There is no ${c.req.method} ${c.req.path}; see /openapi.json.`))
  app.onError((error, c) => {
    if (error instanceof ZodError) {
      const lines = error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
      return failure(c, 400, 'REQUEST_INVALID', lines.join('; '))
    }
    if (error instanceof SyntaxError) return failure(c, 400, 'REQUEST_INVALID', `not JSON: ${error.message}`)
    const { code, message, disposition } = errorFacts(error)
    const status = statusOfCode[code] ?? statusOfDisposition[disposition]
    if (status >= 500) platform.log.error({ err: error, code, path: c.req.path }, 'request failed')
    // It takes a worker some seconds to make it again.
    if (code === 'PREPARED_EXPIRED') c.header('retry-after', '5')
    return failure(c, status, code, code === 'UNEXPECTED' ? 'Something went wrong; the log knows what.' : message)
  })
  return app
}

function register(app: Hono, own: { platform: Platform; painter: Painter }, route: Route): void {
  app.on(route.method.toUpperCase(), route.path.replaceAll(/\{(\w+)\}/g, ':$1'), async (c) => {
    const input = {
      params: route.params?.parse(c.req.param()),
      query: route.query?.parse(c.req.query()),
      body: route.body ? route.body.parse(await jsonBody(c)) : undefined,
      request: c.req.raw,
      client: clientOf(c),
      ...own,
    }
    const answer = await route.handle(input as never)
    return answer instanceof Response ? answer : c.json(answer as object)
  })
}

/** Who is at the other end of the connection; a request that came without one is this process's own. */
function clientOf(c: Context): string | null {
  const { incoming } = (c.env ?? {}) as { incoming?: { socket?: { remoteAddress?: string } } }
  return incoming ? (incoming.socket?.remoteAddress ?? 'unknown') : null
}

/** A page of another site cannot send JSON without asking first, so JSON it must be. */
async function jsonBody(c: Context): Promise<unknown> {
  const text = await c.req.text()
  if (text === '') return {}
  if (!c.req.header('content-type')?.startsWith('application/json')) throw new SyntaxError('send application/json')
  return JSON.parse(text)
}

function failure(c: Context, status: number, code: string, message: string): Response {
  const requestId = c.req.header('x-request-id') ?? randomUUID()
  c.header('x-request-id', requestId)
  return c.json({ error: { code, message, requestId } }, status as 400)
}
