import { normaliseSourceUrl } from '@coro/shared/config/sources'
import { importRecordings, planRecordings } from '@coro/shared/database/import/imported-recordings'
import { beginImport, checkImport, finishImport, importedSpace } from '@coro/shared/database/import/imported-space'
import { saveImportedVectors, saveImportedWindows } from '@coro/shared/database/import/save-vectors'
import { z } from 'zod'
import { decodeVectors, decodeWindows } from '../import/decode-vectors.js'
import { route } from '../route.js'

const spaceName = z.string().min(1).max(200)

export const importSpaceRoute = route({
  method: 'post',
  path: '/v1/imports/space',
  tag: 'import',
  summary: 'Begin an import: find or make an embedding space whose embeddings were made elsewhere',
  body: z.strictObject({
    space: spaceName,
    model: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("the network's name, as you call it; the space's name without"),
    variant: z.enum(['raw', 'denoised']).optional().describe('the one that sounds as what was embedded; raw without'),
    dimension: z.number().int().min(2).max(16_000),
    windowS: z.number().positive().max(3600),
    hopS: z.number().positive().max(3600),
    expectedRows: z.number().int().min(0).default(0).describe('from 10,000 on, the index is built afterwards'),
    dryRun: z.boolean().default(false).describe('only tell whether the space could be had'),
  }),
  answer: z.object({ space: z.string(), model: z.string(), created: z.boolean(), active: z.boolean() }),
  async handle({ body: { space: name, expectedRows, dryRun, ...rest }, platform: { database, log } }) {
    if (dryRun) {
      await checkImport(database.pool, { name, ...rest })
      return { space: name, model: rest.model ?? name, created: false, active: false }
    }
    const { space, created } = await beginImport(database, { name, ...rest }, expectedRows)
    log.info({ space: name, created, expectedRows }, 'import begun')
    return { space: space.name, model: space.model, created, active: space.active }
  },
})

const reference = z.strictObject({
  source: z.string().nullable().default(null).describe('address of the source; without it the key alone counts'),
  key: z.string().min(1).max(4000).nullable().default(null).describe('below its source, with /'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable()
    .default(null)
    .describe("of the file's bytes, hex"),
  site: z.string().min(1).max(500).nullable().default(null),
  recorder: z.string().min(1).max(500).nullable().default(null),
  startedAt: z.string().max(40).nullable().default(null).describe('ISO 8601; without an offset in `timeZone`'),
})

export const importRecordingsRoute = route({
  method: 'post',
  path: '/v1/imports/recordings',
  tag: 'import',
  summary:
    'The recordings that embeddings belong to: found by source and key, sha256 or key; others are made, without sound',
  body: z.strictObject({
    space: spaceName.describe('what stands for the source where none is stated'),
    recordings: z.array(reference).max(2000),
    timeZone: z.string().max(100).nullable().default(null),
    dryRun: z.boolean().default(false).describe('tell which are found, and write nothing'),
  }),
  answer: z.object({
    recordings: z
      .array(
        z.union([
          z.object({ recordingId: z.number().int().describe('0 for a new one in a dry run'), created: z.boolean() }),
          z.object({ refused: z.string() }),
        ]),
      )
      .describe('in order; where one is refused, nothing was written'),
  }),
  async handle({ body: { space, recordings, timeZone, dryRun }, platform: { database } }) {
    const references = recordings.map((recording) => ({
      ...recording,
      source: recording.source === null ? null : sourceUrl(recording.source),
    }))
    const how = { nowhere: `import:${space}`, timeZone }
    return {
      recordings: dryRun
        ? await planRecordings(database.pool, references)
        : await importRecordings(database, references, how),
    }
  },
})

/** A source's address in its normal form; those that stand for none are as they are. */
const sourceUrl = (source: string): string =>
  source.startsWith('import:') ? source : normaliseSourceUrl(source, process.cwd())

const windows = z
  .array(z.tuple([z.number().int().positive(), z.number().min(0), z.number().positive()]))
  .max(5000)
  .describe('[recordingId, startS, endS]')

export const importWindowsRoute = route({
  method: 'post',
  path: '/v1/imports/windows',
  tag: 'import',
  summary: 'Make windows before their embeddings come, recording by recording: filters are then faster; not needed',
  body: z.strictObject({ windows }),
  answer: z.object({ windows: z.number().int() }),
  async handle({ body, platform: { database } }) {
    const wanted = decodeWindows(body.windows)
    await saveImportedWindows(database, wanted)
    return { windows: wanted.length }
  },
})

export const importEmbeddingsRoute = route({
  method: 'post',
  path: '/v1/imports/embeddings',
  tag: 'import',
  summary: 'A batch of embeddings with their windows: all of it goes in, or nothing',
  body: z.strictObject({
    space: spaceName,
    windows,
    embeddings: z.string().describe('base64 of float32, little-endian, row after row'),
    replace: z.boolean().default(false).describe('where a window has another embedding, take the new one'),
  }),
  answer: z.object({
    inserted: z.number().int(),
    unchanged: z.number().int(),
    replaced: z.number().int(),
    kept: z.number().int().describe('windows that have another embedding, which stays'),
  }),
  async handle({ body: { space: name, windows, embeddings, replace }, platform: { database } }) {
    const space = await importedSpace(database.pool, name)
    return saveImportedVectors(database, space, decodeVectors(space, windows, embeddings), { replace })
  },
})

export const importFinishRoute = route({
  method: 'post',
  path: '/v1/imports/finish',
  tag: 'import',
  summary: 'End an import: the space counts as whole',
  body: z.strictObject({ space: spaceName }),
  answer: z.object({
    space: z.string(),
    embeddings: z.number().int().describe('in the space, from all imports'),
    indexWanted: z.boolean().describe('its index is to be built now: POST /v1/index/build'),
  }),
  async handle({ body: { space: name }, platform: { database, log } }) {
    const space = await importedSpace(database.pool, name)
    const finished = await finishImport(database, space)
    log.info({ space: name, ...finished }, 'import ended')
    return { space: name, ...finished }
  },
})
