import { knownFiles, type KnownFile } from '@coro/shared/database/known-files'
import type { Queryable } from '@coro/shared/database/open'
import { looksLikeAudio } from '@coro/shared/storage/audio-keys'
import { isObstacle, tooLongForRow, type PassedOver } from '@coro/shared/storage/passed-over'
import type { ObjectInfo, SourceStorage } from '@coro/shared/storage/store'
import { createSwapWatch, type CardSwap } from './card-swaps.js'
import { createDraw } from './draw.js'
import { lookAtFile, type LookedAt } from './look-at-file.js'
import { estimateSound, type SoundEstimate } from './sound-estimate.js'

export interface Survey extends SoundEstimate {
  source: string
  files: number
  bytes: number
  /** Files that are no recordings by their names, or hidden. */
  passedOver: number
  /** What a sweep cannot take in: how many, and the first of them. */
  obstacles: number
  obstacleExamples: { key: string; code: string; message: string }[]
  new: number
  known: number
  changed: number
  cardSwaps: CardSwap[]
}

export interface SurveyOptions {
  queryable: Queryable
  storage: SourceStorage
  source: string
  /** For the headers of a bucket's objects. */
  stagingDir: string
  /** New and changed files that are looked at; more than these are drawn by lot. */
  sample: number
  signal?: AbortSignal
}

/** Headers read at once: enough to hide a bucket's latency, few enough for a card reader. */
const atOnce = 8
/** Obstacles that are told, of all that are counted. */
const toldObstacles = 20
/** Changed files that are compared with what is known of them. */
const comparedAtMost = 500

/**
 * What a sweep would take in, without writing anything: the source is listed whole, and headers are read of what is new or
 * has changed. Yields how far it has come, and returns the survey. Throws what the storage throws.
 */
export async function* surveySource(
  options: SurveyOptions,
): AsyncGenerator<{ listed: number; looked: number; toLook: number }, Survey> {
  const { queryable, storage, source, sample, signal } = options
  const counts = { files: 0, bytes: 0, passedOver: 0, obstacles: 0, new: 0, known: 0, changed: 0 }
  const obstacleExamples: Survey['obstacleExamples'] = []
  const onPassedOver = (passed: PassedOver): void => {
    if (passed.code === 'HIDDEN') counts.passedOver += 1
    if (!isObstacle(passed)) return
    counts.obstacles += 1
    const { key, code, message } = passed
    if (obstacleExamples.length < toldObstacles) obstacleExamples.push({ key, code, message })
  }
  const taken = new Map<string, { files: number; bytes: number }>()
  const draw = createDraw<ObjectInfo>(sample)
  const changed: { object: ObjectInfo; before: KnownFile }[] = []
  const watch = createSwapWatch()
  for await (const page of storage.list({ onPassedOver, ...(signal ? { signal } : {}) })) {
    const named = page.filter(({ key }) => looksLikeAudio(key))
    counts.passedOver += page.length - named.length
    const audio = named.filter(({ key }) => tooLongForRow(key) === null)
    for (const { key } of named) {
      const tooLong = tooLongForRow(key)
      if (tooLong) onPassedOver(tooLong)
    }
    const known = await knownFiles(
      queryable,
      source,
      audio.map(({ key }) => key),
    )
    for (const object of audio) {
      counts.files += 1
      counts.bytes += object.sizeBytes
      const before = known.get(object.key)
      if (before) watch.known(object.key, before.version !== object.version)
      if (before?.version === object.version) {
        counts.known += 1
        continue
      }
      const kind = endingOf(object.key)
      const sum = taken.get(kind) ?? { files: 0, bytes: 0 }
      taken.set(kind, { files: sum.files + 1, bytes: sum.bytes + object.sizeBytes })
      draw.add(object)
      if (!before) counts.new += 1
      else {
        counts.changed += 1
        if (changed.length < comparedAtMost) changed.push({ object, before })
      }
    }
    yield { listed: counts.files, looked: 0, toLook: Math.min(sample, draw.seen) }
  }
  const looked: LookedAt[] = []
  const seen = new Map<string, LookedAt>()
  for (let from = 0; from < draw.drawn.length; from += atOnce) {
    signal?.throwIfAborted()
    const part = draw.drawn.slice(from, from + atOnce)
    for (const one of await Promise.all(part.map((object) => lookAtFile(storage, object, options.stagingDir)))) {
      looked.push(one)
      seen.set(one.object.key, one)
    }
    yield { listed: counts.files, looked: looked.length, toLook: draw.drawn.length }
  }
  for (const { object, before } of changed) {
    const now = seen.get(object.key) ?? (await lookAtFile(storage, object, options.stagingDir))
    watch.compared(before, now)
  }
  return { source, ...counts, obstacleExamples, ...estimateSound(looked, taken), cardSwaps: watch.swaps() }
}

/** Files with the same ending have about the same bytes a second. */
const endingOf = (key: string): string => key.slice(key.lastIndexOf('.') + 1).toLowerCase()
