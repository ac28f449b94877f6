import { cosOfTurn, sinOfTurn } from './exact-math.js'
import { add, floats, integers, reverse, scalar, slice, type GraphDraft, type Tensor } from './graph-draft.js'
import { melFilterbank } from './mel-filterbank.js'
import { bandCount, frameCount, frameSamples, hopSamples, padSamples, targetPeak, windowSamples } from './spec.js'

const half = frameSamples / 2
const quarter = frameSamples / 4
/** Bins of one parity that carry weight: 2, 4, ... 238 and 3, 5, ... 239 (bin 240 is the last edge, 15 kHz). */
const binsPerParity = 119
const firstBin = { even: 2, odd: 3 }

/**
 * The four parts into which the folded frame falls. With the phase counted from a frame's middle (which leaves the power
 * as it is) the cosine sees only what is even about the middle and the sine only what is odd; and each falls again into
 * what is even or odd about a quarter, which even and odd bins see. So four products of a quarter of the frame's length
 * and a quarter of the bins do the work of one: a fourth of the multiplications.
 */
const parts = [
  { turn: cosOfTurn, first: firstBin.even },
  { turn: cosOfTurn, first: firstBin.odd },
  { turn: sinOfTurn, first: firstBin.even },
  { turn: sinOfTurn, first: firstBin.odd },
] as const

/**
 * Subtract the mean and scale the peak to `targetPeak`. waveform: [batch, windowSamples]; same shape out. Where the peak is
 * zero all samples are zero, and the smallest normal float32 as divisor keeps them so.
 */
export function normalisedWaveform(draft: GraphDraft, waveform: Tensor): Tensor {
  const mean = add(draft, 'ReduceMean', [waveform], { axes: [1], keepdims: 1 })
  const centred = add(draft, 'Sub', [waveform, mean])
  const peak = add(draft, 'ReduceMax', [add(draft, 'Abs', [centred])], { axes: [1], keepdims: 1 })
  const divisor = add(draft, 'Max', [peak, scalar(draft, 2 ** -126)])
  return add(draft, 'Mul', [add(draft, 'Div', [centred, divisor]), scalar(draft, targetPeak)])
}

/** Symmetric Hann window divided by its sum, [frameSamples]. */
function hannWindow(): Float64Array {
  const window = Float64Array.from(
    { length: frameSamples },
    (_, sample) => 0.5 - 0.5 * cosOfTurn(sample, frameSamples - 1),
  )
  const sum = window.reduce((total, value) => total + value, 0)
  return window.map((value) => value / sum)
}

/**
 * Overlapping frames without a gather: the padded window as rows of one hop, turned over, beside itself one hop later.
 * waveform: [batch, windowSamples]; out: [batch, frameSamples, frameCount], windowed.
 */
function windowedFrames(draft: GraphDraft, waveform: Tensor): Tensor {
  const rowCount = frameCount + 1
  const padEnd = rowCount * hopSamples - windowSamples - padSamples
  const padded = add(draft, 'Pad', [waveform, integers(draft, [0, padSamples, 0, padEnd])])
  const rows = add(draft, 'Reshape', [padded, integers(draft, [-1, rowCount, hopSamples])])
  const columns = add(draft, 'Transpose', [rows], { perm: [0, 2, 1] })
  const head = slice(draft, columns, 2, 0, frameCount)
  const overlap = slice(draft, columns, 1, 0, frameSamples - hopSamples)
  const tail = slice(draft, overlap, 2, 1, rowCount)
  const frames = add(draft, 'Concat', [head, tail], { axis: 1 })
  return add(draft, 'Mul', [frames, floats(draft, hannWindow(), [frameSamples, 1])])
}

/** Fold twice as `parts` says. frames: [batch, frameSamples, frameCount]; out: [batch, 4, quarter, frameCount]. */
function foldedFrames(draft: GraphDraft, frames: Tensor): Tensor {
  const fold = (tensor: Tensor, length: number): { even: Tensor; odd: Tensor } => {
    const front = slice(draft, tensor, 1, 0, length)
    const back = reverse(draft, slice(draft, tensor, 1, length, 2 * length), 1, length)
    return { even: add(draft, 'Add', [front, back]), odd: add(draft, 'Sub', [front, back]) }
  }
  const middle = fold(frames, half)
  const cosine = fold(middle.even, quarter)
  const sine = fold(middle.odd, quarter)
  const folded = add(draft, 'Concat', [cosine.even, cosine.odd, sine.odd, sine.even], { axis: 1 })
  return add(draft, 'Reshape', [folded, integers(draft, [-1, parts.length, quarter, frameCount])])
}

/** Fourier weights of the folded frames: [parts, binsPerParity, quarter]. */
function fourierWeights(): Float64Array {
  const weights = new Float64Array(parts.length * binsPerParity * quarter)
  parts.forEach((part, index) => {
    for (let row = 0; row < binsPerParity; row += 1) {
      const bin = part.first + 2 * row
      for (let sample = 0; sample < quarter; sample += 1) {
        // Angle 2 pi bin (sample + 1/2) / frameSamples, the frame's middle being the origin.
        const angle = bin * (2 * sample + 1)
        weights[(index * binsPerParity + row) * quarter + sample] = part.turn(angle, 2 * frameSamples)
      }
    }
  })
  return weights
}

/** Mel weights over the even, then the odd bins, [bandCount, 2 * binsPerParity]. */
function melWeights(): Float64Array {
  const filterbank = melFilterbank()
  const bins = [firstBin.even, firstBin.odd].flatMap((first) =>
    Array.from({ length: binsPerParity }, (_, row) => first + 2 * row),
  )
  return Float64Array.from({ length: bandCount * bins.length }, (_, index) => {
    const bin = bins[index % bins.length] ?? 0
    return filterbank[Math.floor(index / bins.length) * (half + 1) + bin] ?? 0
  })
}

/** Mel power of every band and frame. waveform: [batch, windowSamples], normalised; out: [batch, bandCount, frameCount]. */
export function melPower(draft: GraphDraft, waveform: Tensor): Tensor {
  const folded = foldedFrames(draft, windowedFrames(draft, waveform))
  const weights = floats(draft, fourierWeights(), [parts.length, binsPerParity, quarter])
  const spectrum = add(draft, 'MatMul', [weights, folded])
  const binCount = 2 * binsPerParity
  const squares = add(draft, 'Mul', [spectrum, spectrum])
  const rows = add(draft, 'Reshape', [squares, integers(draft, [-1, 2 * binCount, frameCount])])
  const real = slice(draft, rows, 1, 0, binCount)
  const imaginary = slice(draft, rows, 1, binCount, 2 * binCount)
  const power = add(draft, 'Add', [real, imaginary])
  return add(draft, 'MatMul', [floats(draft, melWeights(), [bandCount, binCount]), power])
}
