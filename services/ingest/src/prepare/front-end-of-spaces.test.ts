import { frontEndIdentity } from '@coro/audio/front-end'
import { frontEndOf } from '@coro/audio/front-end-settings'
import type { Space } from '@coro/shared/database/spaces'
import { frontEndIdOf } from '@coro/shared/storage/prepared-keys'
import { describe, expect, it } from 'vitest'
import { frontEndOfSpaces } from './front-end-of-spaces.js'

const frontEnd = frontEndOf({ bandPass: { lowHz: 200, highHz: 15_000 } })
const id = frontEndIdOf(frontEndIdentity(frontEnd, 'denoised'))

function space(draft: Partial<Space>): Space {
  return {
    id: 1,
    name: 'm/raw',
    model: 'm',
    variant: 'raw',
    dimension: 8,
    element: 'vector',
    windowS: 5,
    hopS: 5,
    identity: '',
    active: true,
    wanted: true,
    activeWanted: true,
    indexWanted: false,
    graph: 'vectors',
    imported: false,
    importOpen: false,
    frontEnd,
    frontEndId: id,
    ...draft,
  }
}

describe('frontEndOfSpaces', () => {
  it('is what all of them are made with; one of version 0.1.0 says no id', () => {
    expect(frontEndOfSpaces([space({}), space({ variant: 'denoised' })])).toEqual({ frontEnd, frontEndId: id })
    expect(frontEndOfSpaces([space({ frontEndId: null })]).frontEndId).toBe(id)
  })

  it.each([
    ['that this version does not know', [space({ frontEnd: { ...frontEnd, version: 99 } })]],
    ['whose text and id differ', [space({ frontEndId: 'another' })]],
    ['that differ', [space({}), space({ frontEndId: 'another' })]],
  ])('waits with front ends %s', (_, spaces) => {
    expect(() => frontEndOfSpaces(spaces)).toThrow(
      expect.objectContaining({ code: 'FRONT_END_UNKNOWN', disposition: 'wait' }),
    )
  })
})
