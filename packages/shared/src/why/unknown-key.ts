import type { SourceStatus } from '../database/source-list.js'
import type { Obstacle } from '../database/watching/obstacles.js'
import { looksLikeAudio } from '../storage/audio-keys.js'
import type { ObjectInfo } from '../storage/store.js'
import { adviceFor } from './advice.js'
import { at, between, count } from './words.js'

/** Looks for one object in a source; null where it is not there. Throws where the source's storage cannot be asked. */
export type LookUp = (sourceUrl: string, key: string) => Promise<ObjectInfo | null>

type Swept = Pick<SourceStatus, 'url' | 'lastSweepAt' | 'lastSweepObjects' | 'lastSweepPassedOver' | 'lastSweepError'>

/** Why a key is not known, in sentences. */
export interface UnknownKey {
  sentences: string[]
  toDo: string | null
}

export interface UnknownFacts {
  sources: Swept[]
  /** What the last sweeps could not take in, at the key or around it. */
  obstacles: (Obstacle & { source: string })[]
  /** Recordings whose keys lie below it: it is a folder. */
  below: number
  now: Date
  settleS: number
  sweepIntervalS: number
}

/**
 * Explain why nothing is known of a key: which sources were looked through and when, what kept a sweep from it, and what
 * passes a file over (its name, a folder that begins with a dot, that it is still being written).
 */
export async function explainUnknown(
  key: string,
  { sources, obstacles, below: recordingsBelow, now, settleS, sweepIntervalS }: UnknownFacts,
  lookUp: LookUp,
): Promise<UnknownKey> {
  const sentences = [`Nothing is known of ${key}.`]
  if (sources.length === 0) {
    return {
      sentences: [...sentences, 'No source is watched.'],
      toDo: 'Name a source in CORO_SOURCES or the configuration file.',
    }
  }
  for (const source of sources) sentences.push(tellSource(source))
  const [obstacle] = obstacles
  if (obstacle) return { sentences: [...sentences, ...obstacles.map(tellObstacle)], toDo: adviceFor(obstacle.code) }
  if (recordingsBelow > 0) {
    const many = `${recordingsBelow >= 1000 ? 'at least ' : ''}${count(recordingsBelow, 'recording')}`
    return {
      sentences: [...sentences, `It is a folder, with ${many} below it.`],
      toDo: 'Ask for one of them; coro recordings lists them.',
    }
  }
  const passedOver = whyPassedOver(key)
  if (passedOver) return { sentences: [...sentences, passedOver.because], toDo: passedOver.toDo }
  for (const { url } of sources) {
    const below = key.startsWith(`${url}/`) ? key.slice(url.length + 1) : key
    if (below.includes('://') || below.split('/').includes('..')) continue
    let object: ObjectInfo | null
    try {
      object = await lookUp(url, below)
    } catch {
      // Where the storage cannot be asked from here, its last sweep above says how it does.
      continue
    }
    if (!object) continue
    const age = now.getTime() - object.modifiedAt.getTime()
    if (url.startsWith('file:') && age < settleS * 1000) {
      return {
        sentences: [
          ...sentences,
          `It lies in ${url}, and was still being written ${between(object.modifiedAt, now)} ago: a file is taken when it has not changed for ${settleS} s.`,
        ],
        toDo: null,
      }
    }
    return {
      sentences: [
        ...sentences,
        `It lies in ${url}, last changed ${at(object.modifiedAt)}, and has not been taken in yet: a sweep comes every ${sweepIntervalS} s.`,
      ],
      toDo: 'Sweep now: coro scan',
    }
  }
  sentences.push('There is no such file in any of them.')
  return { sentences, toDo: 'Look at the spelling, and whether the folder that it lies in belongs to a source.' }
}

function tellSource({ url, lastSweepAt, lastSweepObjects, lastSweepPassedOver, lastSweepError }: Swept): string {
  if (lastSweepAt === null) return `${url} has not been looked through yet.`
  if (lastSweepError !== null)
    return `The last sweep of ${url}, ${at(lastSweepAt)}, failed: ${lastSweepError.replace(/\.$/, '')}.`
  const others = lastSweepPassedOver ? `, and ${count(lastSweepPassedOver, 'other file')} passed over` : ''
  return `${url} was looked through ${at(lastSweepAt)}: ${count(lastSweepObjects ?? 0, 'recording')}${others}.`
}

const tellObstacle = ({ source, key, code, message, firstSeenAt }: Obstacle & { source: string }): string =>
  `Sweeps of ${source} cannot take in ${key} since ${at(firstSeenAt)}, ${code}: ${message}.`

function whyPassedOver(key: string): { because: string; toDo: string } | null {
  const path = key.replace(/^[a-z0-9]+:\/\//, '')
  const hidden = path.split('/').find((part) => part.startsWith('.') && part !== '.' && part !== '..')
  if (hidden !== undefined) {
    return {
      because: `${hidden} begins with a dot: such folders and files are passed over.`,
      toDo: 'Rename the folder or the file.',
    }
  }
  if (looksLikeAudio(path)) return null
  return {
    because: 'It is no recording by its name, and passed over.',
    toDo: 'Nothing; if it is a recording, give it the ending of its format (.wav, .flac, .mp3 and the like).',
  }
}
