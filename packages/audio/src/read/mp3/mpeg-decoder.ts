import { MPEGDecoder } from 'mpg123-decoder'

export interface FrameDecoder extends Disposable {
  /** One frame to one array a channel (two always; alike for mono); empty where it cannot be decoded. */
  decode(frame: Uint8Array): Float32Array[]
}

const needMore = -10
const newFormat = -11

interface Mpg123Exports {
  mpeg_decoder_read?: (...pointers: number[]) => number
}

/**
 * mpg123 as WebAssembly. On data that it cannot decode the package's loop would call it again for ever and print each
 * time: errors are turned into "need more", so that it goes on with what comes next.
 */
export async function createMpegDecoder(): Promise<FrameDecoder> {
  const decoder = new MPEGDecoder({ enableGapless: false })
  await decoder.ready
  const { wasm } = (decoder as unknown as { _common: { wasm: Mpg123Exports } })._common
  const read = wasm.mpeg_decoder_read
  if (read === undefined) throw new TypeError('mpg123-decoder is another version than the one pinned')
  wasm.mpeg_decoder_read = (...pointers) => {
    const status = read(...pointers)
    return status === 0 || status === newFormat ? status : needMore
  }
  return {
    // Frame by frame: given more at a time, version 1.0.3 loses samples.
    decode: (frame) => decoder.decode(frame).channelData,
    [Symbol.dispose]: () => decoder.free(),
  }
}
