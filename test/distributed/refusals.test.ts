import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startService } from './services.js'
import { createSystem } from './system.js'
import { waitUntil } from './wait-until.js'

/** Start the watcher with other settings; it is expected to end by itself, or to be looked at. */
async function startWith(environment: Record<string, string>) {
  const logFile = join(tmpdir(), `coro-refused-${randomBytes(3).toString('hex')}.log`)
  const service = await startService('watch', environment, logFile)
  return {
    service,
    said: () => service.log.map(({ msg }) => msg).join('\n'),
    notMigrated: () =>
      waitUntil('the reason in the log', 20_000, () =>
        Promise.resolve(service.log.find(({ code }) => code === 'DATABASE_NOT_MIGRATED')),
      ),
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]()
      rmSync(logFile, { force: true })
    },
  }
}

test('a service on a database without tables says what to do, and goes on by itself once it is done', async () => {
  await using system = await createSystem('unmigrated', { unmigrated: true })
  await using impatient = await startWith(system.environment)
  await using patient = await startWith(system.environment)
  await impatient.notMigrated()
  expect(await impatient.service.stop()).toBe(0)
  expect((await patient.notMigrated())['reason']).toMatch(/coro migrate/)
  const both = await Promise.all([system.coro('migrate', '--json'), system.coro('migrate', '--json')])
  expect(both.map(({ code }) => code)).toEqual([0, 0])
  const applied = both.map(({ stdout }) => (JSON.parse(stdout) as { applied: string[] }).applied)
  expect(applied.filter((names) => names.length > 0)).toHaveLength(1)
  expect(JSON.parse((await system.coro('migrate', '--json')).stdout)).toEqual({ applied: [] })
  await patient.service.ready()
  expect(await patient.service.stop()).toBe(0)
})

const nowhere = {
  CORO_DATABASE_URL: 'postgres://coro:secret@127.0.0.1:1/coro',
  CORO_QUEUE_URL: 'redis://127.0.0.1:1',
  CORO_SOURCES: 's3://field',
  CORO_STORE_URL: 's3://store',
}

test.each([
  ['a store inside the source', { CORO_SOURCES: 's3://field', CORO_STORE_URL: 's3://field/coro' }],
  ['a source inside the store', { CORO_SOURCES: 's3://field/2026', CORO_STORE_URL: 's3://field' }],
  ['the same place for both', { CORO_SOURCES: 's3://field/', CORO_STORE_URL: 's3://field' }],
])('%s is refused at once, with exit code 2', async (_what, places) => {
  await using started = await startWith({ ...nowhere, ...places })
  expect(await started.service.exited).toBe(2)
  expect(started.said()).toMatch(/CONFIG_OVERLAP: .*s3:\/\/field/)
})

test('a bad setting is named, its value is not shown, and the exit code is 2', async () => {
  await using started = await startWith({ ...nowhere, CORO_DATABASE_URL: 'mysql://user:secret@host/db' })
  expect(await started.service.exited).toBe(2)
  expect(started.said()).toMatch(/CORO_DATABASE_URL: must be/)
  expect(started.said()).not.toMatch(/secret/)
})

test('the password is not in the reason either', async () => {
  await using started = await startWith(nowhere)
  const line = await waitUntil('the reason in the log', 20_000, () =>
    Promise.resolve(started.service.log.find(({ code }) => code === 'DATABASE_OPEN')),
  )
  expect(JSON.stringify(line)).not.toMatch(/secret/)
})
