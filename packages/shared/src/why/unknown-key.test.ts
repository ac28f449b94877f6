import { expect, it } from 'vitest'
import { explainUnknown, type UnknownFacts } from './unknown-key.js'

const now = new Date('2026-01-10T19:00:00Z')
const swept = {
  url: 'file:///cards',
  lastSweepAt: now,
  lastSweepObjects: 12,
  lastSweepPassedOver: 3,
  lastSweepError: null,
}

const explain = (key: string, draft: Partial<UnknownFacts> = {}, found: Date | null = null) =>
  explainUnknown(
    key,
    { sources: [swept], obstacles: [], below: 0, now, settleS: 6, sweepIntervalS: 10, ...draft },
    (_, inside) => Promise.resolve(found && { key: inside, sizeBytes: 1, version: 'v', modifiedAt: found }),
  )

it('says which sources were looked through, and how many files were passed over', async () => {
  const { sentences, toDo } = await explain('A1/x.wav')
  expect(sentences).toEqual([
    'Nothing is known of A1/x.wav.',
    'file:///cards was looked through 2026-01-10 19:00:00 UTC: 12 recordings, and 3 other files passed over.',
    'There is no such file in any of them.',
  ])
  expect(toDo).toMatch(/spelling/)
})

it.each([
  ['A1/CONFIG.TXT', /no recording by its name/, /ending/],
  ['A1/._x.WAV', /\._x\.WAV begins with a dot/, /Rename/],
])('says of %s that it is passed over', async (key, because, toDo) => {
  const told = await explain(key, {}, now)
  expect(told.sentences.at(-1)).toMatch(because)
  expect(told.toDo).toMatch(toDo)
})

it('says what kept the sweeps from it', async () => {
  const obstacle = { source: 'file:///cards', key: 'lost+found/', firstSeenAt: now }
  const obstacles = [{ ...obstacle, code: 'FOLDER_DENIED', message: 'this folder may not be read' }]
  const { sentences, toDo } = await explain('lost+found/x.wav', { obstacles })
  expect(sentences.at(-1)).toBe(
    'Sweeps of file:///cards cannot take in lost+found/ since 2026-01-10 19:00:00 UTC, FOLDER_DENIED: this folder may not be read.',
  )
  expect(toDo).toMatch(/Let Coro's user read it/)
})

it('says of a folder how many recordings lie below it', async () => {
  const { sentences } = await explain('A1', { below: 12 })
  expect(sentences.at(-1)).toBe('It is a folder, with 12 recordings below it.')
})

it('says of a file that is there that it still settles, or waits for a sweep', async () => {
  expect((await explain('x.wav', {}, new Date(now.getTime() - 2000))).sentences.at(-1)).toMatch(
    /still being written 2 s ago/,
  )
  expect((await explain('x.wav', {}, new Date(now.getTime() - 60_000))).toDo).toBe('Sweep now: coro scan')
})
