import { parseAudioMothComment } from './audiomoth-comment.js'
import { parseGuano } from './guano.js'
import { parseOpsoMetadata } from './opso-metadata.js'
import { emptyMetadata, mergeMetadata, type RecorderMetadata } from './recorder-metadata.js'

/**
 * What a comment says, a WAV's own or one that a converter filled from it: an AudioMoth sentence or GUANO lines,
 * wherever they stand in it, or opensoundscape's JSON. Null when it holds none of them.
 */
export function parseRecorderText(text: string): RecorderMetadata | null {
  const metadata = emptyMetadata()
  mergeMetadata(metadata, parseOpsoMetadata(text) ?? parseAudioMothComment(text))
  const guano = /GUANO\|Version/.exec(text)
  if (guano !== null) mergeMetadata(metadata, parseGuano(text.slice(guano.index)))
  return metadata.claims.length === 0 && Object.keys(metadata.device).length === 0 ? null : metadata
}
