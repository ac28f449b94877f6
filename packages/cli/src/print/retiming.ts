import { table, type Output } from './output.js'

export interface Correction {
  id: number
  source: string | null
  prefix: string | null
  site: string | null
  recorder: string | null
  from: string | null
  to: string | null
  offsetS: number | null
  driftSPerDay: number | null
  reference: string | null
  timeZone: string | null
  note: string | null
  by: string | null
  madeAt: string
  undoneAt: string | null
  recordings: number
}

export interface RetimeAnswer {
  correction: Correction | null
  made: boolean
  recordings: number
  changed: number
  leastS: number
  mostS: number
  replaced: number[]
  examples: { recordingId: number; key: string; before: string; after: string }[]
}

/** What a correction, its undoing, or a dry run of either does. */
export function printRetiming(output: Output, answer: RetimeAnswer, asked: { dryRun: boolean; undo: boolean }): void {
  const { correction, made, recordings, changed, leastS, mostS, replaced, examples } = answer
  if (!asked.dryRun && !made) {
    output.say(`Nothing to do: correction ${correction?.id} is ${asked.undo ? 'undone' : 'in effect'} already.`)
    return
  }
  const would = asked.dryRun ? 'would change' : 'changed'
  const range = leastS === mostS ? seconds(mostS) : `${seconds(leastS)} to ${seconds(mostS)}`
  output.say(`${changed} of ${recordings} recordings ${would}${changed > 0 ? ` by ${range}` : ''}.`)
  if (examples.length > 0) {
    output.say(
      table(
        ['id', 'key', 'before (UTC)', 'after (UTC)'],
        examples.map(({ recordingId, key, before, after }) => [recordingId, key, clock(before), clock(after)]),
      ),
    )
  }
  if (replaced.length > 0) {
    output.say(
      `It takes the place of correction ${replaced.join(', ')} there: corrections count from the recorder's clock.`,
    )
  }
  if (asked.dryRun) output.say('Nothing was written (--dry-run).')
  else if (!asked.undo)
    output.say(`Correction ${correction?.id}; to take it back: coro retime --undo ${correction?.id}`)
}

/** All corrections, one a line. */
export function correctionTable(corrections: Correction[]): string {
  if (corrections.length === 0) return 'No clock was corrected.'
  return table(
    ['id', 'recordings', 'of', 'correction', 'by', 'made (UTC)', 'undone (UTC)', 'note'],
    corrections.map((correction) => [
      correction.id,
      correction.recordings,
      scopeOf(correction),
      ruleOf(correction),
      correction.by ?? '-',
      clock(correction.madeAt).slice(0, 19),
      correction.undoneAt === null ? '-' : clock(correction.undoneAt).slice(0, 19),
      correction.note ?? '',
    ]),
  )
}

function scopeOf({ source, prefix, site, recorder, from, to }: Correction): string {
  const place = source === null ? null : prefix === null ? source : `${source}/${prefix}`
  const named = [
    place,
    site && `site ${site}`,
    recorder && `recorder ${recorder}`,
    from && `from ${from}`,
    to && `to ${to}`,
  ]
  return named.filter(Boolean).join(', ')
}

function ruleOf({ offsetS, driftSPerDay, reference, timeZone }: Correction): string {
  if (timeZone !== null) return `local times in ${timeZone}`
  const offset = offsetS === null || (offsetS === 0 && driftSPerDay !== 0) ? [] : [seconds(offsetS)]
  const drift = driftSPerDay === null || driftSPerDay === 0 ? [] : [`${seconds(driftSPerDay)} a day since ${reference}`]
  return [...offset, ...drift].join(' and ')
}

const clock = (instant: string) => instant.replace('T', ' ').replace('Z', '')

const seconds = (s: number) => `${s < 0 ? '-' : '+'}${Math.round(Math.abs(s) * 1000) / 1000} s`
