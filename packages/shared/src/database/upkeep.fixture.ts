import type { Database } from '@coro/shared/database/open'
import { addRecording, addSource } from './database.fixture.js'
import { recorderIdOf, siteIdOf } from './sources.js'

export interface HeardDraft {
  key?: string
  startedAt: string
  durationS?: number
  device?: Record<string, unknown>
  warnings?: { code: string; message: string }[]
  state?: string
}

/** A recorder at a site of its own, which recordings are added to. */
export async function addRecorder(
  database: Database,
  name: string,
  options: { timeZone?: string; schedule?: string } = {},
) {
  const { id: sourceId, url } = await addSource(database)
  const siteId = await siteIdOf(database.pool, `site of ${name}`)
  await database.pool.query('update coro.site set time_zone = $2 where id = $1', [
    siteId,
    options.timeZone ?? 'America/Sao_Paulo',
  ])
  const recorderId = await recorderIdOf(database.pool, name)
  const { rows } = await database.pool.query<{ id: number }>(
    'insert into coro.deployment (source_id, prefix, site_id, recorder_id, schedule) values ($1, $2, $3, $4, $5) returning id',
    [sourceId, `${name}/`, siteId, recorderId, options.schedule ?? null],
  )
  const deploymentId = rows[0]?.id
  return {
    recorderId,
    sourceId,
    url,
    /** Resolves to the recording's id. */
    record: async ({
      startedAt,
      durationS = 3600,
      device = {},
      warnings = [],
      state = 'searchable',
      key,
    }: HeardDraft): Promise<number> => {
      const named = key ?? `${startedAt.replaceAll(/[-:Z]/g, '').replace('T', '_')}.WAV`
      const draft = { siteId, recorderId, startedAt, key: `${name}/${named}` }
      const id = await addRecording(database, sourceId, draft)
      await database.pool.query(
        `update coro.recording set duration_s = $2, metadata = $3, warnings = $4, state = $5, deployment_id = $6,
                sha256 = sha256(convert_to(id::text, 'UTF8')) where id = $1`,
        [id, durationS, JSON.stringify({ device }), JSON.stringify(warnings), state, deploymentId],
      )
      return id
    },
  }
}
