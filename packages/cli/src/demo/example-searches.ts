import type { SearchAnswer } from '@coro/api/schemas'
import type { RecordingView } from '@coro/shared/database/listing'
import { everyPage } from '../commands/recordings.js'
import type { Output } from '../print/output.js'
import { printSearch } from '../print/results.js'
import type { Client } from '../system/client.js'

const shown = 5

/** Three searches of the kinds that there are, on what was just ingested. */
export async function exampleSearches(client: Client, source: string, output: Output): Promise<void> {
  const all = await everyPage(client, '/v1/recordings', { state: 'searchable' })
  const ours = all.filter((recording) => recording.source === source && recording.segments > 0)
  const [first, second] = [ours[Math.floor(ours.length / 3)], ours[Math.floor((2 * ours.length) / 3)]]
  if (!first || !second) return
  const segmentId = await firstHeard(client, first)
  if (segmentId !== null) {
    output.say(`\nBy a stored segment (${first.key}), in other recordings:`)
    printSearch(output, await client.post('/v1/search', { segmentId, k: shown, otherRecordings: true }))
  }
  const other = await firstHeard(client, second)
  if (other === null) return
  if (second.site !== null) {
    output.say(`\nBy a segment of ${second.key}, at its site (${second.site}) only:`)
    printSearch(output, await client.post('/v1/search', { segmentId: other, k: shown, site: second.site }))
  }
  output.say(`\nBy an audio clip (5 s cut out of ${second.key}):`)
  const clip = await client.bytes(`/v1/segments/${other}/audio?variant=raw`)
  const form = new FormData()
  form.set('audio', new Blob([new Uint8Array(clip)]), 'clip.wav')
  form.set('k', String(shown))
  form.set('variant', 'raw')
  printSearch(output, await client.postForm<SearchAnswer>('/v1/search', form))
}

/** A segment from the middle of a recording that has a vector in the active space. */
async function firstHeard(client: Client, { recordingId }: RecordingView): Promise<number | null> {
  const { segments } = await client.get<{ segments: { segmentId: number; silent: boolean }[] }>(
    `/v1/recordings/${recordingId}/segments`,
  )
  const heard = segments.filter(({ silent }) => !silent)
  return heard[Math.floor(heard.length / 2)]?.segmentId ?? null
}
