import { describe, expect, it } from 'vitest'
import type { WhyFacts } from '../database/why.js'
import { tellWhy } from './tell-why.js'

const at = new Date('2026-01-10T19:00:00Z')

function facts(draft: Partial<WhyFacts>): WhyFacts {
  return {
    now: at,
    recordingId: 7,
    source: 'file:///cards',
    key: 'A1/x.wav',
    sizeBytes: 1000,
    modifiedAt: at,
    discoveredAt: at,
    changedAt: at,
    startedAt: null,
    state: 'searchable',
    reasonCode: null,
    reasonMessage: null,
    attempts: 1,
    deaths: 0,
    sharedDeaths: 0,
    dueAt: null,
    durationS: 10,
    segmentCount: 2,
    warnings: [],
    duplicateOf: null,
    newerId: null,
    spaces: [{ name: 'm/raw', done: 2, silent: 0, open: false }],
    pauses: [],
    hold: null,
    stageHolds: [],
    lastSweepAt: at,
    lastSweepError: null,
    ahead: null,
    sourcesInTurn: 1,
    ledger: [],
    ...draft,
  }
}

describe('a recording that is searchable', () => {
  it('has nothing to be done about it where nothing is odd', () => {
    const { sentences, because, toDo } = tellWhy(facts({}))
    expect(sentences.at(-1)).toBe('It is searchable since 2026-01-10 19:00:00 UTC: 2 segments.')
    expect([because, toDo]).toEqual([null, null])
  })

  it('says what is odd about its file, and that a better copy takes its place', () => {
    const warnings = [{ code: 'AUDIO_TRUNCATED', message: 'the data chunk claims 12.0 s, 6.2 s are there' }]
    const { sentences, toDo, searchable } = tellWhy(facts({ warnings }))
    expect(sentences.at(-1)).toBe('About its file, AUDIO_TRUNCATED: the data chunk claims 12.0 s, 6.2 s are there.')
    expect(toDo).toMatch(/copy it again/)
    expect(searchable).toBe(true)
  })

  it.each([
    ['AUDIO_SILENT', /microphone/],
    ['AUDIO_CLIPPED', /gain/],
  ])('and %s advises about the recorder', (code, advice) => {
    expect(tellWhy(facts({ warnings: [{ code, message: 'x' }] })).toDo).toMatch(advice)
  })

  it('and silent throughout says that no search finds it', () => {
    const spaces = [
      { name: 'm/raw', done: 0, silent: 2, open: false },
      { name: 'm/denoised', done: 0, silent: 2, open: false },
    ]
    expect(tellWhy(facts({ spaces })).sentences.at(-1)).toMatch(
      /no search finds it: all of it \(2 segments\) is silent/,
    )
    const [first, second] = spaces as [(typeof spaces)[0], (typeof spaces)[0]]
    expect(tellWhy(facts({ spaces: [{ ...first, done: 1, silent: 1 }, second] })).sentences.at(-1)).toMatch(
      /It is searchable .* No search in m\/denoised finds it/,
    )
  })
})

describe('a recording in quarantine', () => {
  it.each([
    ['AUDIO_NO_SAMPLES', /Compare it with the file on the card/],
    ['AUDIO_NOT_AUDIO', /never a recording/],
    ['AUDIO_UNSUPPORTED', /Do what the reason says/],
    ['AUDIO_BAD_HEADER', /Copy the file from the card again/],
    ['AUDIO_IO', /coro quarantine retry 7$/],
    ['WORKER_DIED', /coro quarantine retry 7$/],
    ['STORAGE_UNAVAILABLE', /See to this object in its storage.* coro quarantine retry 7$/],
    ['SOMETHING_NEW', /coro quarantine retry 7$/],
  ])('for %s says why and what to do', (reasonCode, advice) => {
    const { because, toDo } = tellWhy(facts({ state: 'quarantined', reasonCode, reasonMessage: 'it is so.' }))
    expect(because).toBe(
      `It is not searchable: set aside in the quarantine since 2026-01-10 19:00:00 UTC, ${reasonCode}: it is so.`,
    )
    expect(toDo).toMatch(advice)
  })
})
