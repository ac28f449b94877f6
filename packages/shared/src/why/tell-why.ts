import type { WhyFacts } from '../database/why.js'
import { adviceFor, adviceForWarnings } from './advice.js'
import { tellHistory } from './tell-history.js'
import { at, between, count, span } from './words.js'

/** The story of one recording. */
export interface Story {
  recordingId: number
  source: string
  key: string
  state: string
  searchable: boolean
  /** What happened, in order, then where it is now and why. */
  sentences: string[]
  /** Why it is not searchable, in a sentence; null where it is. */
  because: string | null
  /** What a person can do about it; null where nothing is to be done. */
  toDo: string | null
  /** Recordings of its source that go before it, where it waits. */
  ahead: number | null
}

interface Verdict {
  because: string | null
  toDo: string | null
}

/** Tell from the facts what became of a recording, why it is not searchable, and what can be done. */
export function tellWhy(facts: WhyFacts): Story {
  const { because, toDo } = judge(facts)
  const now = because === null ? tellSearchable(facts) : [because]
  return {
    recordingId: facts.recordingId,
    source: facts.source,
    key: facts.key,
    state: facts.state,
    searchable: because === null,
    sentences: [...tellHistory(facts), ...now],
    because,
    toDo,
    ahead: facts.ahead,
  }
}

function tellSearchable({ changedAt, segmentCount, spaces, warnings }: WhyFacts): string[] {
  const open = spaces.filter((space) => space.open).map(({ name }) => name)
  const filling = open.length > 0 ? ` It is still to be embedded into ${open.join(' and ')}, in the background.` : ''
  const segments = count(segmentCount ?? 0, 'segment')
  const silentIn = spaces.filter(({ done, silent }) => done === 0 && silent > 0).map(({ name }) => name)
  const isSilent = silentIn.length > 0 && silentIn.length === spaces.length
  const gated =
    silentIn.length > 0 ? ` No search in ${silentIn.join(' and ')} finds it: all of it is silent there.` : ''
  const now = isSilent
    ? `It is done since ${at(changedAt)}, and no search finds it: all of it (${segments}) is silent, and silence is not embedded.`
    : `It is searchable since ${at(changedAt)}: ${segments}.${gated}`
  return [`${now}${filling}`, ...warnings.map(({ code, message }) => `About its file, ${code}: ${message}.`)]
}

function judge(facts: WhyFacts): Verdict {
  const { state, reasonCode, reasonMessage, changedAt, duplicateOf, newerId } = facts
  const reason = `${reasonCode ?? 'no code'}: ${(reasonMessage ?? '').replace(/\.$/, '')}`
  const since = `since ${at(changedAt)}`
  switch (state) {
    case 'searchable':
      return { because: null, toDo: adviceForWarnings(facts.warnings.map(({ code }) => code)) }
    case 'quarantined':
      return {
        because: `It is not searchable: set aside in the quarantine ${since}, ${reason}.`,
        toDo: adviceInQuarantine(reasonCode, facts.recordingId),
      }
    case 'duplicate': {
      const of = duplicateOf
        ? `recording ${duplicateOf.recordingId} (${duplicateOf.source}/${duplicateOf.key}, ${duplicateOf.state})`
        : 'another recording'
      return {
        because: `It is not searchable itself: ${since} it counts as the same bytes as ${of}.`,
        toDo: adviceFor('DUPLICATE'),
      }
    }
    case 'superseded': {
      const newer =
        newerId === null ? 'the newer version is not taken in yet' : `recording ${newerId} is what lies there now`
      return {
        because: `It is not searchable: its file changed ${since}, and ${newer}.`,
        toDo: newerId === null ? null : `Ask for the newer one: coro why ${newerId}`,
      }
    }
    case 'deleted':
      return {
        because: `It is not searchable: a completed sweep found its file gone ${since}.`,
        toDo: 'Put the file back where it was: it is taken up again by itself.',
      }
    case 'imported':
      return {
        because:
          'Only its imported embeddings are known: they are searchable in their own space, but its file was never found.',
        toDo: `Put the file at ${facts.key} in a watched source with this address: ${facts.source}`,
      }
    case 'cancelled':
      return {
        because: `It is not searchable: taken out of the backlog ${since} (${reasonMessage ?? 'no reason given'}).`,
        toDo: `Bring it back: coro backlog restore --source ${facts.source}`,
      }
    default:
      return judgeOpen(facts)
  }
}

/** Elsewhere storage is waited for; what was set aside waits for a person. */
function adviceInQuarantine(code: string | null, id: number): string {
  if (code?.startsWith('STORAGE_') === true) {
    return `See to this object in its storage, or copy it there again; then: coro quarantine retry ${id}`
  }
  return adviceFor(code, id) ?? `When the cause is mended: coro quarantine retry ${id}`
}

/** Why a recording that is still to be worked on is not done: the nearest obstacle. */
function judgeOpen(facts: WhyFacts): Verdict {
  const { state, segmentCount, hold, dueAt, now, reasonCode, reasonMessage, ahead, spaces } = facts
  const stage = state === 'embedding' || (state === 'failed' && segmentCount !== null) ? 'embed' : 'prepare'
  const verb = stage === 'embed' ? 'embedded' : 'prepared'
  const not = `It is not searchable yet: it waits to be ${verb}`
  const running = facts.ledger.some((entry) => entry.stage === stage && entry.endedAt === null)
  if (running) return { because: `It is not searchable yet: it is being ${verb} now.`, toDo: null }
  const paused = facts.pauses.find((pause) => pause.stage === null || pause.stage === stage)
  if (paused) {
    const work = paused.stage === null ? 'all work' : `the stage ${paused.stage}`
    const what = paused.source === null ? work : `${work} of its source`
    const by = paused.by === null ? '' : ` by ${paused.by}`
    const why = paused.reason === null ? '' : ` (${paused.reason})`
    const option = [
      paused.source === null ? '' : ` --source ${paused.source}`,
      paused.stage ? ` --stage ${paused.stage}` : '',
    ]
    return {
      because: `${not}, and ${what} was paused ${at(paused.at)}${by}${why}.`,
      toDo: `Let it go on: coro resume${option.join('')}`,
    }
  }
  if (stage === 'prepare' && hold) {
    return {
      because:
        `${not}, and its source's storage has not answered since ${at(hold.since)} (${hold.code}: ` +
        `${hold.message.replace(/\.$/, '')}). It is tried again ${hold.until > now ? at(hold.until) : 'now'}.`,
      toDo: adviceFor(hold.code) ?? 'See to the storage: Coro goes on by itself when it answers.',
    }
  }
  const stageHold = facts.stageHolds.find((one) => one.stage === stage)
  if (stageHold) {
    return {
      because: `${not}, and that stage has stopped since ${at(stageHold.since)}, ${stageHold.code}: ${stageHold.message.replace(/\.$/, '')}.`,
      toDo: adviceFor(stageHold.code) ?? 'See to what is away: the stage goes on by itself when it answers.',
    }
  }
  if (state === 'failed') {
    const again = dueAt !== null && dueAt > now ? `in ${between(now, dueAt)}` : 'as soon as a worker is free'
    return {
      because:
        `It is not searchable yet: its last attempt failed (${reasonCode}: ${(reasonMessage ?? '').replace(/\.$/, '')}; ` +
        `${count(facts.attempts, 'attempt')} counted). It is tried again ${again}.`,
      toDo: adviceFor(reasonCode, facts.recordingId),
    }
  }
  if (facts.deaths + facts.sharedDeaths > 0 && state === 'preparing') {
    return {
      because: `${not} again, by itself: a worker died while it had it in hand.`,
      toDo: null,
    }
  }
  if (spaces.length === 0)
    return { because: `${not}, and there is no embedding space yet.`, toDo: adviceFor('SPACE_NONE') }
  const others = facts.sourcesInTurn > 1 ? `, taking turns with ${count(facts.sourcesInTurn - 1, 'other source')}` : ''
  const line = ahead === null ? '' : ` ${tellPlace(ahead)}${others}.`
  const waited = span(now.getTime() - facts.changedAt.getTime())
  return { because: `${not}, for ${waited} so far.${line}`, toDo: null }
}

function tellPlace(ahead: number): string {
  if (ahead === 0) return 'It is the next of its source'
  const atLeast = ahead >= 100_000 ? 'At least ' : ''
  return `${atLeast}${count(ahead, 'recording')} of its source ${ahead === 1 ? 'goes' : 'go'} before it`
}
