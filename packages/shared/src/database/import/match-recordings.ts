import { findCandidates, type Candidate } from './find-recordings.js'
import type { Queryable } from '../open.js'

/** Which recording embeddings belong to, as the user's file says it. */
export interface RecordingReference {
  /** Address of its source in its normal form. */
  source: string | null
  key: string | null
  /** 64 hex digits. */
  sha256: string | null
}

export type RecordingMatch =
  /** It is here. `join`: a recording without its file that is the same one, and goes up in it. */
  { kind: 'found'; id: number; join: number | null } | { kind: 'new' } | { kind: 'refused'; reason: string }

/**
 * Which recordings some references mean. In this order: the source and key that are stated; the content's hash; the key
 * alone, where one source has it. A recording whose bytes are known to be others is refused. One query for all.
 */
export async function matchRecordings(
  queryable: Queryable,
  references: RecordingReference[],
): Promise<RecordingMatch[]> {
  const present = (values: (string | null)[]) => [...new Set(values.filter((value) => value !== null))]
  const hashes = present(references.map(({ sha256 }) => sha256)).map((hex) => Buffer.from(hex, 'hex'))
  const found = await findCandidates(queryable, present(references.map(({ key }) => key)), hashes)
  return references.map((reference) => {
    const byKey = reference.key === null ? [] : (found.get(`key ${reference.key}`) ?? [])
    const byHash = reference.sha256 === null ? [] : (found.get(`sha256 ${reference.sha256}`) ?? [])
    return decide(reference, byKey, byHash)
  })
}

const isWithFile = ({ state }: Candidate) => state !== 'imported'

function decide({ source, key, sha256 }: RecordingReference, byKey: Candidate[], byHash: Candidate[]): RecordingMatch {
  const inSource = byKey.filter((candidate) => source === null || candidate.source === source)
  const withFile = inSource.filter(isWithFile)
  const named = source === null ? key : `${source}/${key}`
  const hash = byHash.find(isWithFile)
  // Several sources with that key: the hash tells which one is meant.
  const ofKey = withFile.length > 1 ? withFile.filter(({ id }) => id === hash?.id) : withFile
  const match = ofKey[0] ?? hash
  if (!match && withFile.length > 1) {
    const sources = withFile.map((candidate) => candidate.source).join(', ')
    return refused(`${key} is in several sources (${sources}): a column source, or --source, says which one is meant`)
  }
  if (match && sha256 !== null && match.sha256 !== null && match.sha256 !== sha256) {
    return refused(`the bytes of ${named} here are others: sha256 ${match.sha256}, not ${sha256}`)
  }
  const without = [...new Map([...inSource, ...byHash].filter((c) => !isWithFile(c)).map((c) => [c.id, c])).values()]
  if (match) return { kind: 'found', id: match.id, join: without[0]?.id ?? null }
  const fitting = without.filter((c) => sha256 === null || c.sha256 === null || c.sha256 === sha256)
  if (fitting.length > 1 && source === null) {
    const sources = fitting.map((candidate) => candidate.source).join(', ')
    return refused(
      `${named} was imported into several sources (${sources}): a column source, or --source, says which one is meant`,
    )
  }
  if (fitting[0]) return { kind: 'found', id: fitting[0].id, join: null }
  if (without.length > 0) return refused(`${named} was imported with the sha256 ${without[0]?.sha256}, not ${sha256}`)
  return key === null
    ? refused(`no recording has the sha256 ${sha256}, and there is no key to make one`)
    : { kind: 'new' }
}

const refused = (reason: string): RecordingMatch => ({ kind: 'refused', reason })
