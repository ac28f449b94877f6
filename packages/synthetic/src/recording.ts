import { encodeFlac } from './flac.js'
import { quantizePcm } from './pcm.js'
import { seedOf } from './random.js'
import { audioMothGuanoChunk, audioMothInfoChunk, audioMothVorbisComments } from './recorder/audiomoth.js'
import type { RecordingFacts } from './recorder/header.js'
import { utcOffsetMin } from './recorder/local-time.js'
import { songMeterGuanoChunk, songMeterVorbisComments } from './recorder/song-meter.js'
import type { PlannedRecording } from './schedule.js'
import type { Call } from './sound/chorus.js'
import { renderSoundscape } from './soundscape.js'
import { encodeWav, type RiffChunk } from './wav.js'
import { whiteNoise } from './noise.js'

/** The recording's file, header included, and the truth of what calls in it. */
export function makeRecording(plan: PlannedRecording): { bytes: Buffer; calls: readonly Call[] } {
  const { sampleRateHz, bitsPerSample } = plan
  const { samples, calls } = renderSoundscape({
    seed: plan.seed,
    seconds: plan.durationS,
    sampleRateHz,
    species: plan.species,
    background: plan.background,
    channel: plan.recorder.channel,
  })
  const channels = plan.channels === 2 ? [samples, secondChannel(samples, plan)] : [samples]
  const pcm = channels.map((channel) => quantizePcm(channel, bitsPerSample))
  const facts = factsOf(plan)
  if (plan.format === 'wav') {
    return { bytes: encodeWav({ pcm, sampleRateHz, bitsPerSample, chunks: chunksOf(plan, facts) }), calls }
  }
  const comments =
    plan.recorder.model === 'Song Meter' ? songMeterVorbisComments(facts) : audioMothVorbisComments(facts)
  return { bytes: encodeFlac({ pcm, sampleRateHz, bitsPerSample, comments }), calls }
}

function factsOf(plan: PlannedRecording): RecordingFacts {
  const { site, serial, clockZone } = plan.recorder
  return {
    startedAt: plan.startedAt,
    offsetMin: utcOffsetMin(plan.startedAt, clockZone),
    serial,
    fileName: plan.key.slice(plan.key.lastIndexOf('/') + 1),
    sampleRateHz: plan.sampleRateHz,
    durationS: plan.durationS,
    batteryV: plan.batteryV,
    temperatureC: plan.temperatureC,
    latitude: site.latitude,
    longitude: site.longitude,
  }
}

function chunksOf(plan: PlannedRecording, facts: RecordingFacts): RiffChunk[] {
  if (plan.recorder.model === 'Song Meter') return [songMeterGuanoChunk(facts)]
  if (plan.recorder.model === 'AudioMoth 1.8') return [audioMothInfoChunk(facts)]
  return [audioMothInfoChunk(facts), audioMothGuanoChunk(facts)]
}

/** The other microphone of a stereo recorder: the same scene a little later and weaker, with a hiss of its own. */
function secondChannel(samples: Float32Array, plan: PlannedRecording): Float32Array {
  const delay = Math.round(0.0004 * plan.sampleRateHz)
  const hiss = whiteNoise(samples.length, seedOf(plan.seed, 'second channel'))
  return samples.map((_, i) => 0.85 * (samples[i - delay] ?? 0) + 0.0006 * (hiss[i] as number))
}
