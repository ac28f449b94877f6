import { z } from 'zod'

const id = z.number().int().positive()

/**
 * Every queue, its payload and its result, in one place. Payloads carry ids, never audio, and are parsed at the edge;
 * a field may be added with a default, never renamed (jobs outlive a rolling upgrade).
 */
export const queues = {
  /** Read one recording, write its prepared audio and its segments. */
  prepare: {
    payload: z.object({ recordingId: id }),
    result: z.object({ outcome: z.string() }),
    /** In-flight identity: a second job with the same one is not added while the first waits or runs. */
    identity: ({ recordingId }: { recordingId: number }) => `prepare-${recordingId}`,
  },
  /** Embed a batch of one recording's segments into a space, and into others of the same network. */
  embed: {
    payload: z.object({
      recordingId: id,
      spaceId: id,
      alsoSpaceIds: z.array(id).default([]),
      firstSegment: z.number().int().min(0),
      count: z.number().int().positive(),
    }),
    result: z.object({ outcome: z.string() }),
    identity: (job: { recordingId: number; spaceId: number; firstSegment: number }) =>
      `embed-${job.recordingId}-${job.spaceId}-${job.firstSegment}`,
  },
  /**
   * Embed a searcher's clip, which lies in the store under `clipKey`. part: only its windows in [startS, endS).
   * noise: where the gate takes its statistics from: a file of the store as it is, or seconds of a prepared one.
   */
  query: {
    payload: z.object({
      clipKey: z.string(),
      fileName: z.string(),
      spaceId: id,
      part: z.object({ startS: z.number().min(0), endS: z.number().optional() }).optional(),
      noise: z
        .union([
          z.object({ key: z.string() }),
          z.object({ preparedKey: z.string(), offsetBytes: z.number().int(), seconds: z.number() }),
        ])
        .optional(),
    }),
    result: z.object({
      windows: z.array(
        z.object({
          startS: z.number(),
          silent: z.boolean(),
          /** float32 little-endian [dimension], base64. */
          embedding: z.string(),
        }),
      ),
      durationS: z.number(),
    }),
    identity: ({ clipKey }: { clipKey: string }) => `query-${clipKey.replaceAll(/[^\w.-]/g, '-')}`,
  },
  /** Sweep one source by address, or all, now. Answered by the watcher. */
  scan: {
    payload: z.object({
      source: z.string().nullable(),
      token: z.string(),
      confirmDeletions: z.boolean().optional(),
    }),
    result: z.object({
      sweeps: z.array(
        z.object({
          source: z.string(),
          objects: z.number().int(),
          found: z.number().int(),
          changed: z.number().int(),
          restored: z.number().int().optional().describe('deleted before, and back'),
          deleted: z.number().int().optional().describe('gone, and confirmed'),
          moved: z.number().int().optional().describe('gone, and found under another key with the same bytes'),
          held: z.number().int().optional().describe('gone by all appearances, and kept: too many at once'),
          unsettled: z.number().int(),
          passedOver: z.number().int().describe('no recordings by their names, or hidden'),
          obstacles: z.number().int().optional().describe('could not be taken in: coro source show'),
        }),
      ),
    }),
    identity: ({ token }: { token: string }) => `scan-${token}`,
  },
} as const

export type QueueName = keyof typeof queues
export type Payload<N extends QueueName> = z.infer<(typeof queues)[N]['payload']>
export type Result<N extends QueueName> = z.infer<(typeof queues)[N]['result']>
export const queueNames = Object.keys(queues) as QueueName[]

/** Lower goes first. In BullMQ a job without a priority goes before all that have one, so every job has one. */
export const priorities = { query: 1, retry: 5, new: 10, backlog: 20, reembed: 30 } as const
export type Priority = keyof typeof priorities
