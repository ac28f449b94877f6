import { z } from 'zod'

/** Refused here, since Postgres would only do so in the middle of a search. */
const moment = z
  .string()
  .regex(
    /^(?!0000)\d{4}-\d{2}-\d{2}([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-](0\d|1[0-5])(:?[0-5]\d)?)?)?$/i,
    'must be an ISO 8601 instant',
  )
  .refine(isCalendarDay, 'is no day of the calendar')

function isCalendarDay(moment: string): boolean {
  const day = moment.slice(0, 10)
  const midnight = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day)
}

const names = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)])
const id = z.coerce.number().int().positive()
const ids = z.union([id, z.array(id)])

/**
 * Which segments a search may return: all of its conditions hold. What each means, and what its text may say, is defined
 * once, by coro.filter_sql() in migration 0005; local time is that of the segment's site, else its deployment's, its
 * source's, the recording's own offset, UTC.
 */
export const searchFilter = z.strictObject({
  site: names.optional().describe('a site, or any of several'),
  recorder: names.optional().describe('a recorder, or any of several'),
  deployment: names.optional().describe("a deployment by its prefix, as in the sources' file, or any of several"),
  label: names.optional().describe('segments that a label overlaps, or any of several'),
  from: moment
    .optional()
    .describe("begins at or after; with Z or offset an instant; without, each segment's local time"),
  to: moment.optional().describe('begins before'),
  hours: z.string().optional().describe('local time of day: 18:00-06:00 (midnight is crossed); several with commas'),
  months: z.string().optional().describe('local months: 6,7 or 11-2'),
  sun: z
    .string()
    .optional()
    .describe(
      'by the sun at the site: day, night, dawn, dusk, sunset-00:30..sunset+02:00, sunset..sunrise; or several',
    ),
  recording: ids.optional().describe('a recording by id, or any of several'),
  notRecording: ids.optional().describe('none of these recordings'),
})
export type SearchFilter = z.output<typeof searchFilter>

/** Whether a filter asks for what some segments do not know: when and where they were recorded. */
export const asksForTime = ({ from, to, hours, months, sun }: SearchFilter): boolean =>
  [from, to, hours, months, sun].some((bound) => bound !== undefined)
