import type { LedgerEntry } from '../database/ledger.js'
import type { WhyFacts } from '../database/why.js'
import { at, between, bytes, count, span } from './words.js'

/** Stages of work, as they are told. */
const doing: Record<string, string> = { prepare: 'Preparing', embed: 'Embedding' }

/** What happened to a recording so far, a sentence for each thing, in order. */
export function tellHistory(facts: WhyFacts): string[] {
  const written = facts.modifiedAt <= facts.discoveredAt ? `, last written ${at(facts.modifiedAt)}` : ''
  const told = [
    `Found ${at(facts.discoveredAt)} in ${facts.source} as ${facts.key} (${bytes(facts.sizeBytes)}${written}).`,
  ]
  const attempts = facts.ledger.filter(({ outcome }) => outcome !== 'found')
  const [first] = attempts.filter(({ stage }) => stage in doing)
  if (first && first.startedAt.getTime() - facts.discoveredAt.getTime() > 2000) {
    told.push(`It waited ${between(facts.discoveredAt, first.startedAt)} in the backlog.`)
  }
  for (let i = 0; i < attempts.length; i++) {
    const entry = attempts[i] as LedgerEntry
    const batches = runOfBatches(attempts, i)
    if (batches.length > 1) {
      told.push(tellBatches(batches))
      i += batches.length - 1
    } else told.push(tellEntry(entry, facts.now))
  }
  return told
}

/** Batches of embedding that all were done, from the i-th entry on: they are told as one. */
function runOfBatches(entries: LedgerEntry[], from: number): LedgerEntry[] {
  const run: LedgerEntry[] = []
  for (let i = from; i < entries.length; i++) {
    const entry = entries[i] as LedgerEntry
    if (entry.stage !== 'embed' || entry.outcome !== 'done') break
    run.push(entry)
  }
  return run
}

const number = (entry: LedgerEntry, name: string): number => {
  const value = entry.details[name]
  return typeof value === 'number' ? value : 0
}

function tellBatches(batches: LedgerEntry[]): string {
  const [first, last] = [batches[0], batches.at(-1)] as [LedgerEntry, LedgerEntry]
  const sum = (name: string) => batches.reduce((total, entry) => total + number(entry, name), 0)
  const workers = [...new Set(batches.map(({ worker }) => worker))].join(' and ')
  return (
    `Embedded ${at(first.startedAt)} in ${count(batches.length, 'batch').replace('batchs', 'batches')} within ` +
    `${between(first.startedAt, last.endedAt ?? last.startedAt)} by ${workers}: ` +
    `${count(sum('embedded'), 'vector')}, ${sum('silent')} silent.`
  )
}

function tellEntry(entry: LedgerEntry, now: Date): string {
  const { stage, outcome, worker, startedAt, endedAt, code, message } = entry
  if (stage === 'person') return tellPerson(entry)
  if (stage === 'watch') return tellSweep(entry)
  if (outcome === 'moved' || outcome === 'same bytes') return tellSecondLook(entry)
  const what = `${doing[stage] ?? stage} (attempt ${entry.attempt}) began ${at(startedAt)} on ${worker}`
  const took = endedAt === null ? '' : ` after ${between(startedAt, endedAt)}`
  const why = code === null ? '' : `, ${code}: ${(message ?? '').replace(/\.$/, '')}`
  switch (outcome) {
    case null:
      return `${what} and has been running for ${between(startedAt, now)}.`
    case 'done':
      return `${what} and was done${took}${tellYield(entry)}.`
    case 'died':
      return `${what}; the worker died${tellDeath(entry)}.`
    case 'waiting':
      return `${what}; it was put back${took} without counting against the recording${why}.`
    case 'failed':
      return `${what} and failed${took}${why}.`
    case 'quarantined':
      return `${what} and ended in the quarantine${took}${why}.`
    case 'duplicate':
      return `${what}; its bytes turned out to be those of recording ${number(entry, 'duplicateOf')}.`
    default:
      return `${what}: ${outcome}${took}${why}.`
  }
}

/** Its file was found under another name or version: it was read and hashed, and nothing was computed again. */
function tellSecondLook({ outcome, worker, startedAt }: LedgerEntry): string {
  const what = outcome === 'moved' ? 'the file at its new place' : 'the newer version of its file'
  return `${worker} read ${what} ${at(startedAt)}: it has the same bytes, and is the same recording.`
}

function tellYield(entry: LedgerEntry): string {
  if (entry.stage === 'prepare') {
    return `: ${count(number(entry, 'segments'), 'segment')} of ${span(number(entry, 'durationS') * 1000)} of sound`
  }
  return `: ${count(number(entry, 'embedded'), 'vector')}, ${number(entry, 'silent')} silent`
}

function tellDeath({ details }: LedgerEntry): string {
  const { alone, step, rssMb, inHandToo } = details
  const parts = [
    alone === true ? 'it had nothing else in hand' : '',
    alone === false && Array.isArray(inHandToo)
      ? `it had ${count(inHandToo.length, 'other recording')} in hand too`
      : '',
    typeof step === 'string' ? `last step ${step}` : '',
    typeof rssMb === 'number' ? `${rssMb} MB of memory when last seen` : '',
  ].filter((part) => part !== '')
  return parts.length > 0 ? ` (${parts.join(', ')})` : ''
}

function tellPerson({ outcome, worker, startedAt, message }: LedgerEntry): string {
  const by = worker === 'unknown' ? '' : ` by ${worker}`
  const verbs: Record<string, string> = {
    retried: 'Taken up again',
    cancelled: 'Taken out of the backlog',
    restored: 'Brought back into the backlog',
  }
  return `${verbs[outcome ?? ''] ?? outcome} ${at(startedAt)}${by}${message === null ? '' : ` (${message})`}.`
}

function tellSweep({ outcome, startedAt, details }: LedgerEntry): string {
  const { from, to } = details
  if (outcome === 'placed') return tellPlaced(startedAt, details)
  const [before, after] = [addressOf(from), addressOf(to)]
  const way = before !== null && after !== null ? ` from ${before} to ${after}` : ''
  const found: Record<string, string> = {
    superseded: 'found a newer version of its file',
    deleted: 'found its file gone',
    restored: 'found its file again',
    moved: `found its file moved${way}`,
  }
  return `A sweep ${found[outcome ?? ''] ?? `noted: ${outcome}`} ${at(startedAt)}.`
}

/** Of a place that a move tells: a source and a key. */
function addressOf(place: unknown): string | null {
  const { source, key } = (place ?? {}) as { source?: unknown; key?: unknown }
  return typeof source === 'string' && typeof key === 'string' ? `${source}/${key}` : null
}

function tellPlaced(startedAt: Date, { from, to }: LedgerEntry['details']): string {
  const [before, after] = [from ?? {}, to ?? {}] as Record<string, unknown>[]
  const changes = [
    ['site', before?.['site'], after?.['site']],
    ['recorder', before?.['recorder'], after?.['recorder']],
    ['start', instantOf(before?.['startedAt']), instantOf(after?.['startedAt'])],
  ].flatMap(([what, was, is]) => (was === is ? [] : [`${String(what)} ${textOf(is)} instead of ${textOf(was)}`]))
  const how = changes.length > 0 ? `: ${changes.join(', ')}` : ''
  return `Placed again ${at(startedAt)}, since the declaration of its source or site changed${how}.`
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : 'none')
const instantOf = (value: unknown): string | undefined => (typeof value === 'string' ? at(value) : undefined)
