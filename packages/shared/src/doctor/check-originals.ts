import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { originalsPage, type KnownOriginal } from '../database/integrity/prepared-files.js'
import { errorFacts } from '../errors.js'
import type { Platform } from '../process/platform.js'
import type { Examination, Findings, Step } from './finding.js'

const pageSize = 200

const rotten = 'originals hold other bytes than when they were taken in, under the same version: get them from a backup'
const gone = 'originals are not in their source any more, or have changed since: the next sweep says which'

/** Every original's bytes against the hash that was taken when it came in. Only a person can mend what is wrong. */
export async function* checkOriginals(
  { database, storages }: Platform,
  findings: Findings,
  { signal }: Examination,
): AsyncGenerator<Step> {
  let done = 0
  for (let after = 0; ;) {
    const page = await originalsPage(database.pool, after, pageSize)
    if (page.length === 0) return
    after = page.at(-1)?.id ?? after
    for (const original of page) {
      signal.throwIfAborted()
      const state = await stateOf(storages, original)
      if (state === 'rotten') findings.add('ORIGINAL_DAMAGED', rotten, [original.key])
      if (state === 'gone') findings.add('ORIGINAL_GONE', gone, [original.key])
      done += 1
      yield { part: 'originals, every byte', done, total: done }
    }
  }
}

async function stateOf(
  storages: Platform['storages'],
  { sourceUrl, sourceAccess, key, version, sha256 }: KnownOriginal,
): Promise<'fine' | 'rotten' | 'gone'> {
  try {
    await using file = await storages.open(sourceUrl, sourceAccess).localFile(key, version)
    const hash = createHash('sha256')
    for await (const bytes of createReadStream(file.path, { highWaterMark: 1 << 20 })) hash.update(bytes as Buffer)
    return hash.digest('hex') === sha256 ? 'fine' : 'rotten'
  } catch (error) {
    const { code } = errorFacts(error)
    if (code === 'STORAGE_GONE' || code === 'STORAGE_CHANGED') return 'gone'
    throw error
  }
}
