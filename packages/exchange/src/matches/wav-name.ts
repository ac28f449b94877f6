import { safeName, type Match } from './match.js'

/**
 * The name of a match's WAV: sorted by name it is sorted by rank, and it tells similarity, recording, instant (UTC) and
 * the seconds in the recording. `of`: how many matches there are.
 */
export function wavName(match: Match, of: number): string {
  const rank = String(match.rank).padStart(Math.max(4, String(of).length), '0')
  const instant = match.startedAt?.slice(0, 19).replaceAll(':', '-')
  const recording = match.key.replace(/\.[^./]*$/, '').replaceAll('/', '-')
  // The end of a long key tells more than its beginning.
  const parts = [
    rank,
    match.similarity.toFixed(4),
    recording.slice(-100),
    ...(instant === undefined ? [] : [`${instant}Z`]),
  ]
  return `${safeName(`${parts.join('_')}_${match.startS}-${match.endS}s`)}.wav`
}
