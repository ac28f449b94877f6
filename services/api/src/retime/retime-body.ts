import { isTimeZone } from '@coro/shared/config/sources'
import { z } from 'zod'

const instant = z.iso.datetime({ offset: true, error: 'must be an ISO 8601 instant with Z or an offset' })

/** What a request for a correction says. How it fits together, correctionOf tells. */
export const retimeBody = z.strictObject({
  source: z.string().optional().describe('address or name of a source'),
  prefix: z.string().optional().describe("a deployment's folder below its source"),
  site: z.string().optional(),
  recorder: z.string().optional(),
  from: instant.optional().describe('recordings that claim to begin at or after'),
  to: instant.optional().describe('recordings that claim to begin before'),
  offsetS: z.number().min(-2e9).max(2e9).optional().describe('seconds to add: positive where the clock was behind'),
  driftSPerDay: z
    .number()
    .min(-3600)
    .max(3600)
    .optional()
    .describe('seconds to add for each day since `since`: positive where the clock loses'),
  since: instant.optional().describe('when the drifting clock was right; `from` too, unless that is given'),
  references: z
    .array(z.strictObject({ clock: instant.describe('what the recorder showed'), true: instant }))
    .min(1)
    .max(2)
    .optional()
    .describe('one: a constant offset; two: offset and drift, between and beyond them'),
  timeZone: z
    .string()
    .refine(isTimeZone, 'must be an IANA time zone such as America/Sao_Paulo')
    .optional()
    .describe('read local times, which state no offset, again in this zone'),
  note: z.string().max(1000).optional().describe('why'),
  by: z.string().max(200).optional().describe('who'),
  dryRun: z.boolean().default(false).describe('tell what would change, and change nothing'),
})

export type RetimeBody = z.output<typeof retimeBody>
