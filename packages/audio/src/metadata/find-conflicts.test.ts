import { describe, expect, it } from 'vitest'
import { findTimeConflicts } from './find-conflicts.js'
import { areOtherSerials, emptyMetadata, mergeMetadata, type TimeClaim } from './recorder-metadata.js'

const claim = (source: TimeClaim['source'], local: string, utcOffsetMin: number | null): TimeClaim => ({
  source,
  local,
  utcOffsetMin,
  confidence: 0.9,
})
const header = claim('audiomoth', '2024-09-03T20:26:15', 60)

describe('findTimeConflicts', () => {
  it.each([
    ['the same instant', claim('guano', '2024-09-03T19:26:16', 0), undefined],
    ["a name in the recorder's local time", claim('filename', '2024-09-03T20:26:15', null), undefined],
    ['a name in UTC', claim('filename', '2024-09-03T19:26:15', null), undefined],
    ['a name in the zone of the deployment', claim('filename', '2024-09-03T21:26:15', null), 'Europe/Berlin'],
  ])('finds none in %s', (_, other, zone) => {
    expect(findTimeConflicts([header, other], zone)).toEqual([])
  })

  it('finds a name whose time is another', () => {
    expect(findTimeConflicts([header, claim('filename', '2024-09-03T20:27:15', null)])).toEqual([
      { kind: 'time', between: ['audiomoth', 'filename'], differenceS: 60 },
    ])
  })

  it("finds a name that is wrong in the deployment's zone", () => {
    expect(findTimeConflicts([header, claim('filename', '2024-09-03T20:26:15', null)], 'Europe/Berlin')).toEqual([
      { kind: 'time', between: ['audiomoth', 'filename'], differenceS: 3600 },
    ])
  })
})

describe('serials', () => {
  it('conflict where they are of one form and differ', () => {
    expect(areOtherSerials('24E144055E080032', '24E144055E080033')).toBe(true)
    expect(areOtherSerials('24e144055e080032', '24E144055E080032')).toBe(false)
    expect(areOtherSerials('S4A03895', 'S4A03896')).toBe(true)
    expect(areOtherSerials('24E144055E080032', 'lagoa-1')).toBe(false)
    expect(areOtherSerials('AudioMoth 24E144055E080032', 'am-24e144055e080033')).toBe(true)
    expect(areOtherSerials('SMM01234', 'mini SMM01235')).toBe(true)
    expect(areOtherSerials('00012345', 'BAR-00012346')).toBe(true)
    expect(areOtherSerials('00012345', 'lagoa 20260110')).toBe(false)
    // What firmware 1.0 of every AudioMoth wrote: the place where its serial stands in memory.
    expect(areOtherSerials('0FE081F80FE081F0', '24E144055E080032')).toBe(false)
    const metadata = emptyMetadata()
    for (const recorderId of ['24E144055E080032', '24E144055E080033']) {
      mergeMetadata(metadata, { claims: [], device: { recorderId } })
    }
    expect(metadata.device.recorderId).toBe('24E144055E080032')
    expect(metadata.conflicts).toEqual([{ kind: 'recorder', values: ['24E144055E080032', '24E144055E080033'] }])
  })
})
