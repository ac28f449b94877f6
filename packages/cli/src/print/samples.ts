import type { PrecisionAnswer } from '@coro/api/routes/samples'
import { type Output, table } from './output.js'

type Sample = PrecisionAnswer['sample']

/** What was searched by, and where. */
const of = ({ subject, filter }: Sample): string => {
  const { segmentId, clip } = subject
  const by = typeof segmentId === 'number' ? `segment ${segmentId}` : typeof clip === 'string' ? clip : 'a vector'
  const where = Object.entries(filter).map(([name, value]) => `${name} ${[value].flat().join('|')}`)
  return [by, ...where].join(', ')
}

/** All samples, one a line. */
export function sampleTable(samples: Sample[]): string {
  if (samples.length === 0) return 'No sample was drawn yet.'
  return table(
    ['id', 'segments', 'judged', 'of', 'space', 'drawn (UTC)', 'compared with'],
    samples.map((sample) => [
      sample.sampleId,
      sample.segments,
      sample.judged,
      sample.population,
      sample.space,
      sample.madeAt.replace('T', ' ').slice(0, 16),
      of(sample),
    ]),
  )
}

/** What the judgements say of each threshold. */
export function printPrecision(output: Output, { sample, thresholds }: PrecisionAnswer): void {
  output.say(`Sample ${sample.sampleId} (${of(sample)}): ${sample.judged} of ${sample.segments} segments judged`)
  const share = (x: number | null) => x?.toFixed(3) ?? '-'
  const number = (x: number | null) => (x === null ? '-' : String(Math.round(x * 10) / 10))
  output.say(
    table(
      ['threshold', 'segments', 'judged', 'true', 'precision', '95 %', 'true calls', '95 %', 'share of calls'],
      thresholds.map((row) => [
        row.threshold.toFixed(4),
        row.segments,
        row.judged,
        row.judgedTrue,
        share(row.precision),
        row.precisionLow === null ? '-' : `${share(row.precisionLow)}-${share(row.precisionHigh)}`,
        number(row.trueCalls),
        row.trueCallsLow === null ? '-' : `${number(row.trueCallsLow)}-${number(row.trueCallsHigh)}`,
        share(row.shareOfCalls),
      ]),
    ),
  )
  if (thresholds.some(({ precision }) => precision === null)) {
    output.say('A threshold with - needs a judgement in every stratum above it.')
  }
}
