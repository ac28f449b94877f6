import type { Database } from '@coro/shared/database/open'

/** What a run came to, in a form that two runs can be compared by. */
export interface Figures {
  segments: number
  /** By space. */
  embedded: Record<string, number>
  silent: Record<string, number>
  /** The mean of a recording's vectors in a space: by space and the hash of the recording's content. */
  means: Record<string, number[]>
}

/** Count what is in a database, and take the means of its vectors. */
export async function figuresOf({ pool }: Database): Promise<Figures> {
  const counted = await pool.query<{ n: number }>('select count(*)::integer as n from coro.segment')
  const figures: Figures = { segments: counted.rows[0]?.n ?? 0, embedded: {}, silent: {}, means: {} }
  const spaces = await pool.query<{ id: number; name: string }>(
    'select id, name from coro.embedding_space where wanted order by name',
  )
  for (const { id, name } of spaces.rows) {
    const { rows } = await pool.query<{ sha256: string; n: number; mean: string }>(
      `select encode(r.sha256, 'hex') as sha256, count(*)::integer as n, avg(e.e::vector)::text as mean
         from coro.embedding_${id} e join coro.segment s on s.id = e.segment_id join coro.recording r on r.id = s.recording_id
        group by r.sha256`,
    )
    figures.embedded[name] = rows.reduce((sum, { n }) => sum + n, 0)
    for (const { sha256, mean } of rows) figures.means[`${name} ${sha256}`] = JSON.parse(mean) as number[]
    const silent = await pool.query<{ n: number }>(
      'select count(*)::integer as n from coro.silent_segment where space_id = $1',
      [id],
    )
    figures.silent[name] = silent.rows[0]?.n ?? 0
  }
  return figures
}

/** The means are of vectors of length 1, kept in half precision: what a recording of other samples has differs by far more. */
const tolerance = 2e-3

/** In what a run differs from an undisturbed one, in words; [] where in nothing. */
export function differences(run: Figures, undisturbed: Figures): string[] {
  const { means, ...counts } = run
  const { means: expected, ...expectedCounts } = undisturbed
  const found: string[] = []
  if (JSON.stringify(counts) !== JSON.stringify(expectedCounts)) {
    found.push(`${JSON.stringify(counts)} in place of ${JSON.stringify(expectedCounts)}`)
  }
  for (const name of new Set([...Object.keys(means), ...Object.keys(expected)])) {
    const [a, b] = [means[name], expected[name]]
    const distance = a && b ? Math.hypot(...a.map((value, i) => value - (b[i] ?? 0))) : Infinity
    if (distance > tolerance) found.push(`${name}: vectors differ by ${distance}`)
  }
  return found
}
