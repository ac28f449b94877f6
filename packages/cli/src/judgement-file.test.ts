import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SampleAnswer } from '@coro/api/routes/samples'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filterTerm } from './filter-term.js'
import { readJudgements, sampleCsv } from './judgement-file.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coro-judgements-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function read(text: string) {
  const path = join(folder, 'sample.csv')
  await writeFile(path, text)
  return readJudgements(path)
}

const segment = (segmentId: number, judgement: boolean | null) => ({
  segmentId,
  recordingId: 1,
  key: 'a, "b".wav',
  site: null,
  startedAt: '2026-01-10T22:00:00.000Z',
  startS: 5,
  endS: 10,
  stratum: 3,
  similarity: 0.87654321,
  weight: 2.5,
  judgement,
  judgedBy: null,
})
const answer: SampleAnswer = {
  sample: {
    sampleId: 7,
    space: 'net/raw',
    subject: {},
    filter: {},
    minSimilarity: -1,
    seed: 1,
    perStratum: 20,
    madeAt: '2026-01-10T22:00:00.000Z',
    population: 100,
    segments: 3,
    judged: 2,
  },
  segments: [segment(12, true), segment(10, null), segment(11, false)],
}

describe('a sample as CSV', () => {
  it('is written and read again, judged or not', async () => {
    const csv = sampleCsv(answer)
    expect(csv.split('\n')[1]).toBe('7,12,"a, ""b"".wav",,2026-01-10T22:00:00.000Z,5,10,0.876543,3,2.5,yes')
    expect(await read(csv)).toEqual({
      sampleId: 7,
      judgements: [
        { segmentId: 12, judgement: true },
        { segmentId: 10, judgement: null },
        { segmentId: 11, judgement: false },
      ],
    })
  })

  it('may have other columns, another order, and the words that spreadsheets write', async () => {
    const csv = 'judgement,note,segment_id,sample\nTRUE,x,1,7\nFALSE,,2,7\n1,,3,7\n0,,4,7\nY,,5,7\n n ,,6,7\n'
    const { judgements } = await read(csv)
    expect(judgements.map(({ judgement }) => judgement)).toEqual([true, false, true, false, true, false])
  })

  it.each([
    ['a word that is no judgement', 'sample,segment_id,judgement\n7,1,yes\n7,2,perhaps\n', 'line 3: "perhaps"'],
    ['another sample', 'sample,segment_id,judgement\n7,1,yes\n8,2,no\n', 'line 3: the sample "8"'],
    ['no sample', 'sample,segment_id,judgement\n,1,yes\n', 'line 2: the sample ""'],
    ['no segment', 'sample,segment_id,judgement\n7,x,yes\n', 'line 2: "x" is no segment'],
  ])('is refused with %s, and the line', async (_, csv, message) => {
    await expect(read(csv)).rejects.toMatchObject({ code: 'JUDGEMENT_INVALID', disposition: 'reject' })
    await expect(read(csv)).rejects.toThrow(message)
  })
})

describe('a side of a comparison', () => {
  it('is a filter, term by term', () => {
    const terms = ['site=lagoa norte', 'months=11-2,6', 'site=serra', 'sun=sunset-00:30..sunset+02:00']
    expect(terms.reduce<Record<string, unknown>>((filter, term) => filterTerm(term, filter), {})).toEqual({
      site: ['lagoa norte', 'serra'],
      months: '11-2,6',
      sun: 'sunset-00:30..sunset+02:00',
    })
  })

  it.each(['lagoa', 'sight=lagoa', 'site='])('is refused where it says %s', (term) => {
    expect(() => filterTerm(term)).toThrow(/NAME=VALUE/)
  })
})
