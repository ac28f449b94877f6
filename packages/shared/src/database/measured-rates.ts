import type { Queryable } from './open.js'

/** Seconds of sound that a stage took in a second, with all its workers; null = too little was done to tell. */
export interface MeasuredRates {
  prepare: number | null
  embed: number | null
}

/** Attempts that a rate is taken from, and how few are too few. */
const most = 500
const least = 5

/**
 * How fast the stages were of late, from the ledger: the sound of the last attempts that were done, over the time in which
 * at least one of them ran. Pauses do not count, workers that run beside each other do.
 */
export async function measuredRates(queryable: Queryable): Promise<MeasuredRates> {
  const { rows } = await queryable.query<{ stage: 'prepare' | 'embed'; n: number; soundS: number; busyS: number }>(
    `select stage, count(*) as n, coalesce(sum(sound_s), 0)::float8 as "soundS",
            (select coalesce(sum(extract(epoch from upper(span) - lower(span))), 0)
               from unnest(range_agg(tstzrange(started_at, ended_at))) span)::float8 as "busyS"
       from (select stage, started_at, ended_at, (details ->> 'durationS')::float8 as sound_s from (
               select * from coro.ledger where stage = 'prepare' and outcome = 'done' order by id desc limit $1) p
             union all
             -- windows of 5 s; the ledger tells how many each attempt took
             select stage, started_at, ended_at, (details ->> 'count')::float8 * 5 from (
               select * from coro.ledger where stage = 'embed' and outcome = 'done' order by id desc limit $1) e) done
      where ended_at > started_at
      group by stage`,
    [most],
  )
  const rate = (stage: string) => {
    const row = rows.find((one) => one.stage === stage)
    return row && row.n >= least && row.busyS > 0 && row.soundS > 0 ? row.soundS / row.busyS : null
  }
  return { prepare: rate('prepare'), embed: rate('embed') }
}
