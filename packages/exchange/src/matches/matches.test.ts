import { describe, expect, it } from 'vitest'
import { audacityLabels } from './audacity.js'
import { annotationsByRecording } from './by-recording.js'
import { matchCells, matchColumns, recordingPath, safePath, type Match } from './match.js'
import { ravenTable } from './raven.js'
import { wavName } from './wav-name.js'

const match = (draft: Partial<Match> = {}): Match => ({
  rank: 1,
  similarity: 0.82491,
  segmentId: 18,
  recordingId: 3,
  source: 'file:///data/my%20recordings',
  key: 'lagoa/A1/20260110_220000.WAV',
  site: 'lagoa',
  recorder: 'A1',
  startedAt: '2026-01-10T22:00:35.000Z',
  startS: 35,
  endS: 40,
  sampleRateHz: 48_000,
  queryStartS: null,
  ...draft,
})

describe('a Raven selection table', () => {
  it('has the columns that Raven has, one line a match, times from the start of its file', () => {
    const [header, line, ...more] = ravenTable([match()]).split('\n')
    expect(header?.split('\t').slice(0, 7)).toEqual([
      'Selection',
      'View',
      'Channel',
      'Begin Time (s)',
      'End Time (s)',
      'Low Freq (Hz)',
      'High Freq (Hz)',
    ])
    const cells = Object.fromEntries(header!.split('\t').map((name, i) => [name, line?.split('\t')[i]]))
    expect(cells).toEqual({
      Selection: '1',
      View: 'Spectrogram 1',
      Channel: '1',
      'Begin Time (s)': '35.000',
      'End Time (s)': '40.000',
      'Low Freq (Hz)': '0.0',
      'High Freq (Hz)': '16000.0',
      'Begin Path': '/data/my recordings/lagoa/A1/20260110_220000.WAV',
      'Begin File': '20260110_220000.WAV',
      'File Offset (s)': '35.000',
      Similarity: '0.8249',
      Rank: '1',
      Segment: '18',
      Site: 'lagoa',
      Recorder: 'A1',
      'Start (UTC)': '2026-01-10T22:00:35.000Z',
    })
    expect(more).toEqual([''])
  })

  it('has frequencies up to what the recording holds, and no cell that ends a line', () => {
    const table = ravenTable([match({ sampleRateHz: 16_000, site: 'a\tb\nc', startedAt: null })])
    expect(table).toContain('\t8000.0\t')
    expect(table).toContain('\ta b c\t')
    expect(table.split('\n')).toHaveLength(3)
  })
})

describe('Audacity labels', () => {
  it('are begin, end and text, by time', () => {
    const labels = audacityLabels([match(), match({ rank: 2, similarity: 0.5, segmentId: 7, startS: 0, endS: 5 })])
    expect(labels).toBe('0.000000\t5.000000\t#2 0.5000 segment 7\n35.000000\t40.000000\t#1 0.8249 segment 18\n')
  })
})

describe('files by recording', () => {
  const names = (matches: Match[], format: 'raven' | 'audacity' = 'audacity') =>
    [...annotationsByRecording(matches, format)].map(({ name }) => name)

  it('lie where their recording lies, one each', () => {
    const other = match({ rank: 3, recordingId: 4, key: 'mata/x.flac' })
    expect(names([match(), other, match({ rank: 2, startS: 0 })])).toEqual([
      'lagoa/A1/20260110_220000.WAV.txt',
      'mata/x.flac.txt',
    ])
    expect(names([match()], 'raven')).toEqual(['lagoa/A1/20260110_220000.WAV.Table.1.selections.txt'])
  })

  it('of several sources lie apart, and never below what they are unpacked into', () => {
    const other = match({ recordingId: 4, source: 's3://bucket/recordings', key: '../../a.wav' })
    expect(names([match(), other])).toEqual([
      '1-my%20recordings/lagoa/A1/20260110_220000.WAV.txt',
      '2-recordings/a.wav.txt',
    ])
  })

  it('whose names differ in case alone are told apart', () => {
    expect(names([match({ key: 'a.WAV' }), match({ recordingId: 4, key: 'a.wav' })])).toEqual([
      'a.WAV.txt',
      'a.wav.4.txt',
    ])
  })
})

describe('the WAV of a match', () => {
  it('is named so that it sorts by rank and tells what it is', () => {
    const name = wavName(match(), 100)
    expect(name).toBe('0001_0.8249_lagoa-A1-20260110_220000_2026-01-10T22-00-35Z_35-40s.wav')
    const ranks = [2, 10, 100, 20_000].map((rank) => wavName(match({ rank }), 20_000))
    expect([...ranks].sort()).toEqual(ranks)
  })

  it('has no character that a file system refuses', () => {
    expect(wavName(match({ key: 'a:b\\c?.wav', startedAt: null, similarity: -0.1 }), 1)).toBe(
      '0001_-0.1000_a_b_c__35-40s.wav',
    )
  })
})

it('a match is a row under its columns', () => {
  const cells = matchCells(match({ queryStartS: 2.5 }))
  expect(Object.fromEntries(matchColumns.map(({ name }, i) => [name, cells[i]]))).toEqual({
    rank: 1,
    similarity: 0.82491,
    segment_id: 18,
    recording_id: 3,
    source: 'file:///data/my%20recordings',
    key: 'lagoa/A1/20260110_220000.WAV',
    site: 'lagoa',
    recorder: 'A1',
    started_at: new Date('2026-01-10T22:00:35Z'),
    start_s: 35,
    end_s: 40,
    query_start_s: 2.5,
  })
})

it.each([
  ['s3://bucket/deep', 'a/b.wav', 's3://bucket/deep/a/b.wav'],
  ['file:///data', 'a/b.wav', '/data/a/b.wav'],
  ['import:perch', 'a/b.wav', 'import:perch/a/b.wav'],
])('a recording of %s lies at its path', (source, key, path) => {
  expect(recordingPath({ source, key })).toBe(path)
})

it.each([
  ['a/../b', 'a/b'],
  ['/etc/passwd', 'etc/passwd'],
  ['..', '_'],
  ['a/b. ', 'a/b_'],
])('%s is %s below a folder', (key, path) => {
  expect(safePath(key)).toBe(path)
})
