import type { LabelRow } from './parse-labels.js'

/**
 * Audacity's exported labels: start, end and text with tabs between; a second line that begins with a backslash holds a
 * label's frequencies and is passed over. Source: Audacity manual, "Importing and Exporting Labels".
 */
export function parseAudacity(text: string): LabelRow[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line, i) => {
      if (line.trim() === '' || line.startsWith('\\')) return []
      const [start = '', end = '', ...label] = line.split('\t')
      const number = (field: string) => (field.trim() === '' ? NaN : Number(field))
      return [
        {
          line: i + 1,
          key: null,
          source: null,
          startS: number(start),
          endS: number(end),
          label: label.join(' ').trim(),
          annotator: null,
          confidence: null,
        },
      ]
    })
}
