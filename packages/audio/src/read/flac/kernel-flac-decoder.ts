import { readFileSync } from 'node:fs'
import { blockCapacity, type FlacDecoder } from './flac-decoder.js'

/** What is used of WebAssembly; its types come only with those of browsers. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Module: new (bytes: Uint8Array) => object
    Instance: new (module: object, imports: object) => { readonly exports: unknown }
  }
}

/** Exports of packages/audio/kernel/assembly/flac, where each is described. Addresses are bytes in `memory`. */
interface FlacExports {
  memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  decodeFrame(
    from: number,
    end: number,
    headerBytes: number,
    count: number,
    assignment: number,
    bits: number,
    to: number,
    distance: number,
    wide: number,
  ): number
  mix(from: number, distance: number, channels: number, to: number, count: number, scale: number, exact: boolean): void
}

const pageBytes = 65_536
/** Bits are read in groups, so that reads pass the input's end by less than this. */
const behindInput = 128
const channelBytes = blockCapacity * 4

let compiled: object | undefined

/** The decoder in WebAssembly (dist/flac.wasm, of the build; compiled once in each thread), with memory of its own. */
export function kernelFlacDecoder(inputBytes: number): FlacDecoder {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('../../../dist/flac.wasm', import.meta.url)))
  const run = new WebAssembly.Instance(compiled, {}).exports as FlacExports
  const { memory } = run
  /** New memory, zeroed. What is replaced by it is lost, so that room grows in large steps only. */
  const reserve = (bytes: number): number => pageBytes * memory.grow(Math.ceil(bytes / pageBytes))

  // `mix` writes whole vectors: up to three samples more.
  const block = reserve(channelBytes + 12)
  let input = reserve(inputBytes + behindInput)
  let inputLength = inputBytes
  let channelsAt = 0
  let channelRoom = 0
  let wide = 0
  let last = { channels: 0, count: 0, bits: 0 }
  const view = (): Uint8Array => new Uint8Array(memory.buffer, input, inputLength)
  let inputView = view()

  return {
    get input() {
      if (inputView.buffer !== memory.buffer) inputView = view()
      return inputView
    },
    get block() {
      return new Float32Array(memory.buffer, block, blockCapacity)
    },
    growInput(bytes) {
      if (bytes <= inputLength) return
      const held = input
      input = reserve(bytes + behindInput)
      new Uint8Array(memory.buffer).copyWithin(input, held, held + inputLength)
      inputLength = bytes
      inputView = view()
    },
    decode(start, end, header, bits) {
      const { channels, assignment, headerBytes, blockFrames: count } = header
      if (channels > channelRoom) {
        channelsAt = reserve(channels * channelBytes)
        channelRoom = channels
      }
      if (wide === 0 && bits === 32 && assignment > 7) wide = reserve(2 * channelBytes)
      last = { channels, count, bits }
      const from = input + start
      return run.decodeFrame(from, input + end, headerBytes, count, assignment, bits, channelsAt, channelBytes, wide)
    },
    mix(channel, offset) {
      const { channels, count, bits } = last
      const mixed = channel === 'mix' ? channels : 1
      const from = channelsAt + (channel === 'mix' ? 0 : channel) * channelBytes
      const scale = 1 / (2 ** (bits - 1) * mixed)
      const exact = Math.log2(mixed) % 1 === 0 && bits + Math.log2(mixed) <= 32
      run.mix(from, channelBytes, mixed, block + offset * 4, count, scale, exact)
    },
  }
}
