/** The header of an MPEG audio frame (ISO/IEC 11172-3, 2.4.1.3; ISO/IEC 13818-3 for the lower rates). */
export interface MpegFrameHeader {
  layer: 1 | 2 | 3
  sampleRateHz: number
  channels: 1 | 2
  /** Samples per channel in the frame. */
  blockFrames: number
  frameBytes: number
  /** Bytes of layer III's side information, behind which Xing's header stands. */
  sideInfoBytes: number
}

/** kbit/s by [MPEG 1, layers I to III; MPEG 2 and 2.5, layers I and then II, III]. */
const bitrates = [
  [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const

/** Parse the four bytes at `at`; null where no header stands. Free format (no bitrate) is none. */
export function parseMpegFrameHeader(bytes: Uint8Array, at: number): MpegFrameHeader | null {
  if (at + 4 > bytes.length || bytes[at] !== 0xff || (bytes[at + 1]! & 0xe0) !== 0xe0) return null
  const version = (bytes[at + 1]! >> 3) & 3
  const layerBits = (bytes[at + 1]! >> 1) & 3
  const bitrateIndex = bytes[at + 2]! >> 4
  const rateIndex = (bytes[at + 2]! >> 2) & 3
  if (version === 1 || layerBits === 0 || bitrateIndex === 0 || bitrateIndex === 15 || rateIndex === 3) return null
  const layer = (4 - layerBits) as 1 | 2 | 3
  const isMpeg1 = version === 3
  const row = isMpeg1 ? layer - 1 : layer === 1 ? 3 : 4
  const bitrate = bitrates[row]![bitrateIndex - 1]! * 1000
  const sampleRateHz = [44100, 48000, 32000][rateIndex]! / (isMpeg1 ? 1 : version === 2 ? 2 : 4)
  const padding = (bytes[at + 2]! >> 1) & 1
  const channels = bytes[at + 3]! >> 6 === 3 ? 1 : 2
  const blockFrames = layer === 1 ? 384 : layer === 2 || isMpeg1 ? 1152 : 576
  const frameBytes =
    layer === 1
      ? (Math.floor((12 * bitrate) / sampleRateHz) + padding) * 4
      : Math.floor(((blockFrames / 8) * bitrate) / sampleRateHz) + padding
  const sideInfoBytes = isMpeg1 ? (channels === 1 ? 17 : 32) : channels === 1 ? 9 : 17
  return { layer, sampleRateHz, channels, blockFrames, frameBytes, sideInfoBytes }
}

/** Whether two frames can belong to one stream. */
export function sameMpegStream(a: MpegFrameHeader, b: MpegFrameHeader): boolean {
  return (
    a.layer === b.layer &&
    a.sampleRateHz === b.sampleRateHz &&
    a.blockFrames === b.blockFrames &&
    a.channels === b.channels
  )
}
