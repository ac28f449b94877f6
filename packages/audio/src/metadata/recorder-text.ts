import { parseAudioMothComment } from './audiomoth-comment.js'
import { parseGuano } from './guano.js'
import { emptyMetadata, mergeMetadata, type RecorderMetadata } from './recorder-metadata.js'

/**
 * What a text of unknown origin says (a tag that a converter filled from a WAV's comment): an AudioMoth sentence or
 * GUANO lines, wherever they stand in it. Null when it holds neither.
 */
export function parseRecorderText(text: string): RecorderMetadata | null {
  const metadata = emptyMetadata()
  mergeMetadata(metadata, parseAudioMothComment(text))
  const guano = /GUANO\|Version/.exec(text)
  if (guano !== null) mergeMetadata(metadata, parseGuano(text.slice(guano.index)))
  return metadata.claims.length === 0 && Object.keys(metadata.device).length === 0 ? null : metadata
}
