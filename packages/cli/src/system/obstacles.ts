import type { StatusView } from '@coro/api/schemas'
import { CoroError } from '@coro/shared/errors'
import { at, count } from '@coro/shared/why/words'

type Waiting = Pick<StatusView['waiting'][number], 'stage' | 'source' | 'count'>
type Pause = StatusView['pauses'][number]

/**
 * PAUSED, where all that waits (of one source, or of all) waits for what a person has paused: nothing of it happens before
 * somebody resumes it. Null where something can go on.
 */
export function whyPaused(waiting: Waiting[], pauses: Pause[], source?: string): CoroError | null {
  const mine = waiting.filter((one) => one.count > 0 && (source === undefined || one.source === source))
  const holding = mine.map((one) => pauses.find((pause) => covers(pause, one)))
  if (mine.length === 0 || holding.includes(undefined)) return null
  const recordings = mine.reduce((sum, one) => sum + one.count, 0)
  const what = [...new Set(holding as Pause[])]
  const sentences = what.map((pause) => `${tellPause(pause)} Let it go on: ${resumeOf(pause)}.`)
  return new CoroError(
    'PAUSED',
    `${count(recordings, 'recording')} wait${recordings === 1 ? 's' : ''}. ${sentences.join(' ')}`,
    {
      disposition: 'wait',
    },
  )
}

const covers = (pause: Pause, { stage, source }: Waiting): boolean =>
  (pause.source === null || pause.source === source) && (pause.stage === null || pause.stage === stage)

function tellPause({ source, stage, reason, pausedBy, pausedAt }: Pause): string {
  const work = stage === null ? 'All work' : `The stage ${stage}`
  const of = source === null ? '' : ` of ${source}`
  const by = pausedBy === null ? '' : ` by ${pausedBy}`
  const why = reason === null ? '' : ` (${reason})`
  return `${work}${of} is paused since ${at(pausedAt)}${by}${why}.`
}

const resumeOf = ({ source, stage }: Pause): string =>
  `coro resume${source === null ? '' : ` --source ${source}`}${stage === null ? '' : ` --stage ${stage}`}`

/** What is away and holds work up, in a few words each: sources whose storage does not answer, and stages that have stopped. */
export function tellHolds({ sources, holds }: Pick<StatusView, 'sources' | 'holds'>, source?: string): string[] {
  const away = sources
    .filter(({ url }) => source === undefined || url === source)
    .flatMap(({ url, held }) => (held ? [`${url} has not answered since ${at(held.since)} (${held.code})`] : []))
  const stopped = new Map(
    holds.map(({ stage, since, code }) => [stage, `${stage} has stopped since ${at(since)} (${code})`]),
  )
  return [...away, ...stopped.values()]
}
