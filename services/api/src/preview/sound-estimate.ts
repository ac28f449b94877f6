import type { LookedAt } from './look-at-file.js'

export interface CodeCount {
  code: string
  message: string
  /** Of the files that were looked at. */
  files: number
  /** Of all new and changed files: the same number where all were looked at. */
  about: number
  examples: string[]
}

export interface SoundEstimate {
  /** New and changed files whose header was read. */
  looked: number
  /** Only a sample was: hours and `about` are estimates. */
  sampled: boolean
  /** Of sound in new and changed files. */
  hours: number
  rejected: CodeCount[]
  warnings: CodeCount[]
}

const mostExamples = 5

/**
 * Hours of sound and refusals of all files from those that were looked at. Where only a sample was, the seconds a byte of
 * each ending are taken for the rest.
 */
export function estimateSound(looked: LookedAt[], taken: Map<string, { files: number; bytes: number }>): SoundEstimate {
  const all = [...taken.values()].reduce((sum, { files }) => sum + files, 0)
  const sampled = looked.length < all
  const scale = looked.length === 0 ? 0 : all / looked.length
  let seconds = 0
  for (const [ending, { bytes }] of taken) {
    const of = looked.filter(
      ({ object, durationS }) => durationS !== null && object.key.toLowerCase().endsWith(`.${ending}`),
    )
    const lookedBytes = of.reduce((sum, { object }) => sum + object.sizeBytes, 0)
    const lookedS = of.reduce((sum, { durationS }) => sum + (durationS ?? 0), 0)
    if (lookedBytes > 0) seconds += (sampled ? bytes / lookedBytes : 1) * lookedS
  }
  const refusals = looked.flatMap(({ object, refused }) => (refused ? [{ key: object.key, ...refused }] : []))
  const odd = looked.flatMap(({ object, warnings }) => warnings.map((warning) => ({ key: object.key, ...warning })))
  return {
    looked: looked.length,
    sampled,
    hours: Math.round((seconds / 3600) * 100) / 100,
    rejected: byCode(refusals, scale),
    warnings: byCode(odd, scale),
  }
}

function byCode(found: { key: string; code: string; message: string }[], scale: number): CodeCount[] {
  const codes = new Map<string, CodeCount>()
  for (const { key, code, message } of found) {
    const count = codes.get(code) ?? { code, message, files: 0, about: 0, examples: [] }
    count.files += 1
    if (count.examples.length < mostExamples) count.examples.push(key)
    codes.set(code, count)
  }
  return [...codes.values()]
    .map((count) => ({ ...count, about: Math.round(count.files * scale) }))
    .sort((a, b) => b.files - a.files)
}
