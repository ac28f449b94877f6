import type { ChannelChoice } from './audio-reader.js'

/**
 * Mix `count` frames from `at` down to mono: the mean of the channels, or one of them.
 * channelData: one array a channel; target: [count] or longer.
 */
export function mixPlanar(
  channelData: Float32Array[],
  at: number,
  count: number,
  channel: ChannelChoice,
  target: Float32Array,
): void {
  const only = channel === 'mix' ? (channelData.length === 1 ? channelData[0] : undefined) : channelData[channel]
  if (only !== undefined) {
    target.set(only.subarray(at, at + count))
    return
  }
  const scale = 1 / channelData.length
  for (let index = 0; index < count; index += 1) {
    let sum = 0
    for (const data of channelData) sum += data[at + index]!
    target[index] = sum * scale
  }
}
