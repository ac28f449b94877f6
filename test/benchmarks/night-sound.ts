import { openWavWriter } from '@coro/audio/write/wav-writer'

/** Steady noise, stronger below, and a sweep every three seconds: block after block of a second, [rateHz] each. */
export function* nightSound(rateHz: number, seconds: number): Generator<Float32Array> {
  const block = new Float32Array(rateHz)
  let state = 1
  let low = 0
  for (let second = 0; second < seconds; second += 1) {
    for (let n = 0; n < rateHz; n += 1) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      const white = state / 2 ** 31 - 1
      low = 0.97 * low + 0.03 * white
      const timeS = (second % 3) + n / rateHz
      const call = timeS < 0.4 ? 0.2 * Math.sin(2 * Math.PI * (2000 + 3000 * timeS) * timeS) : 0
      block[n] = 0.02 * white + 0.3 * low + call
    }
    yield block
  }
}

/** The same as a 16-bit WAV file. */
export function writeNight(path: string, rateHz: number, seconds: number): void {
  const writer = openWavWriter(path, { sampleRateHz: rateHz })
  for (const block of nightSound(rateHz, seconds)) writer.write(block)
  writer.finish()
}
