import { describe, expect, it } from 'vitest'
import { spacesOfOneFrontEnd } from './choose-space.js'
import { type Space } from './spaces.js'

const space = (id: number, fields: Partial<Space>): Space => ({
  id,
  name: `space-${id}`,
  model: 'net',
  variant: 'raw',
  dimension: 4,
  element: 'vector',
  windowS: 5,
  hopS: 5,
  identity: String(id),
  active: false,
  activeWanted: false,
  wanted: false,
  indexWanted: false,
  graph: 'vectors',
  imported: false,
  importOpen: false,
  frontEnd: {},
  frontEndId: 'a',
  ...fields,
})
const ids = (spaces: Space[], model?: string): number[] => spacesOfOneFrontEnd(spaces, model).map(({ id }) => id)

describe('spacesOfOneFrontEnd', () => {
  const old = [space(1, {}), space(2, { variant: 'denoised', active: true })]
  const filling = [
    space(3, { frontEndId: 'b', wanted: true }),
    space(4, { frontEndId: 'b', variant: 'denoised', wanted: true }),
  ]

  it('stays with the front end of the active space while another one fills', () => {
    expect(ids([...old, ...filling])).toEqual([1, 2])
  })

  it('takes what is kept filled of a model that is not active, and never two front ends', () => {
    expect(ids([...old, ...filling].map((one) => ({ ...one, active: false })))).toEqual([3, 4])
    expect(ids([space(1, {}), space(4, { frontEndId: 'b', variant: 'denoised', active: true })])).toEqual([4])
  })

  it('keeps to the model', () => {
    expect(ids([...old, space(5, { model: 'other' })], 'other')).toEqual([5])
    expect(ids(old, 'unheard-of')).toEqual([])
    expect(ids([])).toEqual([])
  })
})
