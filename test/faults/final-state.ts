import type { Database } from '@coro/shared/database/open'
import { preparedKey } from '@coro/shared/storage/prepared-keys'
import type { Storage } from '@coro/shared/storage/store'
import { expect } from 'vitest'
import { checkConsistent } from '../distributed/consistency.js'
import type { ExpectedFile } from './fault-deployment.js'
import { differences, figuresOf, type Figures } from './figures.js'

/**
 * What must be in database and store when all is done, whatever happened before: one recording for each file, searchable,
 * duplicate or quarantined as the file deserves; consistent (checkConsistent); the same segments and vectors as of an
 * undisturbed run; prepared audio of every searchable recording and of no other, and nothing else in the store. Attempts have `endingMs` to be written down as ended.
 */
export async function checkStored(
  { database, store }: { database: Database; store: Storage },
  files: readonly ExpectedFile[],
  undisturbed: Figures,
  endingMs?: number,
): Promise<void> {
  const { rows } = await database.pool.query<Row>(
    `select r.key, r.state, r.reason_code as code, r.sha256, r.segment_count as segments, r.prepared_prefix as prefix,
            array(select w ->> 'code' from jsonb_array_elements(r.warnings) as w) as warnings,
            d.key as "duplicateOf"
       from coro.recording r left join coro.recording d on d.id = r.duplicate_of order by r.key`,
  )
  expect(rows.map(({ key }) => key)).toEqual(files.map(({ key }) => key).sort())
  const wrong = files.flatMap((file) => {
    const row = rows.find(({ key }) => key === file.key) as Row
    return isAsDeserved(file, row, files) ? [] : [{ deserves: file.end, ...row }]
  })
  expect(wrong).toEqual([])
  await checkConsistent(database, endingMs)
  expect(differences(await figuresOf(database), undisturbed)).toEqual([])
  const owned = rows.flatMap(({ state, prefix }) =>
    state === 'searchable' && prefix !== null ? [preparedKey(prefix, 'denoised'), preparedKey(prefix, 'raw')] : [],
  )
  const objects: string[] = []
  for await (const page of store.list()) objects.push(...page.map(({ key }) => key))
  expect(objects.sort()).toEqual(owned.sort())
}

interface Row {
  key: string
  state: string
  code: string | null
  sha256: Buffer | null
  segments: number | null
  prefix: string | null
  warnings: string[]
  duplicateOf: string | null
}

function isAsDeserved(
  { key, sha256, segments, end, warning }: ExpectedFile,
  row: Row,
  files: readonly ExpectedFile[],
): boolean {
  if (typeof end === 'object') return row.state === 'quarantined' && row.code === end.quarantined
  if (row.sha256?.toString('hex') !== sha256) return false
  if (warning !== undefined && !row.warnings.includes(warning)) return false
  if (row.state === 'searchable') return row.segments === segments && row.code === null
  if (end !== 'twin' || row.state !== 'duplicate') return false
  return files.some((other) => other.key === row.duplicateOf && other.key !== key && other.sha256 === sha256)
}
