/**
 * npm run bench -- query-noise [--source DIR] [--mode stationary|non-stationary]
 *
 * A stored window's noise statistics come from its recording, those of a searcher's clip from the clip. What that costs:
 * clips of 5 s are cut from the original recordings and taken through the front end alone, with the statistics of
 * themselves, of a longer surrounding, of their recording, or of what Coro keeps of that; each is searched among all
 * stored windows. Printed are the cosine with the window that the clip was cut from, how often that window comes first,
 * and how often the best of the others is of the same recording.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createVariantStream, defaultFrontEnd, type Variant } from '@coro/audio/front-end'
import type { NoiseProfile } from '@coro/audio/noise-profile'
import { openAudio } from '@coro/audio/read/open-audio'
import { pumpSamples } from '@coro/audio/read/pump-samples'
import { quantizeInt16 } from '@coro/audio/write/quantize'
import { createEmbedder } from '@coro/embed/model/embedder'
import { resolveModel } from '@coro/embed/model/resolve-model'
import { makeDeployment } from '@coro/synthetic/deployment'

const { values } = parseArgs({
  options: { source: { type: 'string' }, mode: { type: 'string', default: 'stationary' } },
})
if (values.mode !== 'stationary' && values.mode !== 'non-stationary')
  throw new Error('--mode: stationary or non-stationary')
const gate = { ...defaultFrontEnd.gate, mode: values.mode } as const
const windowS = 5
const outputRateHz = defaultFrontEnd.sampleRateHz
const window = windowS * outputRateHz
/** Clips of a recording: the long ones would outweigh the others. */
const clipsAtMost = 8
const surroundings = [5, 10, 15, 30, 60]

interface Recording {
  name: string
  rateHz: number
  samples: Float32Array
}

async function readRecording(path: string, name: string): Promise<Recording> {
  await using reader = await openAudio(path)
  const blocks: Float32Array[] = []
  const frames = await pumpSamples(reader, (block) => void blocks.push(block.slice()))
  const samples = new Float32Array(frames)
  let at = 0
  for (const block of blocks) {
    samples.set(block, at)
    at += block.length
  }
  return { name, rateHz: reader.header.sampleRateHz, samples }
}

/** Native samples -> 32 kHz, 16 bit. */
function frontEnd(
  variant: Variant,
  samples: Float32Array,
  rateHz: number,
  noise?: NoiseProfile,
): Int16Array<ArrayBuffer> {
  const stream = createVariantStream({ ...defaultFrontEnd, gate }, variant, rateHz, undefined, noise)
  const out = new Int16Array(Math.ceil((samples.length * outputRateHz) / rateHz))
  let at = 0
  const keep = (block: Float32Array): void => {
    quantizeInt16(block, out, at)
    at += block.length
  }
  stream.push(samples, keep)
  stream.flush(keep)
  return out
}

const folder = mkdtempSync(join(tmpdir(), 'coro-query-noise-'))
try {
  const source = values.source ?? join(folder, 'cards')
  if (values.source === undefined) await makeDeployment({ dir: source })
  const model = await resolveModel({ model: 'logmel-stats-1280', cacheDir: folder })
  await using embedder = await createEmbedder({ model, threads: 1, warm: true })
  const rows = async (pcm: Int16Array<ArrayBuffer>): Promise<(Float32Array | null)[]> => {
    const { embeddings, silent } = await embedder.embed(pcm)
    const dimension = embeddings.length / silent.length
    return Array.from(silent, (s, i) => (s ? null : embeddings.slice(i * dimension, (i + 1) * dimension)))
  }

  const stored: { recording: number; index: number; e: Float32Array }[] = []
  const clips: { kind: string; recording: number; index: number; e: Float32Array | null }[] = []
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((f) =>
    /\.(wav|flac|mp3|ogg)$/i.test(f),
  )
  let recordings = 0
  for (const file of files.toSorted()) {
    const recording = await readRecording(join(source, file), file).catch(() => null)
    if (recording === null || recording.rateHz > 256_000) continue
    const { rateHz, samples } = recording
    const all = frontEnd('denoised', samples, rateHz)
    // What Coro keeps of a recording: its beginning at 32 kHz and 16 bit, as long as the gate looks at.
    const kept = frontEnd('raw', samples, rateHz).subarray(0, Math.floor((600_000 / rateHz) * outputRateHz))
    const raw = Float32Array.from(kept, (value) => value / 32_768)
    const ask = (clip: Float32Array, noise: NoiseProfile) =>
      rows(frontEnd('denoised', clip, rateHz, noise).slice(0, window))
    const count = Math.floor(all.length / window)
    if (count < 2) continue
    const id = recordings++
    const vectors = await rows(all.slice(0, count * window))
    vectors.forEach((e, index) => e && stored.push({ recording: id, index, e }))
    const step = Math.max(1, Math.ceil(count / clipsAtMost))
    for (let index = 0; index < count; index += step) {
      const from = index * windowS * rateHz
      const clip = samples.subarray(from, from + windowS * rateHz)
      for (const surroundS of surroundings) {
        if (surroundS * rateHz > samples.length) continue
        const around = (surroundS - windowS) / 2
        const first = Math.round(
          Math.min(Math.max(0, from - around * rateHz), Math.max(0, samples.length - surroundS * rateHz)),
        )
        const part = samples.subarray(first, Math.min(samples.length, first + surroundS * rateHz))
        const at = Math.round(((from - first) / rateHz) * outputRateHz)
        const [e = null] = await rows(frontEnd('denoised', part, rateHz).slice(at, at + window))
        clips.push({ kind: `${surroundS} s`, recording: id, index, e })
      }
      const [original = null] = await ask(clip, { samples, sampleRateHz: rateHz })
      clips.push({ kind: 'recording', recording: id, index, e: original })
      const [prepared = null] = await ask(clip, { samples: raw, sampleRateHz: outputRateHz })
      clips.push({ kind: 'prepared', recording: id, index, e: prepared })
    }
  }

  const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
  console.log(`${values.mode}: ${recordings} recordings, ${stored.length} stored windows`)
  console.log('statistics from  clips  silent  cosine mean  min    own first  same recording first (own left out)')
  for (const kind of [...surroundings.map((s) => `${s} s`), 'recording', 'prepared']) {
    const of = clips.filter((clip) => clip.kind === kind)
    let sum = 0
    let least = 1
    let own = 0
    let same = 0
    let heard = 0
    for (const clip of of) {
      const target = stored.find((s) => s.recording === clip.recording && s.index === clip.index)
      if (clip.e === null || target === undefined) continue
      heard += 1
      const scored = stored.map((s) => ({ s, score: dot(clip.e!, s.e) })).toSorted((a, b) => b.score - a.score)
      const cosine = scored.find(({ s }) => s === target)!.score
      sum += cosine
      least = Math.min(least, cosine)
      own += scored[0]!.s === target ? 1 : 0
      same += scored.find(({ s }) => s !== target)!.s.recording === clip.recording ? 1 : 0
    }
    const share = (n: number): string => (n / heard).toFixed(3)
    console.log(
      `${kind.padEnd(15)}  ${String(of.length).padEnd(5)}  ${String(of.length - heard).padEnd(6)}  ${share(sum).padEnd(11)}  ${least.toFixed(2).padEnd(5)}  ${share(own).padEnd(9)}  ${share(same)}`,
    )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
