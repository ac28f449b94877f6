import { readFile } from 'node:fs/promises'
import { openDatabase } from '@coro/shared/database/open'
import { describe, expect, it } from 'vitest'
import { migrate, pendingMigrations, readMigrations } from './migrate.js'

/** sql/released.json: which migrations each tag had, with their checksums. A release adds its own entry. */
const released = JSON.parse(await readFile(new URL('../../sql/released.json', import.meta.url), 'utf8')) as Record<
  string,
  Record<string, string>
>

describe.each(Object.entries(released))('a database of %s', (_tag, checksums) => {
  it('was made by files that nobody has edited since', async () => {
    const now = new Map((await readMigrations()).map(({ name, checksum }) => [name, checksum]))
    for (const [name, checksum] of Object.entries(checksums)) expect(now.get(name), name).toBe(checksum)
  })

  it('comes up to this version with its rows', async () => {
    await using database = await openDatabase('pglite:memory')
    const all = await readMigrations()
    await migrate(
      database,
      all.filter(({ name }) => name in checksums),
    )
    await database.pool.query(
      `insert into coro.source (url) values ('file:///cards');
       insert into coro.recording (source_id, key, version, size_bytes, modified_at) select id, 'a.wav', 'v', 1, now() from coro.source;
       insert into coro.segment (recording_id, index, start_s, end_s) select id, 0, 0, 5 from coro.recording`,
    )
    const applied = await migrate(database)
    expect(applied).toEqual(all.map(({ name }) => name).filter((name) => !(name in checksums)))
    expect(await pendingMigrations(database)).toEqual([])
    const { rows } = await database.pool.query(
      'select r.key, s.end_s from coro.recording r join coro.segment s on s.recording_id = r.id',
    )
    expect(rows).toEqual([{ key: 'a.wav', end_s: 5 }])
  })
})
