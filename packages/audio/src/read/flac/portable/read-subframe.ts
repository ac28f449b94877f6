import { type BitReader, BrokenFrame, readBits, readSigned, readUnary } from './bit-reader.js'

/** Coefficients of the fixed predictors of order 0..4 (RFC 9639, section 9.2.5). */
const fixedCoefficients = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]] as const

/**
 * Read one channel of a frame into `samples` ([0..count]; RFC 9639, section 9.2). bits: 1..33. All numbers are whole and
 * far below 2^53, sums of products too (32 x 2^14 x 2^32), so that float64 holds them exactly. Throws BrokenFrame.
 */
export function readSubframe(reader: BitReader, samples: Float64Array, count: number, bits: number): void {
  if (readBits(reader, 1) !== 0) throw new BrokenFrame()
  const kind = readBits(reader, 6)
  const wasted = readBits(reader, 1) === 0 ? 0 : readUnary(reader) + 1
  const kept = bits - wasted
  if (kept <= 0) throw new BrokenFrame()
  const readPlain = (until: number): void => {
    if (until > count) throw new BrokenFrame()
    for (let n = 0; n < until; n += 1) samples[n] = readSigned(reader, kept)
  }
  if (kind === 0) samples.fill(readSigned(reader, kept), 0, count)
  else if (kind === 1) readPlain(count)
  else if (kind >= 8 && kind <= 12) {
    readPlain(kind - 8)
    readResidual(reader, samples, count, kind - 8)
    predict(samples, count, fixedCoefficients[kind - 8]!, 0)
  } else if (kind >= 32) {
    const order = kind - 31
    readPlain(order)
    const precision = readBits(reader, 4) + 1
    const shift = readSigned(reader, 5)
    if (precision === 16 || shift < 0) throw new BrokenFrame()
    const coefficients = Array.from({ length: order }, () => readSigned(reader, precision))
    readResidual(reader, samples, count, order)
    predict(samples, count, coefficients, shift)
  } else throw new BrokenFrame()
  if (wasted > 0) for (let n = 0; n < count; n += 1) samples[n] = samples[n]! * 2 ** wasted
}

/** In place: samples behind the first are their residual before, and samples after. */
function predict(samples: Float64Array, count: number, coefficients: readonly number[], shift: number): void {
  const order = coefficients.length
  const scale = 2 ** -shift
  for (let n = order; n < count; n += 1) {
    let sum = 0
    for (let j = 0; j < order; j += 1) sum += coefficients[j]! * samples[n - 1 - j]!
    const sample = samples[n]! + Math.floor(sum * scale)
    if (Math.abs(sample) > 2 ** 33) throw new BrokenFrame()
    samples[n] = sample
  }
}

/** The coded residual of the samples behind the first `order` (RFC 9639, section 9.2.7). */
function readResidual(reader: BitReader, samples: Float64Array, count: number, order: number): void {
  const method = readBits(reader, 2)
  const partitions = 2 ** readBits(reader, 4)
  const each = count / partitions
  if (method > 1 || !Number.isInteger(each) || each < order) throw new BrokenFrame()
  const parameterBits = 4 + method
  for (let partition = 0; partition < partitions; partition += 1) {
    const parameter = readBits(reader, parameterBits)
    const escaped = parameter === 2 ** parameterBits - 1
    const width = escaped ? readBits(reader, 5) : 0
    for (let n = partition === 0 ? order : partition * each; n < (partition + 1) * each; n += 1) {
      samples[n] = escaped ? readSigned(reader, width) : readRice(reader, parameter)
    }
  }
}

/** 0, 1, 2, 3, 4 stand for 0, -1, 1, -2, 2. */
function readRice(reader: BitReader, parameter: number): number {
  const high = readUnary(reader)
  const code = high * 2 ** parameter + readBits(reader, parameter)
  return code % 2 === 0 ? code / 2 : -(code + 1) / 2
}
