import { writeFile } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import { CoroError } from '@coro/shared/errors'
import { drawSpectrogram } from '@coro/spectrogram/draw-spectrogram'
import type { SpectrogramOptions } from '@coro/spectrogram/spectrogram-options'
import { commandContext, type CommonOptions } from '../command-context.js'
import { createOutput } from '../print/output.js'
import { unwritable } from '../print/unwritable.js'
import { readSpan } from '../read-span.js'
import { openClient } from '../system/client.js'

interface SpectrogramCliOptions extends CommonOptions, Pick<SpectrogramOptions, 'scale' | 'rangeDb' | 'palette'> {
  out?: string
  minHz: number
  maxHz?: number
  maxDb?: number
  size: { width: number; height: number }
  start?: number
  end?: number
  variant?: string
}

/** `coro spectrogram SEGMENT|FILE`: a whole number is a stored segment; a file of such a name is `./42`. */
export async function spectrogram(what: string, options: SpectrogramCliOptions): Promise<void> {
  const { scale, minHz, maxHz, rangeDb, maxDb, palette, size } = options
  const look = { scale, minHz, rangeDb, palette, ...size }
  const isSegment = /^\d+$/.test(what)
  const out = options.out ?? (isSegment ? `segment-${what}.png` : `${basename(what, extname(what))}.png`)
  if (resolve(out) === resolve(what)) throw usage(`${out} is the recording itself: choose another file with --out`)
  let png: Uint8Array
  let facts: Record<string, unknown>
  if (isSegment) {
    if (options.start !== undefined || options.end !== undefined) throw usage('--start and --end are for files')
    const query = Object.entries({ ...look, maxHz, maxDb, variant: options.variant })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]): [string, string] => [name, String(value)])
    const { config } = commandContext(options)
    await using client = await openClient(config, [])
    png = await client.bytes(`/v1/segments/${what}/spectrogram?${new URLSearchParams(query).toString()}`)
    facts = { segmentId: Number(what) }
  } else {
    if (options.variant !== undefined) throw usage('--variant is for segments; a file is shown as it is')
    const { samples, sampleRateHz } = await readSpan(what, options.start ?? 0, options.end ?? Infinity)
    png = drawSpectrogram(samples, sampleRateHz, { ...look, maxHz: maxHz ?? sampleRateHz / 2, maxDb: maxDb ?? null })
    facts = { file: what, sampleRateHz, durationS: samples.length / sampleRateHz }
  }
  await writeFile(out, png).catch((error: Error) => {
    throw unwritable(out, error)
  })
  const output = createOutput(options.json === true)
  output.result({ ...facts, output: out, width: size.width, height: size.height, bytes: png.length }, () =>
    output.say(`${out}: ${size.width}x${size.height}, ${png.length} bytes`),
  )
}

function usage(message: string): CoroError {
  return new CoroError('USAGE', message, { disposition: 'reject' })
}
