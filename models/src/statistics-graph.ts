import { cosOfTurn, sinOfTurn } from './exact-math.js'
import { add, floats, scalar, slice, type GraphDraft, type Tensor, integers } from './graph-draft.js'
import {
  autocorrelationFloor,
  autocorrelationLags,
  bandCount,
  blocks,
  dimension,
  frameCount,
  logFloor,
  modulationEdges,
  modulationFloor,
} from './spec.js'

const timeAxis = 2

const timeMean = (draft: GraphDraft, tensor: Tensor): Tensor =>
  add(draft, 'ReduceMean', [tensor], { axes: [timeAxis], keepdims: 1 })

/**
 * Subtract the mean over the bands. column: [batch, bandCount, 1]; same shape out. The mean is a product with a row of
 * 1/64, because ONNX Runtime's ReduceMean sums this shape in another order for a batch of one, and a window's embedding
 * must not depend on its company.
 */
function centredOverBands(draft: GraphDraft, column: Tensor): Tensor {
  const weights = floats(
    draft,
    Array.from({ length: bandCount }, () => 1 / bandCount),
    [1, bandCount],
  )
  return add(draft, 'Sub', [column, add(draft, 'MatMul', [weights, column])])
}

const floorLog = (draft: GraphDraft, power: Tensor): Tensor =>
  add(draft, 'Log', [add(draft, 'Add', [power, scalar(draft, logFloor)])])

/** Mean absolute change of the level over `lag` frames. level: [batch, bandCount, frameCount]; out: [batch, bandCount, 1]. */
function meanChange(draft: GraphDraft, level: Tensor, lag: number): Tensor {
  const later = slice(draft, level, timeAxis, lag, frameCount)
  const earlier = slice(draft, level, timeAxis, 0, frameCount - lag)
  return timeMean(draft, add(draft, 'Abs', [add(draft, 'Sub', [later, earlier])]))
}

/**
 * Strength of each modulation band relative to the band's spread. deviation: [batch, bandCount, frameCount]; spread:
 * [batch, bandCount, 1]; out: [batch, bandCount, 7]. One product gives the cosine and sine parts of the bins below 40 Hz,
 * one more sums their squares.
 */
function relativeModulation(draft: GraphDraft, deviation: Tensor, spread: Tensor): Tensor {
  const binCount = (modulationEdges.at(-1) ?? 0) - 1
  const fourier = new Float64Array(frameCount * 2 * binCount)
  const bands = modulationEdges.length - 1
  const sums = new Float64Array(2 * binCount * bands)
  for (let bin = 1; bin <= binCount; bin += 1) {
    const column = 2 * (bin - 1)
    for (let frame = 0; frame < frameCount; frame += 1) {
      fourier[frame * 2 * binCount + column] = cosOfTurn(bin * frame, frameCount) / frameCount
      fourier[frame * 2 * binCount + column + 1] = sinOfTurn(bin * frame, frameCount) / frameCount
    }
    const band = modulationEdges.findLastIndex((edge) => edge <= bin)
    sums[column * bands + band] = 1
    sums[(column + 1) * bands + band] = 1
  }
  const spectrum = add(draft, 'MatMul', [deviation, floats(draft, fourier, [frameCount, 2 * binCount])])
  const power = add(draft, 'Mul', [spectrum, spectrum])
  const strength = add(draft, 'Sqrt', [add(draft, 'MatMul', [power, floats(draft, sums, [2 * binCount, bands])])])
  return add(draft, 'Div', [strength, add(draft, 'Add', [spread, scalar(draft, modulationFloor)])])
}

/**
 * Autocorrelation of each band's level at the lags. deviation: [batch, bandCount, frameCount]; variance:
 * [batch, bandCount, 1]; out: [batch, bandCount, 7]. The sum runs over the pairs that exist, the divisor is always
 * frameCount.
 */
function autocorrelation(draft: GraphDraft, deviation: Tensor, variance: Tensor): Tensor {
  const axes = integers(draft, [timeAxis])
  const columns = autocorrelationLags.map((lag) => {
    const earlier = slice(draft, deviation, timeAxis, 0, frameCount - lag)
    const later = slice(draft, deviation, timeAxis, lag, frameCount)
    return add(draft, 'ReduceSum', [add(draft, 'Mul', [earlier, later]), axes], { keepdims: 1 })
  })
  const sums = add(draft, 'Concat', columns, { axis: timeAxis })
  const means = add(draft, 'Div', [sums, scalar(draft, frameCount)])
  return add(draft, 'Div', [means, add(draft, 'Add', [variance, scalar(draft, autocorrelationFloor)])])
}

/** The constant `pick(block)` for each of the `dimension` values, in the embedding's order. */
function perValue(pick: (block: (typeof blocks)[number]) => number): number[] {
  return blocks.flatMap((block) => Array.from({ length: bandCount * block.perBand }, () => pick(block)))
}

/** The statistics in the order of `blocks`, each scaled. power: [batch, bandCount, frameCount]; out: [batch, dimension]. */
export function scaledStatistics(draft: GraphDraft, power: Tensor): Tensor {
  const level = floorLog(draft, power)
  const mean = timeMean(draft, level)
  const deviation = add(draft, 'Sub', [level, mean])
  const variance = timeMean(draft, add(draft, 'Mul', [deviation, deviation]))
  const spread = add(draft, 'Sqrt', [variance])
  const peak = add(draft, 'ReduceMax', [power], { axes: [timeAxis], keepdims: 1 })
  const statistics: Record<string, Tensor> = {
    meanc: centredOverBands(draft, mean),
    lmec: centredOverBands(draft, floorLog(draft, timeMean(draft, power))),
    peakc: centredOverBands(draft, floorLog(draft, peak)),
    std: spread,
    dl: meanChange(draft, level, 1),
    dl4: meanChange(draft, level, 4),
    modrel: relativeModulation(draft, deviation, spread),
    ac: autocorrelation(draft, deviation, variance),
  }
  const rows = blocks.map((block) => {
    const statistic = statistics[block.name]
    if (statistic === undefined) throw new Error(`no statistic is drawn for block ${block.name}`)
    return add(draft, 'Reshape', [statistic, integers(draft, [-1, bandCount * block.perBand])])
  })
  const values = add(draft, 'Concat', rows, { axis: 1 })
  const centred = add(draft, 'Sub', [
    values,
    floats(
      draft,
      perValue((block) => block.mean),
      [dimension],
    ),
  ])
  const scales = perValue((block) => 1 / (block.deviation * Math.sqrt(bandCount * block.perBand)))
  return add(draft, 'Mul', [centred, floats(draft, scales, [dimension])])
}
