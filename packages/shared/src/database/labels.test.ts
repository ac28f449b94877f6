import { randomUUID } from 'node:crypto'
import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseLabels } from '../labels/parse-labels.js'
import { addRecording, addSource, openTestDatabase } from './database.fixture.js'
import { countLabels, importLabels, listLabels, removeLabels, type LabelImport } from './labels.js'

let database: Database
let sources: { id: number; url: string }[]
/** A folder that no other test knows. */
let place: string
beforeAll(async () => {
  database = await openTestDatabase()
  sources = [await addSource(database, { name: 'first' }), await addSource(database)]
})
afterAll(() => database[Symbol.asyncDispose]())
beforeEach(() => {
  place = randomUUID()
})

const options: LabelImport = { origin: 'x.csv', source: null, key: null, annotator: null, skipUnknown: false }
const load = (lines: string[], more: Partial<LabelImport> = {}) => {
  const text = ['key,label,start_s,end_s', ...lines].join('\n')
  return importLabels(database, parseLabels(text, 'x.csv'), { ...options, ...more })
}
const addFile = async (name: string, source = 0, durationS = 60) => {
  const id = await addRecording(database, sources[source]!.id, { key: `${place}/${name}` })
  await database.pool.query('update coro.recording set duration_s = $2 where id = $1', [id, durationS])
  return id
}
const all = () =>
  listLabels(database.pool, { after: 0, limit: 1000 }).then((rows) => rows.filter(({ key }) => key.startsWith(place)))

describe('importLabels', () => {
  it('finds recordings by their key, or by the end of it where that is enough, and takes each label once', async () => {
    const id = await addFile(`a_${place}.wav`)
    await addFile('b.wav')
    const lines = [`${place}/a_${place}.wav,frog,,`, `a_${place}.wav,owl,1,2`, `${place}/b.wav,owl,3,3`]
    expect(await load(lines)).toEqual({ imported: 3, known: 0, skipped: 0, recordings: 2 })
    expect(await load(lines)).toEqual({ imported: 0, known: 3, skipped: 0, recordings: 2 })
    expect(await all()).toMatchObject([
      { recordingId: id, label: 'frog', startS: null, endS: null, origin: 'x.csv' },
      { recordingId: id, label: 'owl', startS: 1, endS: 2 },
      { key: `${place}/b.wav`, startS: 3, endS: 3 },
    ])
  })

  it('imports nothing where a line names no recording, several, or a time behind its end', async () => {
    await addFile('a.wav')
    await addFile('c.wav', 0)
    await addFile('c.wav', 1)
    const lines = [
      `${place}/a.wav,frog,,`,
      `${place}/none.wav,frog,,`,
      `${place}/c.wav,frog,,`,
      `${place}/a.wav,frog,61,62`,
    ]
    const refused = load(lines)
    await expect(refused).rejects.toMatchObject({ code: 'LABELS_INVALID', details: { lines: [3, 4, 5] } })
    await expect(refused).rejects.toThrow(
      /line 3: there is no recording .*none.wav.*line 4: .* in several places.*line 5/,
    )
    expect(await all()).toEqual([])
    expect(await load(lines.slice(0, 2), { skipUnknown: true })).toMatchObject({ imported: 1, skipped: 1 })
    expect(await load([lines[2]!], { source: 'first' })).toMatchObject({ imported: 1 })
  })

  it("gives a duplicate's labels to the recording that holds the sound", async () => {
    const holder = await addFile('a.wav')
    const copy = await addFile('copy.wav', 1)
    await database.pool.query(`update coro.recording set state = 'duplicate', duplicate_of = $2 where id = $1`, [
      copy,
      holder,
    ])
    await load([`${place}/copy.wav,frog,,`])
    expect(await all()).toMatchObject([{ recordingId: holder, label: 'frog' }])
  })

  it('takes the key from outside where the file has none', async () => {
    await addFile('a.wav')
    const rows = parseLabels('1.0\t2.0\tfrog\n', 'a.txt')
    await expect(importLabels(database, rows, options)).rejects.toThrow(/line 1: it names no recording/)
    expect(await importLabels(database, rows, { ...options, key: `${place}/a.wav` })).toMatchObject({ imported: 1 })
  })
})

describe('labels', () => {
  it('are counted, listed and removed by what they have in common', async () => {
    await addFile('a.wav')
    await addFile('b.wav')
    await load([`${place}/a.wav,${place}-frog,,`, `${place}/b.wav,${place}-frog,1,2`], { annotator: place })
    await load([`${place}/a.wav,${place}-owl,5,6`], { origin: `${place}.csv` })
    const ours = (await countLabels(database.pool, {})).filter(({ label }) => label.startsWith(place))
    expect(ours).toEqual([
      { label: `${place}-frog`, labels: 2, recordings: 2 },
      { label: `${place}-owl`, labels: 1, recordings: 1 },
    ])
    expect(await countLabels(database.pool, { key: `${place}/b.wav` })).toHaveLength(1)
    expect(await removeLabels(database.pool, { origin: `${place}.csv` })).toBe(1)
    expect(await removeLabels(database.pool, { annotator: place, key: `${place}/a.wav` })).toBe(1)
    expect(await all()).toMatchObject([{ key: `${place}/b.wav`, label: `${place}-frog` }])
  })
})
