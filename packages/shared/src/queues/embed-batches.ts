import type { AddOptions } from './producer.js'
import type { Queues } from './open.js'

/** Segments of one embed job: 5 min of audio, well under a second of the built-in network, some 4 s of Perch. */
export const segmentsPerJob = 60

/** Enqueue what a recording owes a space, in batches; batches that are in flight already are not doubled. */
export async function enqueueEmbedding(
  queues: Queues,
  { recordingId, spaceId, segmentCount }: { recordingId: number; spaceId: number; segmentCount: number },
  options: AddOptions,
): Promise<void> {
  const jobs = []
  for (let first = 0; first < segmentCount; first += segmentsPerJob) {
    jobs.push({ recordingId, spaceId, firstSegment: first, count: Math.min(segmentsPerJob, segmentCount - first) })
  }
  await queues.embed.addAll(jobs, options)
}
