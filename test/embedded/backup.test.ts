import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDeployment } from '@coro/synthetic/deployment'
import { expect, it } from 'vitest'
import type { Recording, SearchAnswer } from '../answers.js'
import { coro, coroJson, startCoro, temporaryFolder } from './coro-process.js'

interface Doctor {
  clean: boolean
  findings: { code: string; count: number; repaired: number }[]
}

it('a backup restored into an empty folder answers the same; a damaged one restores nothing', async () => {
  await using folder = await temporaryFolder()
  const data = join(folder.path, 'data')
  const backup = join(folder.path, 'backup')
  const made = await makeDeployment({ dir: join(folder.path, 'deployment'), recordings: 2 })
  const env = { CORO_SETTLE_S: '0' }
  await coroJson(['scan', made.sourceDir, '--wait', '--data', data], env)
  const search = (of: string) => coroJson<SearchAnswer>(['search', '--segment', '1', '-k', '10', '--data', of])
  const before = await search(data)
  const recordings = await coroJson<Recording[]>(['recordings', '--data', data])
  expect(await coroJson<Doctor>(['doctor', '--deep', '--data', data])).toEqual({ clean: true, findings: [] })

  {
    // Beside a system that runs, its files are not of one moment.
    await using _running = await startCoro(['--source', made.sourceDir, '--data', data])
    const refused = await coro(['backup', backup, '--data', data])
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining('DATA_LOCKED')])
  }
  expect(await coroJson(['backup', backup, '--data', data])).toMatchObject({ store: true })
  expect((await coro(['backup', backup, '--data', data])).code).toBe(3)
  await rm(data, { recursive: true })

  const restored = join(folder.path, 'restored')
  expect((await coro(['restore', backup, '--data', restored])).code).toBe(0)
  const after = await search(restored)
  expect(after.results).toEqual(before.results)
  expect(await coroJson(['recordings', '--data', restored])).toEqual(recordings)
  expect(await coroJson<Doctor>(['doctor', '--deep', '--data', restored])).toEqual({ clean: true, findings: [] })
  expect((await coro(['restore', backup, '--data', restored])).stderr).toContain('BACKUP_TARGET')

  await rm(join(restored, 'store', 'prepared'), { recursive: true })
  const lacking = await coro(['doctor', '--json', '--data', restored])
  expect(lacking.code).toBe(3)
  expect((JSON.parse(lacking.stdout) as Doctor).findings).toMatchObject([{ code: 'PREPARED_MISSING', count: 2 }])
  expect(await coroJson<Doctor>(['doctor', '--repair', '--data', restored])).toMatchObject({ clean: true })
  await coroJson(['scan', made.sourceDir, '--wait', '--data', restored], env)
  expect(await coroJson<Doctor>(['doctor', '--data', restored])).toEqual({ clean: true, findings: [] })
  expect((await search(restored)).results).toEqual(before.results)

  await writeFile(join(backup, 'database', 'PG_VERSION'), '99')
  const broken = await coro(['restore', backup, '--data', join(folder.path, 'other')])
  expect([broken.code, broken.stderr]).toEqual([3, expect.stringContaining('BACKUP_INVALID')])
  expect(await readdir(join(folder.path, 'other'))).not.toContain('database')
})
