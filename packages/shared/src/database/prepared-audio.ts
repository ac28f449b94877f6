import type { Queryable } from './open.js'

/** Where a recording's prepared audio lies, or null where there is no such recording; prefix null: none prepared. */
export async function preparedAudioOf(queryable: Queryable, id: number) {
  const { rows } = await queryable.query<{
    prefix: string | null
    offsetBytes: number
    durationS: number
    /** Of the recording, not of its prepared audio. */
    sampleRateHz: number
    frontEndId: string | null
    /** Retention has deleted it. */
    expired: boolean
  }>(
    `select prepared_prefix as prefix, coalesce(prepared_offset, 44) as "offsetBytes",
            coalesce(duration_s, 0) as "durationS", coalesce(sample_rate_hz, 0) as "sampleRateHz",
            front_end_id as "frontEndId", prepared_expired_at is not null as expired
       from coro.recording where id = $1`,
    [id],
  )
  return rows[0] ?? null
}
