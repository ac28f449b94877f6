// The exports of the kernel. Memory is laid out by the caller; all addresses are multiples of 16.
export { fromInt16, toInt16 } from './convert'
export { gather, carryOver, spread } from './lanes'
export { maskBackward, track, useSigmoid } from './levels'
export { classify, openLoud, smooth } from './mask'
export { resample } from './resample'
export { addLevels } from './statistics'
export { forward, inverse, useTables } from './transform'
