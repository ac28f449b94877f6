import { describe, expect, it } from 'vitest'
import { flacFrame, type FramePlan, type SubframePlan } from '../../fixtures/flac-frame-writer.js'
import { noise } from '../../fixtures/signals.js'
import type { FlacDecoder } from './flac-decoder.js'
import { parseFrameHeader } from './flac-frame-header.js'
import { kernelFlacDecoder } from './kernel-flac-decoder.js'
import { portableFlacDecoder } from './portable/portable-flac-decoder.js'

/** A wave with noise on it, of so many bits, that touches both ends. */
function wave(count: number, bits: number, seed = 1): number[] {
  const full = 2 ** (bits - 1)
  const values = Array.from(noise(count, 0.2, seed), (value, n) =>
    Math.round(full * (0.7 * Math.sin(n * 0.05 * seed) + value)),
  )
  if (count > 9) values.splice(4, 4, full - 1, -full, 0, -1)
  // -0 is no sample.
  return values.map((value) => Math.max(-full, Math.min(full - 1, value)) + 0)
}

/** Mono or chosen channel's whole numbers, exact to 24 bits, of a frame at `start` behind other bytes. */
function decode(decoder: FlacDecoder, bytes: Buffer, bits: number, channels: number): Float32Array[] | null {
  const start = 5
  decoder.growInput(start + bytes.length)
  decoder.input.set(bytes, start)
  const header = parseFrameHeader(Buffer.concat([bytes, Buffer.alloc(16)]), 0)!
  if (decoder.decode(start, start + bytes.length, header, bits) !== bytes.length) return null
  return Array.from({ length: channels }, (_, channel) => {
    decoder.mix(channel, 1)
    return decoder.block.slice(1, 1 + header.blockFrames)
  })
}

const engines = [
  ['kernel', kernelFlacDecoder],
  ['portable', portableFlacDecoder],
] as const

describe.each(engines)('FLAC frames, %s decoder', (_, open) => {
  const decoder = open(1 << 16)

  /** channels: what must come out. */
  function expectDecoded(channels: number[][], plan: Omit<FramePlan, 'subframes'> & { subframes?: number[][] }): void {
    const bytes = flacFrame({ subframes: channels, ...plan })
    const expected = channels.map((values) => Float32Array.from(values, (value) => value / 2 ** (plan.bits - 1)))
    expect(decode(decoder, bytes, plan.bits, channels.length)).toEqual(expected)
    // A frame that ends early is none, wherever it is cut.
    const cut = bytes.subarray(0, Math.floor(bytes.length * 0.7))
    expect(decode(decoder, cut, plan.bits, channels.length)).toBeNull()
    const changed = Buffer.from(bytes)
    changed[Math.floor(bytes.length * 0.8)]! ^= 0x10
    expect(decode(decoder, changed, plan.bits, channels.length)).toBeNull()
  }

  it.each([4, 5, 8, 12, 16, 17, 20, 24, 31, 32])('reads samples of %i bits as they are', (bits) => {
    expectDecoded([wave(100, bits)], { plans: [{ kind: 'verbatim' }], bits })
    // A residual has no more than 32 bits.
    const order = bits > 30 ? 0 : 1
    expectDecoded([wave(64, bits)], { plans: [{ kind: 'fixed', order, method: 1, partitionOrder: 2 }], bits })
    expectDecoded([Array<number>(40).fill(-(2 ** (bits - 1)))], { plans: [{ kind: 'constant' }], bits })
  })

  it.each([0, 1, 2, 3, 4])('restores the fixed predictor of order %i', (order) => {
    for (const count of [order + 1, 37, 4096])
      expectDecoded([wave(count, 16)], { plans: [{ kind: 'fixed', order }], bits: 16 })
    expectDecoded([wave(500, 24)], { plans: [{ kind: 'fixed', order, method: 1 }], bits: 24 })
  })

  it.each(Array.from({ length: 32 }, (_, n) => n + 1))('restores linear prediction of order %i', (order) => {
    const few = Array.from(noise(order, 60, order), Math.round)
    const short: SubframePlan = { kind: 'linear', coefficients: few, precision: 8, shift: 6, method: 1 }
    for (const count of [order + 1, order + 6, 1000]) expectDecoded([wave(count, 16)], { plans: [short], bits: 16 })
    // Sums beyond 32 bits.
    const large = Array.from(noise(order, 16000, order), Math.round)
    const wide: SubframePlan = { kind: 'linear', coefficients: large, precision: 15, shift: 15, method: 1 }
    expectDecoded([wave(300, 24)], { plans: [wide], bits: 24 })
    expectDecoded([wave(300, 16)], { plans: [wide], bits: 16 })
  })

  it('takes the sum of coefficients that just fits 32 bits, and the one that does not', () => {
    for (const value of [-16384, 16383]) {
      for (const order of [3, 4, 8, 12]) {
        const coefficients = Array<number>(order).fill(value)
        const samples = Array<number>(200).fill(-32768)
        expectDecoded([samples], {
          plans: [{ kind: 'linear', coefficients, precision: 15, shift: 15, method: 1 }],
          bits: 16,
        })
      }
    }
  })

  it.each([0, 3, 8, 11, 12, 14, 20, 30])(
    'reads Rice codes with parameter %i, short ones and very long ones',
    (parameter) => {
      const values = wave(512, 8)
      values[100] = 127
      expectDecoded([values], { plans: [{ kind: 'fixed', order: 0, method: 1, partitions: [parameter] }], bits: 8 })
      const spike = Array<number>(64).fill(0)
      spike[33] = 2 ** Math.min(22, parameter + 11)
      expectDecoded([spike], { plans: [{ kind: 'fixed', order: 0, method: 1, partitions: [parameter] }], bits: 24 })
    },
  )

  it.each([0, 1] as const)('reads partitions of plain numbers, of no bits too (method %i)', (method) => {
    const values = [...wave(256, 10), ...Array<number>(256).fill(0), ...wave(256, 12, 2), ...wave(256, 12, 3)]
    const partitions = [{ plain: 10 }, { plain: 0 }, { plain: 31 }, 9]
    expectDecoded([values], { plans: [{ kind: 'fixed', order: 0, method, partitionOrder: 2, partitions }], bits: 16 })
  })

  it('reads a partition for each sample, at order 15', () => {
    const partitions = [{ plain: 16 }, 12]
    expectDecoded([wave(32768, 16)], {
      plans: [{ kind: 'fixed', order: 1, method: 1, partitionOrder: 15, partitions: [17, { plain: 20 }] }],
      bits: 16,
    })
    expectDecoded([wave(16384, 16)], { plans: [{ kind: 'fixed', order: 0, partitionOrder: 14, partitions }], bits: 16 })
  })

  it.each(['constant', 'verbatim', 'fixed', 'linear'] as const)('gives wasted bits back (%s)', (kind) => {
    for (const [bits, wasted] of [
      [16, 3],
      [24, 20],
      [32, 9],
      [8, 7],
    ] as const) {
      const short = kind === 'constant' ? Array<number>(50).fill(-1) : wave(50, bits - wasted)
      const plans: Record<typeof kind, SubframePlan> = {
        constant: { kind: 'constant' },
        verbatim: { kind: 'verbatim' },
        fixed: { kind: 'fixed', order: 2, method: 1 },
        linear: { kind: 'linear', coefficients: [3, -1], precision: 4, shift: 1, method: 1 },
      }
      const plan: SubframePlan = { ...plans[kind], wasted }
      expectDecoded([short.map((value) => value * 2 ** wasted)], { plans: [plan], bits })
    }
  })

  it.each([8, 16, 24, 32])('takes stereo of %i bits apart, whatever is the side', (bits) => {
    const full = 2 ** (bits - 1)
    const left = [full - 1, -full, full - 1, -full, -full, full - 1, ...wave(300, bits)]
    const right = [-full, full - 1, full - 1, -full, -full + 1, full - 2, ...wave(300, bits, 2)]
    const side = left.map((value, n) => value - right[n]!)
    const mid = left.map((value, n) => Math.floor((value + right[n]!) / 2))
    const plans: SubframePlan[] = [
      { kind: 'verbatim' },
      { kind: 'fixed', order: 0, method: 1 },
      { kind: 'fixed', order: 1, method: 1 },
      { kind: 'linear', coefficients: [7000, 900, -3000], precision: 14, shift: 13, method: 1 },
    ]
    for (const plan of plans) {
      // Residuals have 32 bits at most: where the side has 33 it is written without a prediction.
      const used: SubframePlan[] = bits === 32 ? [{ kind: 'verbatim' }] : [plan]
      expectDecoded([left, right], { plans: used, bits, assignment: 8, subframes: [left, side] })
      expectDecoded([left, right], { plans: used, bits, assignment: 9, subframes: [side, right] })
      expectDecoded([left, right], { plans: used, bits, assignment: 10, subframes: [mid, side] })
    }
  })

  it('predicts a side of 33 bits', () => {
    const left = Array.from({ length: 400 }, (_, n) => Math.round((2 ** 31 - 1) * Math.sin(n / 40)) + 0)
    const right = left.map((value) => 0 - value)
    const side = left.map((value) => 2 * value)
    const plans: SubframePlan[] = [
      { kind: 'fixed', order: 2, method: 1 },
      { kind: 'linear', coefficients: [16300, -8150], precision: 15, shift: 13, method: 1 },
    ]
    for (const plan of plans) {
      expectDecoded([left, right], { plans: [plan], bits: 32, assignment: 8, subframes: [left, side] })
      expectDecoded([left, right], { plans: [plan], bits: 32, assignment: 9, subframes: [side, right] })
      expectDecoded([left, right], {
        plans: [{ kind: 'verbatim' }, plan],
        bits: 32,
        assignment: 10,
        subframes: [left.map(() => 0), side],
      })
    }
  })

  it.each([1, 2, 15, 16, 17, 4095, 65535])('reads blocks of %i samples', (count) => {
    expectDecoded([wave(count, 16)], { plans: [{ kind: 'fixed', order: Math.min(2, count) }], bits: 16 })
  })

  it('reads eight channels, each written another way', () => {
    const channels = Array.from({ length: 8 }, (_, channel) => wave(300, 16, channel + 1))
    const plans: SubframePlan[] = [
      { kind: 'verbatim' },
      { kind: 'fixed', order: 3 },
      { kind: 'linear', coefficients: [30, -12, 1], precision: 6, shift: 4 },
    ]
    expectDecoded(channels, { plans, bits: 16 })
  })

  it('refuses what is reserved, though its checksum be right', () => {
    const values = wave(64, 16)
    const refused: SubframePlan[] = [
      { kind: 'linear', coefficients: [1], precision: 16, shift: 0, method: 1 },
      { kind: 'linear', coefficients: [1], precision: 8, shift: -1, method: 1 },
      { kind: 'fixed', order: 0, method: 2, partitions: [20] },
      { kind: 'fixed', order: 2, partitionOrder: 6, method: 1 },
    ]
    for (const plan of refused) {
      expect(decode(decoder, flacFrame({ subframes: [values], plans: [plan], bits: 16 }), 16, 1)).toBeNull()
    }
  })

  it('mixes any number of channels to their mean', () => {
    for (const count of [1, 2, 3, 4, 8]) {
      for (const bits of [16, 32]) {
        const channels = Array.from({ length: count }, (_, channel) => wave(50, bits, channel + 1))
        const bytes = flacFrame({ subframes: channels, plans: [{ kind: 'verbatim' }], bits })
        expect(decode(decoder, bytes, bits, count)).not.toBeNull()
        decoder.mix('mix', 0)
        const scale = 1 / (2 ** (bits - 1) * count)
        const mean = Float32Array.from(
          { length: 50 },
          (_, n) => channels.reduce((sum, data) => sum + data[n]!, 0) * scale,
        )
        expect(decoder.block.slice(0, 50)).toEqual(mean)
      }
    }
  })
})
