import { expect, test } from 'vitest'
import type { SearchAnswer } from '../answers.js'
import { segmentIds } from './segment-ids.js'
import { checkConsistent } from './consistency.js'
import { smallDeployment } from './deployment.js'
import { createSystem } from './system.js'

test.each([
  { source: 'file', store: 's3' },
  { source: 's3', store: 'file' },
] as const)('recordings from $source, prepared audio in $store', async ({ source, store }) => {
  const { folder, keys } = await smallDeployment({ recordings: 1, seed: 2 })
  await using system = await createSystem(`from-${source}-to-${store}`, { source, store })
  const { api } = await system.start('watch', 'prepare', 'embed', 'api')
  await system.deliver(folder, keys)
  await system.settle({ searchable: 1, duplicate: 1, quarantined: 1 })
  await checkConsistent(system.database)
  const [segmentId] = await segmentIds(system.database, 'raw')
  const audio = await fetch(`${api.url}/v1/segments/${segmentId}/audio?variant=raw`)
  expect(audio.status).toBe(200)
  const form = new FormData()
  form.set('audio', await audio.blob(), 'clip.wav')
  form.set('variant', 'raw')
  const found = await fetch(`${api.url}/v1/search`, { method: 'POST', body: form })
  const { results } = (await found.json()) as SearchAnswer
  expect(results[0]?.segmentId).toBe(segmentId)
  // A searcher's clip does not stay in the store.
  const left: string[] = []
  for await (const page of system.store.list({ prefix: 'queries/' })) left.push(...page.map(({ key }) => key))
  expect(left).toEqual([])
})
