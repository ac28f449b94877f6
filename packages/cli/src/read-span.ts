import { openAudio } from '@coro/audio/read/open-audio'
import { CoroError } from '@coro/shared/errors'

/** Held in memory at once: 256 MB, 22 minutes at 48 kHz. */
const maxSamples = 1 << 26

/**
 * The mono samples of a recording from startS to endS (or its end). Errors: those of openAudio, SPAN_EMPTY, SPAN_TOO_LONG.
 */
export async function readSpan(
  file: string,
  startS: number,
  endS: number,
): Promise<{ samples: Float32Array; sampleRateHz: number }> {
  await using reader = await openAudio(file).catch((error: unknown) => {
    if (error instanceof Error) error.message = `${file}: ${error.message}`
    throw error
  })
  const { sampleRateHz } = reader.header
  const from = Math.round(startS * sampleRateHz)
  const to = endS * sampleRateHz
  const blocks: Float32Array[] = []
  let position = 0
  let count = 0
  for await (const block of reader.samples()) {
    const part = block.slice(
      Math.max(0, from - position),
      Math.max(0, Math.round(Math.min(block.length, to - position))),
    )
    position += block.length
    count += part.length
    if (count > maxSamples) {
      const most = Math.floor(maxSamples / sampleRateHz)
      throw new CoroError(
        'SPAN_TOO_LONG',
        `${file} is too long for one picture: choose up to ${most} s of it with --start and --end`,
        {
          disposition: 'reject',
        },
      )
    }
    if (part.length > 0) blocks.push(part)
    if (position >= to) break
  }
  if (count === 0) {
    throw new CoroError(
      'SPAN_EMPTY',
      `${file} has no sound from ${startS} to ${endS} s: it is ${position / sampleRateHz} s long`,
      {
        disposition: 'reject',
      },
    )
  }
  const samples = new Float32Array(count)
  let at = 0
  for (const block of blocks) {
    samples.set(block, at)
    at += block.length
  }
  return { samples, sampleRateHz }
}
