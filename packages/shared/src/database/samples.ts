import { describeSegments, type SegmentFacts } from './describe-segments.js'
import { spaceRow, vectorArray, type Queries } from './matches.js'
import type { Queryable } from './open.js'
import { asRefusal } from './refusal.js'
import type { SearchFilter } from './search-filter.js'
import type { Space } from './spaces.js'
import { CoroError } from '../errors.js'

export interface SampleRequest {
  queries: Queries
  /** What it was compared with, for whoever reads the list of samples. */
  subject: Record<string, unknown>
  filter: SearchFilter
  minSimilarity: number
  /** 1 to 30. */
  strata: number
  /** 1 to 10,000. */
  perStratum: number
  seed: number
}

/** Draw and keep a sample, stratified by similarity; resolves to its id. Throws SAMPLE_EMPTY, and as matches does. */
export async function drawSample(queryable: Queryable, space: Space, request: SampleRequest): Promise<number> {
  const { sql, params } = vectorArray(request.queries, 8)
  try {
    const { rows } = await queryable.query<{ id: number }>(
      `select coro.save_sample(${spaceRow(1)}, ${sql}, $2::jsonb, $3::jsonb, $4, $5, $6, $7) as id`,
      [
        space.id,
        JSON.stringify(request.subject),
        JSON.stringify(request.filter),
        request.minSimilarity,
        request.strata,
        request.perStratum,
        request.seed,
        ...params,
      ],
    )
    return rows[0]?.id as number
  } catch (error) {
    throw asRefusal(error)
  }
}

export interface SampleView {
  sampleId: number
  space: string
  subject: Record<string, unknown>
  filter: Record<string, unknown>
  minSimilarity: number
  seed: number
  perStratum: number
  madeAt: string
  /** Segments that it was drawn from. */
  population: number
  /** Segments drawn, and those of them that are judged. */
  segments: number
  judged: number
}

/** Samples, the newest first; one by its id, or all. */
export async function listSamples(queryable: Queryable, id?: number): Promise<SampleView[]> {
  const { rows } = await queryable.query<Omit<SampleView, 'madeAt'> & { madeAt: Date }>(
    `select m.id as "sampleId", p.name as space, m.subject, m.filter, m.min_similarity as "minSimilarity", m.seed,
            m.per_stratum as "perStratum", m.made_at as "madeAt",
            (select sum(h.population) from coro.sample_stratum h where h.sample_id = m.id)::bigint as population,
            s.segments, s.judged
       from coro.sample m join coro.embedding_space p on p.id = m.space_id
       cross join lateral (select count(*) as segments, count(judgement) as judged
                             from coro.sample_segment where sample_id = m.id) s
      where $1::bigint is null or m.id = $1 order by m.id desc`,
    [id ?? null],
  )
  return rows.map((row) => ({ ...row, madeAt: row.madeAt.toISOString() }))
}

export interface SampledSegment extends Omit<SegmentFacts, 'source' | 'recorder'> {
  stratum: number
  similarity: number
  /** How many segments of its stratum it stands for. */
  weight: number
  judgement: boolean | null
  judgedBy: string | null
}

/** A sample's segments in the random order in which to judge; those that are gone since are left out. */
export async function sampledSegments(queryable: Queryable, sampleId: number): Promise<SampledSegment[]> {
  const { rows } = await queryable.query<
    Pick<SampledSegment, 'segmentId' | 'stratum' | 'similarity' | 'weight' | 'judgement' | 'judgedBy'>
  >(
    `select segment_id as "segmentId", stratum, similarity, weight, judgement, judged_by as "judgedBy"
       from coro.sample_segment where sample_id = $1 order by place`,
    [sampleId],
  )
  const facts = await describeSegments(
    queryable,
    rows.map(({ segmentId }) => segmentId),
  )
  return rows.flatMap((row) => {
    const segment = facts.get(row.segmentId)
    if (!segment) return []
    const { source: _source, recorder: _recorder, ...rest } = segment
    return [{ ...rest, ...row }]
  })
}

export interface Judgement {
  segmentId: number
  /** Whether it is the sound that was searched for; null takes a judgement back. */
  judgement: boolean | null
}

/** Keep judgements, in place of earlier ones. All or nothing: throws SAMPLE_UNKNOWN, JUDGEMENT_STRANGE (not in the sample). */
export async function saveJudgements(
  queryable: Queryable,
  sampleId: number,
  judgements: Judgement[],
  by: string | null,
): Promise<void> {
  const [sample] = await listSamples(queryable, sampleId)
  if (!sample) throw new CoroError('SAMPLE_UNKNOWN', `There is no sample ${sampleId}.`, { disposition: 'reject' })
  const { rows } = await queryable.query<{ strange: number | null }>(
    `with given as (select * from unnest($2::bigint[], $3::boolean[]) g (segment_id, judgement)),
     strange as (select min(g.segment_id) as id from given g
                  where not exists (select from coro.sample_segment m where m.sample_id = $1 and m.segment_id = g.segment_id)),
     written as (
       update coro.sample_segment m
          set judgement = g.judgement, judged_by = case when g.judgement is not null then $4 end,
              judged_at = case when g.judgement is not null then now() end
         from given g
        where m.sample_id = $1 and m.segment_id = g.segment_id and (select id from strange) is null)
     select id as strange from strange`,
    [sampleId, judgements.map(({ segmentId }) => segmentId), judgements.map(({ judgement }) => judgement), by],
  )
  const strange = rows[0]?.strange
  if (strange !== null && strange !== undefined) {
    throw new CoroError('JUDGEMENT_STRANGE', `Segment ${strange} is not in sample ${sampleId}: nothing was saved.`, {
      disposition: 'reject',
    })
  }
}

/** Judge by labels (coro.judge_by_labels); resolves to how many segments were judged. */
export async function judgeByLabels(
  queryable: Queryable,
  sampleId: number,
  labels: string[],
  otherLabels: string[],
): Promise<number> {
  const { rows } = await queryable.query<{ judged: number }>(
    'select coro.judge_by_labels($1, $2::text[], $3::text[]) as judged',
    [sampleId, labels, otherLabels],
  )
  return rows[0]?.judged ?? 0
}

/** What a judged sample says of a threshold; intervals of 95 %, null where a stratum above it is not judged. */
export interface ThresholdPrecision {
  /** Segments at least so similar. */
  threshold: number
  stratum: number
  segments: number
  judged: number
  judgedTrue: number
  precision: number | null
  precisionLow: number | null
  precisionHigh: number | null
  trueCalls: number | null
  trueCallsLow: number | null
  trueCallsHigh: number | null
  /** Of all estimated true calls that the sample was drawn from. */
  shareOfCalls: number | null
}

/** Precision and number of true calls at each threshold, the highest first. Throws SAMPLE_UNKNOWN. */
export async function samplePrecision(queryable: Queryable, sampleId: number): Promise<ThresholdPrecision[]> {
  try {
    const { rows } = await queryable.query<ThresholdPrecision>(
      `select threshold, stratum, segments, judged, judged_true as "judgedTrue", "precision",
              precision_low as "precisionLow", precision_high as "precisionHigh", true_calls as "trueCalls",
              true_calls_low as "trueCallsLow", true_calls_high as "trueCallsHigh", share_of_calls as "shareOfCalls"
         from coro.sample_precision($1)`,
      [sampleId],
    )
    return rows
  } catch (error) {
    throw asRefusal(error)
  }
}
