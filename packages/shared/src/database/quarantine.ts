import { noteByPerson } from './ledger.js'
import { listRecordings, type RecordingView } from './listing.js'
import { inTransaction, type Database, type Queryable } from './open.js'

/** A recording that was set aside, with the evidence. */
export interface Quarantined extends RecordingView {
  /** Errors of its own, and deaths of its worker, alone and in company, since it was found or retried. */
  attempts: number
  deaths: number
  sharedDeaths: number
  /** When the first of its attempts went wrong, and when it was set aside. */
  firstAt: string | null
  lastAt: string
  /** The last attempts that were not done, the newest first. */
  evidence: {
    stage: string
    attempt: number
    worker: string
    at: string
    outcome: string | null
    code: string | null
    message: string | null
    details: Record<string, unknown>
  }[]
}

export interface QuarantineChoice {
  recordingId?: number | undefined
  code?: string | undefined
  sourceId?: number | undefined
}

const chosen = `state = 'quarantined' and ($1::bigint is null or id = $1) and ($2::text is null or reason_code = $2)
  and ($3::bigint is null or source_id = $3)`
const parameters = ({ recordingId, code, sourceId }: QuarantineChoice) => [
  recordingId ?? null,
  code ?? null,
  sourceId ?? null,
]

/** How many attempts are shown as evidence. */
const shown = 5

/** The quarantine, by id: every recording that was set aside, why, since when, and what was tried. */
export async function listQuarantine(
  queryable: Queryable,
  { after, limit, ...choice }: QuarantineChoice & { after: number; limit: number },
): Promise<Quarantined[]> {
  const { rows } = await queryable.query<Omit<Quarantined, keyof RecordingView> & { id: number }>(
    `select q.id, q.attempts, q.deaths, q.shared_deaths as "sharedDeaths", to_json(q.changed_at) #>> '{}' as "lastAt",
            to_json(f.first_at) #>> '{}' as "firstAt", coalesce(e.evidence, '[]'::json) as evidence
       from (select * from coro.recording where ${chosen} and id > $4 order by id limit $5) q
       left join lateral (
         select min(started_at) as first_at from coro.ledger l
          where l.recording_id = q.id and l.outcome in ('failed', 'died', 'quarantined')) f on true
       left join lateral (
         select json_agg(json_build_object('stage', l.stage, 'attempt', l.attempt, 'worker', l.worker, 'at', l.started_at,
                                           'outcome', l.outcome, 'code', l.code, 'message', l.message, 'details', l.details)
                         order by l.id desc) as evidence
           from (select * from coro.ledger l where l.recording_id = q.id and l.outcome <> 'done'
                  order by l.id desc limit ${shown}) l) e on true
      order by q.id`,
    [...parameters(choice), after, limit],
  )
  const views = await listRecordings(queryable, { states: ['quarantined'], ids: rows.map(({ id }) => id), limit })
  const byId = new Map(views.map((view) => [view.recordingId, view]))
  return rows.flatMap(({ id, lastAt, firstAt, evidence, ...facts }) => {
    const view = byId.get(id)
    if (!view) return []
    const iso = (text: string) => new Date(text).toISOString()
    return {
      ...view,
      ...facts,
      lastAt: iso(lastAt),
      firstAt: firstAt === null ? null : iso(firstAt),
      evidence: evidence.map((entry) => ({ ...entry, at: iso(entry.at) })),
    }
  })
}

/** Which quarantined recordings a choice means: one, those with a code, those of a source, or all. */
export async function chooseQuarantined(queryable: Queryable, choice: QuarantineChoice): Promise<number[]> {
  const { rows } = await queryable.query<{ id: number }>(
    `select id from coro.recording where ${chosen} order by id`,
    parameters(choice),
  )
  return rows.map(({ id }) => id)
}

/** Take quarantined recordings up again where each of them stopped, with all attempts before them. Resolves to their ids. */
export async function retryQuarantined(
  database: Database,
  choice: QuarantineChoice,
  by: string | null = null,
): Promise<number[]> {
  return inTransaction(database, async (tx) => {
    const { rows } = await tx.query<{ id: number }>(
      `update coro.recording
          set state = case when segment_count is null then 'discovered' else 'embedding' end, due_at = null,
              reason_code = null, reason_message = null, attempts = 0, deaths = 0, shared_deaths = 0, changed_at = now()
        where ${chosen} returning id`,
      parameters(choice),
    )
    const ids = rows.map(({ id }) => id).sort((a, b) => a - b)
    await noteByPerson(tx, ids, 'retried', { by, message: null })
    return ids
  })
}
