import { recordingStates } from '@coro/shared/database/recordings'
import { searchFilter } from '@coro/shared/database/search-filter'
import { queueNames } from '@coro/shared/queues/registry'
import { z } from 'zod'

export const idParams = z.object({ id: z.coerce.number().int().positive() })
export const reason = z.object({ code: z.string(), message: z.string() })
export const instant = z.string().describe('ISO 8601 in UTC, milliseconds, Z')

export const recordingView = z.object({
  recordingId: z.number().int(),
  source: z.string(),
  key: z.string().describe('below the source, with /'),
  state: z.enum(recordingStates),
  reason: reason.nullable(),
  startedAt: instant.nullable(),
  claimedAt: instant.nullable().describe('the start that the recording itself claims, where its clock was corrected'),
  utcOffset: z.string().nullable().describe('+HH:MM, null where it is not known'),
  timeSource: z.enum([
    'audiomoth',
    'guano',
    'wamd',
    'bext',
    'vorbis',
    'opensoundscape',
    'filename',
    'info',
    'object',
    'config',
    'import',
    'none',
  ]),
  durationS: z.number().nullable(),
  sampleRateHz: z.number().int().nullable(),
  channels: z.number().int().nullable(),
  channel: z
    .union([z.literal('mix'), z.number().int()])
    .nullable()
    .describe('what its segments were cut from: the mix, or a channel counted from 1; null = not prepared'),
  segments: z.number().int(),
  sha256: z.string().nullable().describe('of the original bytes, hex'),
  site: z.string().nullable(),
  recorder: z.string().nullable(),
  format: z.string().nullable(),
  sizeBytes: z.number(),
  warnings: z.array(reason),
  conflicts: z
    .array(
      z.union([
        z.object({ kind: z.literal('time'), between: z.array(z.string()), differenceS: z.number() }),
        z.object({ kind: z.literal('recorder'), values: z.array(z.string()) }),
      ]),
    )
    .describe('what header, file name and path contradict each other about'),
  duplicateOf: z.number().int().nullable(),
})

export const ledgerEntry = z.object({
  stage: z.string(),
  attempt: z.number().int(),
  worker: z.string(),
  startedAt: instant,
  endedAt: instant.nullable(),
  outcome: z.string().nullable(),
  code: z.string().nullable(),
  message: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
})

const queueCounts = z.object({
  waiting: z.number().int().describe('prioritised and paused ones included'),
  active: z.number().int(),
  delayed: z.number().int(),
  failed: z.number().int(),
})

export const status = z.object({
  recordings: z.object(Object.fromEntries(recordingStates.map((state) => [state, z.number().int()]))),
  segments: z.number().int().describe('windows, each counted once'),
  embeddings: z.record(z.string(), z.number().int()).describe('vectors by embedding space'),
  silent: z.record(z.string(), z.number().int()).describe('segments without a vector because they are silent'),
  queues: z.object(Object.fromEntries(queueNames.map((name) => [name, queueCounts]))),
  sources: z.array(
    z.object({
      url: z.string(),
      name: z.string().nullable(),
      lastSweepAt: instant.nullable(),
      lastSweepObjects: z.number().int().nullable(),
      lastSweepPassedOver: z
        .number()
        .int()
        .nullable()
        .describe('files that are no recordings by their names, or hidden'),
      obstacles: z.number().int().describe('what could not be taken in, in GET /v1/sources/{id}'),
      lastSweepError: z.string().nullable(),
      placingFrom: z
        .number()
        .int()
        .nullable()
        .describe(
          'its declaration has changed, and its known recordings are placed again: those up to this id are; null = all are',
        ),
      held: z
        .object({ since: instant, until: instant, failures: z.number().int(), code: z.string(), message: z.string() })
        .nullable()
        .describe('its storage does not answer, and is left alone for a while'),
    }),
  ),
  activeSpace: z.string().nullable(),
  waiting: z
    .array(
      z.object({
        stage: z.enum(['prepare', 'embed']),
        source: z.string(),
        count: z.number().int(),
        oldest: instant.nullable().describe('when the recording was found that has waited longest'),
      }),
    )
    .describe(
      'the backlog in the database, by stage and source; queues hold only what is at hand. In /v1/status it may be as old as ' +
        'ten times what counting it takes, at most 30 s (a million: some 15 s); /v1/backlog counts anew',
    ),
  pauses: z.array(
    z.object({
      source: z.string().nullable().describe('null = all sources'),
      stage: z.enum(['prepare', 'embed']).nullable().describe('null = every stage'),
      reason: z.string().nullable(),
      pausedBy: z.string().nullable(),
      pausedAt: instant,
    }),
  ),
  holds: z
    .array(
      z.object({
        stage: z.string(),
        worker: z.string(),
        since: instant,
        until: instant.describe('when it is tried again'),
        failures: z.number().int(),
        code: z.string(),
        message: z.string(),
      }),
    )
    .describe('stages that take no jobs in a worker because what all jobs need is away'),
  workers: z.array(
    z.object({
      worker: z.string(),
      startedAt: instant,
      seenAt: instant,
      prepareThreads: z.number().int(),
      embedThreads: z.number().int(),
      rssMb: z.number().int().nullable(),
    }),
  ),
})

export const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((v) => v === 'true')])
/** What every search may say, whatever it searches by. Multipart fields arrive as text. */
export const searchOptions = z.strictObject({
  k: z.coerce.number().int().min(1).max(1000).default(10),
  mode: z.enum(['auto', 'exact', 'hnsw']).default('auto'),
  ef: z.coerce
    .number()
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe("HNSW's candidate list; 100, or 2 k, or more without"),
  space: z.string().optional().describe('name of an embedding space; the active one without'),
  variant: z.enum(['raw', 'denoised']).optional().describe("a variant of the active space's model"),
  ...searchFilter.shape,
  sameRecording: flag.default(false).describe("only the searched segment's own recording"),
  otherRecordings: flag.default(false).describe("leave out the searched segment's own recording"),
})

const seconds = z.coerce.number().min(0).max(86_400)

/** What a search by a clip may say besides. */
export const clipOptions = z.object({
  clipStartS: seconds.optional().describe('search by this part of the clip only; the rest is its surrounding'),
  clipEndS: seconds.optional(),
  noiseRecordingId: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .describe("take the noise gate's statistics from this recording instead of the clip"),
})

export const searchAnswer = z.object({
  mode: z.enum(['exact', 'hnsw']),
  space: z.string(),
  k: z.number().int(),
  ef: z.number().int().nullable(),
  candidates: z.number().int().describe('vectors that the filters leave'),
  candidatesExact: z.boolean().describe('counted; else an estimate, since counting would cost more than the search'),
  complete: z.boolean().describe('certain to be the k nearest'),
  queryMs: z.number().describe('time in the database'),
  leftOut: z
    .object({
      withoutStart: z.number().int().describe('their recording says no start'),
      withoutCoordinates: z.number().int().describe('their site has no coordinates, and the filter asks for the sun'),
    })
    .nullable()
    .describe('segments that a filter by time or sun cannot judge; null without such a filter'),
  results: z.array(
    z.object({
      segmentId: z.number().int(),
      recordingId: z.number().int(),
      source: z.string(),
      key: z.string(),
      site: z.string().nullable(),
      recorder: z.string().nullable(),
      startedAt: instant.nullable().describe("the segment's start"),
      startS: z.number(),
      endS: z.number(),
      similarity: z.number().describe('cosine'),
      queryStartS: z.number().nullable().describe("start of the clip's window that found it"),
      recording: z
        .object({
          windows: z.number().int().describe('segments of the recording that were compared'),
          windowsAbove: z.number().int().nullable().describe('those of them at least minSimilarity'),
          best: z.array(
            z.object({
              segmentId: z.number().int(),
              startS: z.number(),
              endS: z.number(),
              similarity: z.number(),
              queryStartS: z.number().nullable(),
            }),
          ),
        })
        .optional()
        .describe('with group: what else the recording holds; the result itself is its best segment'),
    }),
  ),
})

export const segmentIndex = z
  .number()
  .int()
  .nullable()
  .describe("place among Coro's own windows, from 0; null for an imported window that is none of these")

export const segmentView = z.object({
  segmentId: z.number().int(),
  recordingId: z.number().int(),
  source: z.string(),
  key: z.string(),
  site: z.string().nullable(),
  recorder: z.string().nullable(),
  startedAt: instant.nullable(),
  index: segmentIndex,
  startS: z.number(),
  endS: z.number(),
  spaces: z.record(z.string(), z.enum(['embedded', 'silent', 'open'])),
})

export const errorAnswer = z.object({
  error: z.object({ code: z.string(), message: z.string(), requestId: z.string() }),
})

export type ClipOptions = z.output<typeof clipOptions>
export type SearchOptions = z.output<typeof searchOptions>
export type SearchAnswer = z.output<typeof searchAnswer>
export type StatusView = z.output<typeof status>
