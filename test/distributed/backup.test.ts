import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, inject, test } from 'vitest'
import type { SearchAnswer } from '../answers.js'
import { checkConsistent } from './consistency.js'
import { smallDeployment } from './deployment.js'
import { segmentIds } from './segment-ids.js'
import { root } from './services.js'
import { createSystem, type System } from './system.js'

const run = promisify(execFile)

/** Run a script of infra/backup, with the tools of the database's container. */
async function script(name: 'backup' | 'restore', system: System, args: string[]): Promise<string> {
  const { container } = inject('stack').postgres
  const database = system.environment['CORO_DATABASE_URL']?.split('/').at(-1)
  const { stdout } = await run('bash', [join(root, `infra/backup/${name}.sh`), ...args], {
    env: {
      // oxlint-disable-next-line node/no-process-env -- programs are found by PATH
      PATH: process.env['PATH'],
      CORO_PG_EXEC: `docker exec -i ${container}`,
      CORO_DATABASE_URL: `postgres://coro:coro@127.0.0.1:5432/${database}`,
      CORO_STORE_URL: system.storeUrl,
      CORO_S3_ENDPOINT: system.environment['CORO_S3_ENDPOINT'],
      AWS_ACCESS_KEY_ID: system.environment['AWS_ACCESS_KEY_ID'],
      AWS_SECRET_ACCESS_KEY: system.environment['AWS_SECRET_ACCESS_KEY'],
    },
  })
  return stdout
}

/** What a search by each of some segments answers, exactly and by the index. */
async function answers(system: System, segments: number[]): Promise<unknown[]> {
  const all = []
  for (const mode of ['exact', 'hnsw']) {
    for (const segmentId of segments) {
      const { results } = await system.post<SearchAnswer>('/v1/search', { segmentId, k: 10, mode })
      all.push(results.map(({ segmentId, similarity, key, startedAt }) => [segmentId, similarity, key, startedAt]))
    }
  }
  return all
}

/** The scripts copy buckets by the aws command, which not every machine has. */
const stores = spawnSync('aws', ['--version']).status === 0 ? (['file', 's3'] as const) : (['file'] as const)

test.each(stores)(
  'a backup (store: %s) restored into an empty stack answers and sounds the same, and goes on',
  async (store) => {
    const { folder, keys } = await smallDeployment({ recordings: 3 })
    const kept = await mkdtemp(join(tmpdir(), 'coro-backup-'))
    const backup = join(kept, 'backup')
    try {
      await using before = await createSystem('backed-up', { source: 'file', store })
      const first = await before.start('watch', 'prepare', 'embed', 'api')
      await before.deliver(folder, keys)
      await before.settle({ searchable: 3, duplicate: 1, quarantined: 1 })
      const segments = await segmentIds(before.database, 'denoised')
      const asked = segments.slice(0, 5)
      const expected = await answers(before, asked)
      const sound = await (await fetch(`${first.api.url}/v1/segments/${segments[0]}/audio`)).arrayBuffer()
      const status = await before.status()
      await script('backup', before, [backup])

      // Another database, another store, another queue; the same source.
      await using after = await createSystem('restored', {
        unmigrated: true,
        store,
        environment: { CORO_SOURCES: before.sourceUrl },
      })
      await script('restore', after, [backup])
      await expect(script('restore', after, [backup])).rejects.toThrow('The database holds a Coro already')
      for (const service of Object.values(first)) await service.stop()
      const { api } = await after.start('watch', 'prepare', 'embed', 'api')
      expect(await answers(after, asked)).toEqual(expected)
      const again = await (await fetch(`${api.url}/v1/segments/${segments[0]}/audio`)).arrayBuffer()
      expect(Buffer.from(again).equals(Buffer.from(sound))).toBe(true)
      const restored = await after.status()
      expect([restored.recordings, restored.embeddings]).toEqual([status.recordings, status.embeddings])
      const doctor = await after.coro('doctor', '--deep', '--json')
      expect(doctor.stdout).toContain('"findings":[]')
      expect(doctor.code).toBe(0)
      await before.deliver(folder, [keys[0] as string], 'later/')
      await after.settle({ searchable: 3, duplicate: 2, quarantined: 1 })
      await checkConsistent(after.database)
    } finally {
      await rm(kept, { recursive: true, force: true })
    }
  },
)
