import { CoroError } from '@coro/shared/errors'
import type { ModelManifest } from './manifest.js'
import { fillWindow } from './normalise.js'
import { batchSize, runModel, type LoadedModel } from './session.js'
import { isSilent } from './silence.js'
import { scaleToUnitLength } from './unit-length.js'

export interface WindowEmbeddings {
  /** [n * dimension], each row of length 1; a silent window's row is zeros. */
  readonly embeddings: Float32Array<ArrayBuffer>
  /** [n], 1 where the window is silent. */
  readonly silent: Uint8Array<ArrayBuffer>
}

/** Why the vector at `row` (a window's number) cannot be an embedding. */
function unusable(manifest: ModelManifest, row: number): CoroError {
  // 16-bit samples are always finite, so it is this window that the network cannot bear. It would give the same again
  // (no use in a retry), and a network that is broken altogether was stopped by the canary (no reason to crash).
  return new CoroError(
    'EMBED_NON_FINITE',
    `model ${manifest.name} gave a vector without direction for window ${row}: not finite, or all zeros`,
    { disposition: 'reject', details: { model: manifest.name, window: row } },
  )
}

/**
 * Embed windows on this thread, in batches, one call at a time (they share the model's input memory); between batches `stopped` is asked whether to go on.
 * pcm: 16-bit mono samples at 32 kHz, [n * 160000]; a sample x stands for x / 32768.
 * Errors: EMBED_NON_FINITE (`reject`); EMBED_STOPPED (`retry`); those of runModel.
 */
export async function embedWindows(
  model: LoadedModel,
  pcm: Int16Array,
  stopped: () => boolean,
): Promise<WindowEmbeddings> {
  const { manifest, input } = model
  const { samples } = manifest.input
  const { dimension } = manifest.output
  const windowCount = pcm.length / samples
  const embeddings = new Float32Array(windowCount * dimension)
  const silent = new Uint8Array(windowCount)
  const sounding: number[] = []
  for (let row = 0; row < windowCount; row += 1) {
    if (isSilent(pcm.subarray(row * samples, (row + 1) * samples))) silent[row] = 1
    else sounding.push(row)
  }
  const size = batchSize(manifest)
  for (let start = 0; start < sounding.length; start += size) {
    if (stopped()) throw new CoroError('EMBED_STOPPED', 'embedding was stopped', { disposition: 'retry' })
    const rows = sounding.slice(start, start + size)
    for (const [place, row] of rows.entries()) {
      const window = pcm.subarray(row * samples, (row + 1) * samples)
      fillWindow(manifest, window, input.subarray(place * samples, (place + 1) * samples))
    }
    const output = await runModel(model, rows.length)
    for (const [place, row] of rows.entries()) {
      const embedding = embeddings.subarray(row * dimension, (row + 1) * dimension)
      embedding.set(output.subarray(place * dimension, (place + 1) * dimension))
      if (!scaleToUnitLength(embedding)) throw unusable(manifest, row)
    }
  }
  return { embeddings, silent }
}
