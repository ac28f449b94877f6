import type { Match } from './match.js'
import { oneLine } from './raven.js'

/**
 * Matches of one recording as an Audacity label track: begin, end and text, by time. Source: Audacity manual,
 * "Importing and Exporting Labels". The text: rank, similarity, segment.
 */
export function audacityLabels(matches: Match[]): string {
  return [...matches]
    .sort((a, b) => a.startS - b.startS || a.rank - b.rank)
    .map(({ startS, endS, rank, similarity, segmentId }) => {
      const text = oneLine(`#${rank} ${similarity.toFixed(4)} segment ${segmentId}`)
      return `${startS.toFixed(6)}\t${endS.toFixed(6)}\t${text}\n`
    })
    .join('')
}
