import { createHash } from 'node:crypto'
import { prepareAgain } from '../database/backlog.js'
import { countPrepared, namedPrefixes, preparedPage, type PreparedFiles } from '../database/integrity/prepared-files.js'
import type { Platform } from '../process/platform.js'
import { preparedKey } from '../storage/prepared-keys.js'
import type { Examination, Findings, Step } from './finding.js'

const pageSize = 500
/** Requests at once. */
const atOnce = 8
/** A file that is younger may belong to a recording that is being prepared. */
const youngMs = 24 * 3_600_000
const rangeBytes = 8 * 1024 * 1024

const orphan = 'the store has prepared files that no recording names; they are deleted'
const missing = 'prepared audio has gone from the store; the recordings are prepared again'
const damaged =
  'prepared audio has another length or other bytes than it was made with; the recordings are prepared again'

/** The prepared audio: what the store has and no recording names, and the other way round. */
export async function* checkStore(
  { database, store }: Platform,
  findings: Findings,
  { repair, deep, signal }: Examination,
): AsyncGenerator<Step> {
  let listed = 0
  for await (const page of store.list({ prefix: 'prepared/', signal })) {
    const old = page.filter(({ modifiedAt }) => Date.now() - modifiedAt.getTime() > youngMs)
    const prefixOf = (key: string) => key.slice(0, key.lastIndexOf('/'))
    const named = await namedPrefixes(database.pool, [...new Set(old.map(({ key }) => prefixOf(key)))])
    const orphans = old.map(({ key }) => key).filter((key) => !named.has(prefixOf(key)))
    if (repair) for (const key of orphans) await store.delete(key)
    findings.add('PREPARED_ORPHAN', orphan, orphans, { count: orphans.length, repaired: repair ? orphans.length : 0 })
    listed += page.length
    yield { part: 'files of the store', done: listed, total: listed }
  }
  const total = await countPrepared(database.pool)
  let done = 0
  for (let after = 0; ;) {
    const page = await preparedPage(database.pool, after, pageSize)
    if (page.length === 0) return
    after = page.at(-1)?.id ?? after
    for (let from = 0; from < page.length; from += atOnce) {
      signal.throwIfAborted()
      const part = page.slice(from, from + atOnce)
      const states = await Promise.all(part.map((files) => stateOf(store, files, deep)))
      for (const [i, state] of states.entries()) {
        const files = part[i]
        if (!files || state === 'fine') continue
        if (repair) await prepareAgain(database.pool, files.id)
        const options = { repaired: repair ? 1 : 0 }
        if (state === 'missing') findings.add('PREPARED_MISSING', missing, [files.key], options)
        else findings.add('PREPARED_DAMAGED', damaged, [files.key], options)
      }
      done += part.length
      yield { part: deep ? 'prepared audio, every byte' : 'prepared audio', done, total }
    }
  }
}

async function stateOf(
  store: Platform['store'],
  { prefix, variants, bytes, sha256 }: PreparedFiles,
  deep: boolean,
): Promise<'fine' | 'missing' | 'damaged'> {
  let size = 0
  for (const variant of variants) {
    const key = preparedKey(prefix, variant)
    const found = await store.head(key)
    if (!found) return 'missing'
    size += found.sizeBytes
    const hash = sha256?.[variant]
    if (deep && hash !== undefined && (await hashOf(store, key, found.sizeBytes)) !== hash) return 'damaged'
  }
  return bytes !== null && variants.length > 0 && size !== bytes ? 'damaged' : 'fine'
}

async function hashOf(store: Platform['store'], key: string, sizeBytes: number): Promise<string> {
  const hash = createHash('sha256')
  for (let offset = 0; offset < sizeBytes; offset += rangeBytes) {
    hash.update(await store.readRange(key, offset, Math.min(rangeBytes, sizeBytes - offset)))
  }
  return hash.digest('hex')
}
