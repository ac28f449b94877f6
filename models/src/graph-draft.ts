import type { Attribute, Constant, Node } from './onnx-encoding.js'

/** Name of a tensor in the graph being drawn. */
export type Tensor = string

/** A graph being drawn: nodes in the order they were added, which is an order in which they can run. */
export interface GraphDraft {
  readonly nodes: Node[]
  readonly constants: Constant[]
}

export function startGraph(): GraphDraft {
  return { nodes: [], constants: [] }
}

/** Add one node with one output and give the output's name (the operator and a running number, or `output`). */
export function add(
  draft: GraphDraft,
  operator: string,
  inputs: readonly Tensor[],
  attributes: Readonly<Record<string, Attribute>> = {},
  output: Tensor = `${operator.toLowerCase()}_${draft.nodes.length}`,
): Tensor {
  draft.nodes.push({ operator, inputs, outputs: [output], attributes })
  return output
}

/** Add a float32 constant; values are rounded to float32. A scalar has the shape []. */
export function floats(draft: GraphDraft, values: ArrayLike<number>, shape: readonly number[]): Tensor {
  const name = `constant_${draft.constants.length}`
  draft.constants.push({ name, shape, values: Float32Array.from(values) })
  return name
}

/** Add a float32 scalar. */
export function scalar(draft: GraphDraft, value: number): Tensor {
  return floats(draft, [value], [])
}

/** Add an int64 list, as shapes, axes and indices want it. */
export function integers(draft: GraphDraft, values: readonly number[]): Tensor {
  const name = `constant_${draft.constants.length}`
  draft.constants.push({ name, shape: [values.length], values: BigInt64Array.from(values, BigInt) })
  return name
}

/** Elements `start` to `end` (exclusive) of one axis. */
export function slice(draft: GraphDraft, tensor: Tensor, axis: number, start: number, end: number): Tensor {
  return add(draft, 'Slice', [tensor, integers(draft, [start]), integers(draft, [end]), integers(draft, [axis])])
}

/** The axis in reverse order. As a Gather it copies whole rows when the axis is not the last. */
export function reverse(draft: GraphDraft, tensor: Tensor, axis: number, length: number): Tensor {
  const indices = integers(
    draft,
    Array.from({ length }, (_, index) => length - 1 - index),
  )
  return add(draft, 'Gather', [tensor, indices], { axis })
}
