import type { AddOptions } from './producer.js'
import type { Queues } from './open.js'
import type { Payload } from './registry.js'

/** Segments of one embed job: 5 min of audio, well under a second of the built-in network, some 4 s of Perch. */
export const segmentsPerJob = 60

/** What a recording owes a space. */
export interface Owed {
  recordingId: number
  spaceId: number
  model: string
  segmentCount: number
}

/**
 * Enqueue what recordings owe to spaces, in batches; batches that are in flight already are not doubled. A batch does
 * all spaces of one network at once: half the jobs for the two variants.
 */
export async function enqueueEmbedding(queues: Queues, owed: Owed[], options: AddOptions): Promise<void> {
  const byWork = new Map<string, Owed[]>()
  for (const account of owed) {
    const key = `${account.recordingId} ${account.model}`
    byWork.set(key, [...(byWork.get(key) ?? []), account])
  }
  const jobs: Payload<'embed'>[] = []
  for (const accounts of byWork.values()) {
    const { recordingId, segmentCount } = accounts[0] as Owed
    const [spaceId = 0, ...alsoSpaceIds] = accounts.map((account) => account.spaceId).sort((a, b) => a - b)
    for (let firstSegment = 0; firstSegment < segmentCount; firstSegment += segmentsPerJob) {
      const count = Math.min(segmentsPerJob, segmentCount - firstSegment)
      jobs.push({ recordingId, spaceId, alsoSpaceIds, firstSegment, count })
    }
  }
  await queues.embed.addAll(jobs, options)
}
