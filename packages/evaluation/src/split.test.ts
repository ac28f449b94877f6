import { describe, expect, it } from 'vitest'
import { drawRoles, queryCount } from './split.js'

const windows = (count: number, key = 'a.wav', from = 0) =>
  Array.from({ length: count }, (_, index) => ({ segmentId: from + index, key, index, group: key, groupName: key }))

describe('drawRoles', () => {
  it.each([
    [2, 1],
    [3, 1],
    [5, 2],
    [7, 2],
    [12, 4],
    [100, 30],
  ])('of %i windows %i are queries', (n, queries) => {
    expect(queryCount(n)).toBe(queries)
    const roles = [...drawRoles(windows(n), 1, 1).values()]
    expect(roles.filter((role) => role === 'query')).toHaveLength(queries)
    expect(roles).toHaveLength(n)
  })

  it('leaves a single window out, and draws by name, not by number', () => {
    expect(drawRoles(windows(1), 1, 1).size).toBe(0)
    const here = [...drawRoles(windows(20), 3, 2).values()]
    const elsewhere = [...drawRoles(windows(20, 'a.wav', 700), 3, 2)].sort(([a], [b]) => a - b).map(([, role]) => role)
    expect([...drawRoles(windows(20), 3, 2)].sort(([a], [b]) => a - b).map(([, role]) => role)).toEqual(elsewhere)
    expect(here).toHaveLength(20)
    expect(drawRoles(windows(20), 3, 1)).not.toEqual(drawRoles(windows(20), 3, 2))
    expect(drawRoles(windows(20), 4, 2)).not.toEqual(drawRoles(windows(20), 3, 2))
  })
})
