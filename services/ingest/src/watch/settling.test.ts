import { describe, expect, it } from 'vitest'
import { createSettling } from './settling.js'

const start = Date.parse('2026-01-10T12:00:00Z')
const at = (seconds: number) => start + seconds * 1000
/** A file as a sweep at `nowS` sees it. */
const file = (version: string, modifiedS: number, key = 'a.wav') => ({
  key,
  version,
  sizeBytes: 1,
  modifiedAt: new Date(at(modifiedS)),
})

describe('a file of a folder', () => {
  it('that has long been there is taken at first sight', () => {
    expect(createSettling(6, false).settled(file('v', -3600), at(0))).toBe(true)
  })

  it('that has just been written is left until its time has rested', () => {
    const settling = createSettling(6, false)
    expect(settling.settled(file('v', -1), at(0))).toBe(false)
    expect(settling.nextLookMs(at(0))).toBe(5000)
    expect(settling.settled(file('v', -1), at(4.9))).toBe(false)
    expect(settling.settled(file('v', -1), at(5))).toBe(true)
    expect(settling.nextLookMs(at(5))).toBeNull()
  })

  it('that grows slowly is left for as long as it grows', () => {
    const settling = createSettling(6, false)
    for (let s = 0; s < 20; s += 2) expect(settling.settled(file(`v${s}`, s), at(s + 0.5)), `${s} s`).toBe(false)
    expect(settling.settled(file('v18', 18), at(23))).toBe(false)
    expect(settling.settled(file('v18', 18), at(24))).toBe(true)
  })

  it('from the future is watched by our own clock instead', () => {
    const settling = createSettling(6, false)
    expect(settling.settled(file('v', 86_400), at(0))).toBe(false)
    expect(settling.settled(file('v', 86_400), at(5.9))).toBe(false)
    expect(settling.settled(file('v', 86_400), at(6))).toBe(true)
    // It grew meanwhile: from the beginning.
    expect(settling.settled(file('w', 86_400, 'b.wav'), at(0))).toBe(false)
    expect(settling.settled(file('x', 86_400, 'b.wav'), at(6))).toBe(false)
    expect(settling.settled(file('x', 86_400, 'b.wav'), at(12))).toBe(true)
  })

  it('that has gone is forgotten, and does not wake anybody', () => {
    const settling = createSettling(6, false)
    settling.settled(file('v', 0, 'gone.wav'), at(0))
    settling.settled(file('v', 2, 'here.wav'), at(2))
    settling.forgetUnseen(at(1))
    expect(settling.nextLookMs(at(2))).toBe(6000)
    settling.forgetUnseen(at(3))
    expect(settling.nextLookMs(at(3))).toBeNull()
  })

  it('that is overdue is looked at soon, not in a busy loop', () => {
    const settling = createSettling(6, false)
    settling.settled(file('v', 0), at(0))
    expect(settling.nextLookMs(at(60))).toBe(250)
  })
})

describe('nothing waits', () => {
  it.each([
    ['of a bucket, where objects appear whole', createSettling(6, true)],
    ['where no time is asked for', createSettling(0, false)],
  ])('%s', (_, settling) => {
    expect(settling.settled(file('v', 0), at(0))).toBe(true)
    expect(settling.nextLookMs(at(0))).toBeNull()
  })
})
