import { addSource, openTestDatabase } from '@coro/shared/database/database.fixture'
import type { Database } from '@coro/shared/database/open'
import { recorderIdOf, siteIdOf } from '@coro/shared/database/sources'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPlaceFinder, namesOfKey } from './place-of-key.js'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

describe('namesOfKey', () => {
  const source = { url: 'file:///media/field%20trip', name: null }
  it.each([
    ['lagoa/A1/20260110_190000.WAV', 'lagoa', 'A1'],
    ['lagoa/A1/2026/01/x.wav', 'lagoa', 'A1'],
    ['lagoa/x.wav', 'lagoa', null],
    ['x.wav', 'field trip', null],
    ['/x.wav', 'field trip', null],
    ['lagoa//x.wav', 'lagoa', null],
  ])('%s', (key, site, recorder) => {
    expect(namesOfKey(key, source)).toEqual({ site, recorder })
  })

  it('prefers the name that the source was given', () => {
    expect(namesOfKey('x.wav', { ...source, name: 'Pantanal' })).toEqual({ site: 'Pantanal', recorder: null })
  })
})

describe('a place finder', () => {
  it('goes by the longest deployment prefix', async () => {
    const source = await addSource(database, {
      deployments: [
        { prefix: 'A', site: 'all of A' },
        { prefix: 'A/1/', site: 'one', recorder: 'AM1' },
      ],
    })
    const [all, one] = source.deployments
    const placeOf = createPlaceFinder(database.pool, source)
    expect(await placeOf('A/1/x.wav')).toEqual({
      deploymentId: one?.id,
      siteId: await siteIdOf(database.pool, 'one'),
      recorderId: await recorderIdOf(database.pool, 'AM1'),
    })
    expect(await placeOf('A/2/x.wav')).toEqual({
      deploymentId: all?.id,
      siteId: await siteIdOf(database.pool, 'all of A'),
      recorderId: null,
    })
  })

  it('goes by the folders where there is no deployment, and makes site and recorder once', async () => {
    const source = await addSource(database)
    const placeOf = createPlaceFinder(database.pool, source)
    const [first, second] = await Promise.all([placeOf('serra/B7/x.wav'), placeOf('serra/B7/y.wav')])
    expect(first).toEqual(second)
    expect(first).toEqual({
      deploymentId: null,
      siteId: await siteIdOf(database.pool, 'serra'),
      recorderId: await recorderIdOf(database.pool, 'B7'),
    })
  })
})
