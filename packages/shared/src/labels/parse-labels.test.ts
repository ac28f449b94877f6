import { describe, expect, it } from 'vitest'
import { labelFormatOf, parseLabels } from './parse-labels.js'

const bare = { key: null, source: null, startS: null, endS: null, annotator: null, confidence: null }

describe('parseLabels', () => {
  it('reads CSV: whole recordings, stretches, who heard it and how surely', () => {
    const text = [
      'key,label,start_s,end_s,annotator,confidence,note',
      'lagoa/A1/a.wav,Turdus rufiventris,,,,,',
      '"b, c.wav",frog,1.5,4,Ana,0.75,near',
    ].join('\n')
    expect(parseLabels(text, 'x.csv')).toEqual([
      { ...bare, line: 2, key: 'lagoa/A1/a.wav', label: 'Turdus rufiventris' },
      { ...bare, line: 3, key: 'b, c.wav', label: 'frog', startS: 1.5, endS: 4, annotator: 'Ana', confidence: 0.75 },
    ])
    expect(parseLabels('key,label\na.wav,frog\n', 'x.csv')).toEqual([{ ...bare, line: 2, key: 'a.wav', label: 'frog' }])
  })

  it('tells every line that is wrong, and takes nothing', () => {
    const text = [
      'key,label,start_s,end_s,confidence',
      'a.wav,frog,1,2,',
      'a.wav,,1,2,',
      'a.wav,frog,1,,',
      'a.wav,frog,3,2,',
      'a.wav,frog,-1,2,',
      'a.wav,frog,one,2,',
      'a.wav,frog,1,2,75',
    ].join('\n')
    expect(() => parseLabels(text, 'x.csv')).toThrow(
      expect.objectContaining({ code: 'LABELS_INVALID', details: { lines: [3, 4, 5, 6, 7, 8] } }),
    )
    expect(() => parseLabels(text, 'x.csv')).toThrow(/line 3: the label is empty; line 4: .*both or neither/)
  })

  it('reads a Raven selection table: views once, times within each file', () => {
    const table = [
      ['Selection', 'View', 'Channel', 'Begin Time (s)', 'End Time (s)', 'Begin File', 'File Offset (s)', 'Species'],
      ['1', 'Waveform 1', '1', '0.5', '2.0', 'a.wav', '0.5', 'frog'],
      ['1', 'Spectrogram 1', '1', '0.5', '2.0', 'a.wav', '0.5', 'frog'],
      ['2', 'Spectrogram 1', '1', '61.25', '63.35', 'b.wav', '1.25', 'owl'],
    ]
    const text = table.map((row) => row.join('\t')).join('\r\n')
    expect(labelFormatOf(text)).toBe('raven')
    expect(parseLabels(text, 'x.txt')).toEqual([
      { ...bare, line: 2, key: 'a.wav', label: 'frog', startS: 0.5, endS: 2 },
      { ...bare, line: 4, key: 'b.wav', label: 'owl', startS: 1.25, endS: 3.35 },
    ])
    expect(() => parseLabels('Selection\tBegin Time (s)\tEnd Time (s)\n1\t0\t1\n', 'x.txt')).toThrow(/column label/)
  })

  it("reads Audacity's labels, moments too, and passes over their frequencies", () => {
    const text = '1.000000\t2.500000\tfrog\n\\\t2000.0\t4000.0\n7.25\t7.25\ttap tap\n'
    expect(labelFormatOf(text)).toBe('audacity')
    expect(parseLabels(text, 'x.txt')).toEqual([
      { ...bare, line: 1, label: 'frog', startS: 1, endS: 2.5 },
      { ...bare, line: 3, label: 'tap tap', startS: 7.25, endS: 7.25 },
    ])
    expect(() => parseLabels('1.0\t2.0\t\n', 'x.txt')).toThrow(/line 1: the label is empty/)
  })
})
