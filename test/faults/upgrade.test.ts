import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { coro, root } from '../distributed/services.js'
import { roles, startFaultRun } from './fault-run.js'

const { folder, recordings } = inject('faults')

/** What a migration may do to tables in use: lock them, rewrite one, build an index, and take its time. */
const migration = `
lock table coro.recording, coro.segment in access exclusive mode;
alter table coro.recording add column next_note text not null default md5(random()::text);
create index recording_next_note on coro.recording (next_note);
select pg_sleep(3);
`

test('a rolling upgrade: the migration while all services work, then one service after the other', async () => {
  const path = join(folder, 'next.sql')
  await writeFile(path, migration)
  const next = {
    CORO_TEST_MIGRATION: path,
    NODE_OPTIONS: `--import=${join(root, 'test/faults/next-version.mjs')}`,
  }
  await using run = await startFaultRun('upgrade')
  const { system } = run
  const migrate = (more: Record<string, string>) => coro(['migrate'], { ...system.environment, ...more })
  await run.deliver()
  await run.searchable(1)
  const migrated = await migrate(next)
  expect(migrated).toMatchObject({ code: 0 })
  expect(migrated.stdout + migrated.stderr).toContain('9999_next_version')
  // The old version goes on working, and does not start anew.
  const done = Math.floor(recordings / 3)
  await run.searchable(done)
  const old = await system.startOne('prepare')
  expect(await old.exited).toBe(1)
  expect(JSON.stringify(old.log)).toContain('DATABASE_TOO_NEW')
  expect(await migrate({})).not.toMatchObject({ code: 0 })
  for (const role of roles) {
    expect(await run.services[role].stop()).toBe(0)
    run.services[role] = await system.startOne(role, next)
    await run.services[role].ready()
  }
  await run.checkEnd()
})
