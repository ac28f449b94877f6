import { describe, expect, it } from 'vitest'
import { tellHolds, whyPaused } from './obstacles.js'

const [cards, bucket] = ['file:///cards', 's3://field']
const waits = (source: string, stage: 'prepare' | 'embed', count = 3) => ({ source, stage, count })
const paused = (source: string | null, stage: 'prepare' | 'embed' | null, pausedBy: string | null = null) => ({
  source,
  stage,
  reason: pausedBy === null ? null : 'no power',
  pausedBy,
  pausedAt: '2026-01-10T22:14:03.000Z',
})

describe('whyPaused', () => {
  it.each([
    ['nothing is paused', [waits(cards, 'prepare')], []],
    ['nothing waits', [], [paused(null, null)]],
    ['another source is paused', [waits(cards, 'prepare')], [paused(bucket, null)]],
    ['another stage is paused', [waits(cards, 'prepare')], [paused(cards, 'embed')]],
    ['a part can go on', [waits(cards, 'prepare'), waits(cards, 'embed')], [paused(null, 'embed')]],
    ['what is paused does not wait', [waits(cards, 'prepare'), waits(bucket, 'embed', 0)], [paused(bucket, null)]],
  ])('is null where %s', (_, waiting, pauses) => {
    expect(whyPaused(waiting, pauses)).toBeNull()
  })

  it('says what is paused, since when, by whom and why, and how it goes on', () => {
    const error = whyPaused([waits(cards, 'prepare', 1)], [paused(cards, 'prepare', 'ana')])
    expect(error).toMatchObject({ code: 'PAUSED', disposition: 'wait' })
    expect(error?.message).toBe(
      '1 recording waits. The stage prepare of file:///cards is paused since 2026-01-10 22:14:03 UTC by ana (no power). ' +
        'Let it go on: coro resume --source file:///cards --stage prepare.',
    )
  })

  it('goes by the source that is waited for, and tells each pause once', () => {
    const waiting = [waits(cards, 'prepare'), waits(cards, 'embed'), waits(bucket, 'prepare')]
    expect(whyPaused(waiting, [paused(cards, null)])).toBeNull()
    expect(whyPaused(waiting, [paused(cards, null)], cards)?.message).toBe(
      '6 recordings wait. All work of file:///cards is paused since 2026-01-10 22:14:03 UTC. ' +
        'Let it go on: coro resume --source file:///cards.',
    )
  })
})

it('tells what does not answer: the sources that are waited for, and each stage once', () => {
  const source = {
    name: null,
    lastSweepAt: null,
    lastSweepObjects: null,
    lastSweepPassedOver: null,
    obstacles: 0,
    lastSweepError: null,
    placingFrom: null,
  }
  const hold = {
    since: '2026-01-10T22:14:03.000Z',
    until: '2026-01-10T22:15:03.000Z',
    failures: 3,
    message: 'no answer',
  }
  const sources = [
    { ...source, url: cards, held: null },
    { ...source, url: bucket, held: { ...hold, code: 'STORAGE_UNAVAILABLE' } },
  ]
  const holds = ['a:1', 'b:1'].map((worker) => ({ ...hold, stage: 'embed', worker, code: 'ECONNREFUSED' }))
  const stopped = 'embed has stopped since 2026-01-10 22:14:03 UTC (ECONNREFUSED)'
  expect(tellHolds({ sources, holds }, cards)).toEqual([stopped])
  expect(tellHolds({ sources, holds })).toEqual([
    's3://field has not answered since 2026-01-10 22:14:03 UTC (STORAGE_UNAVAILABLE)',
    stopped,
  ])
})
