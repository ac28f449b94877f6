import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDeployment } from '@coro/synthetic/deployment'
import { expect, it } from 'vitest'
import type { Recording, Status } from '../answers.js'
import { coro, startCoro, temporaryFolder, type RunningCoro } from './coro-process.js'

interface Examined {
  findings: { code: string; count: number; repaired: number; examples: string[] }[]
}

async function doctor(server: RunningCoro): Promise<Examined['findings']> {
  const answer = await fetch(`${server.url}/v1/doctor`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ repair: true }),
  })
  const last = (await answer.text()).trim().split('\n').at(-1) ?? ''
  return (JSON.parse(last) as Examined).findings
}

it('repairs nothing of what is being worked on, however often it looks', async () => {
  await using folder = await temporaryFolder()
  const source = join(folder.path, 'made')
  const { sourceDir, files } = await makeDeployment({ dir: source, recordings: 16 })
  const data = join(folder.path, 'data')
  const left = (name: string) => join(data, 'store/prepared/left-behind', name)
  await mkdir(left('7'), { recursive: true })
  for (const name of ['7/raw.wav', '7/denoised.wav']) await writeFile(left(name), name)
  // Two days old: of no recording. A young one may belong to one that is being prepared.
  await utimes(left('7/raw.wav'), Date.now() / 1000 - 172_800, Date.now() / 1000 - 172_800)

  await using server = await startCoro(['--source', sourceDir, '--data', data], { CORO_SETTLE_S: '0' })
  let looks = 0
  let whileWorking = 0
  const found: Examined['findings'] = []
  for (;;) {
    found.push(...(await doctor(server)))
    looks++
    const { recordings } = await server.get<Status>('/v1/status')
    const { searchable, quarantined, duplicate, ...open } = recordings
    if (Object.values(open).some((n) => n > 0)) whileWorking++
    if (searchable + quarantined + duplicate === files.length) break
  }
  expect(whileWorking).toBeGreaterThan(2)
  expect(found).toEqual([
    expect.objectContaining({
      code: 'PREPARED_ORPHAN',
      count: 1,
      repaired: 1,
      examples: ['prepared/left-behind/7/raw.wav'],
    }),
  ])
  const { recordings } = await server.get<{ recordings: Recording[] }>('/v1/recordings?limit=100')
  for (const { recordingId, key } of recordings) {
    const { ledger } = await server.get<{ ledger: { stage: string; outcome: string; attempt: number }[] }>(
      `/v1/recordings/${recordingId}`,
    )
    const prepared = ledger.filter(({ stage, outcome }) => stage === 'prepare' && outcome === 'done')
    expect(prepared.length, key).toBeLessThanOrEqual(1)
    expect(Math.max(...ledger.map(({ attempt }) => attempt)), key).toBe(1)
  }
  const after = await coro(['doctor', '--repair', '--deep'], { CORO_API_URL: server.url })
  expect(after).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing is wrong') as string })
  expect(looks).toBeGreaterThan(whileWorking)
})
