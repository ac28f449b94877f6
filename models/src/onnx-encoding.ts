import protobuf from 'protobufjs/minimal.js'

/**
 * The part of the ONNX file format that a hand-made network needs. Field numbers: onnx/onnx.proto of ONNX 1.12
 * (opset 17, IR version 8). Fields are written in ascending order without timestamps, so equal graphs give equal bytes.
 */

export type Attribute = number | string | readonly number[]

export interface Node {
  readonly operator: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

export interface Constant {
  readonly name: string
  readonly shape: readonly number[]
  readonly values: Float32Array | BigInt64Array
}

/** A float32 tensor at the network's edge; a string stands for a size left open. */
export interface Port {
  readonly name: string
  readonly shape: readonly (number | string)[]
}

export interface Graph {
  readonly name: string
  readonly description: string
  readonly nodes: readonly Node[]
  readonly constants: readonly Constant[]
  readonly input: Port
  readonly output: Port
}

type Writer = protobuf.Writer

const irVersion = 8
const opsetVersion = 17
const elementType = { float32: 1, int64: 7 }
const attributeType = { integer: 2, string: 3, integers: 7 }

/** Tag of a length-delimited field. */
const nested = (field: number): number => (field << 3) | 2
/** Tag of a varint field. */
const varint = (field: number): number => field << 3

function writeString(writer: Writer, field: number, text: string): void {
  writer.uint32(nested(field)).string(text)
}

function writeNested(writer: Writer, field: number, write: () => void): void {
  writer.uint32(nested(field)).fork()
  write()
  writer.ldelim()
}

/** AttributeProto. Numbers are whole: no operator used here takes a float attribute. */
function writeAttribute(writer: Writer, name: string, value: Attribute): void {
  writeString(writer, 1, name)
  if (typeof value === 'number') {
    writer.uint32(varint(3)).int64(value).uint32(varint(20)).int32(attributeType.integer)
  } else if (typeof value === 'string') {
    writeString(writer, 4, value)
    writer.uint32(varint(20)).int32(attributeType.string)
  } else {
    for (const element of value) writer.uint32(varint(8)).int64(element)
    writer.uint32(varint(20)).int32(attributeType.integers)
  }
}

/** NodeProto. */
function writeNode(writer: Writer, node: Node): void {
  for (const input of node.inputs) writeString(writer, 1, input)
  for (const output of node.outputs) writeString(writer, 2, output)
  writeString(writer, 4, node.operator)
  for (const [name, value] of Object.entries(node.attributes)) {
    writeNested(writer, 5, () => writeAttribute(writer, name, value))
  }
}

/** The values as little-endian bytes, whatever the machine's own order is. */
function littleEndianBytes(values: Float32Array | BigInt64Array): Uint8Array {
  const bytes = new Uint8Array(values.byteLength)
  const view = new DataView(bytes.buffer)
  if (values instanceof Float32Array) values.forEach((value, index) => view.setFloat32(index * 4, value, true))
  else values.forEach((value, index) => view.setBigInt64(index * 8, value, true))
  return bytes
}

/** TensorProto with raw_data. */
function writeConstant(writer: Writer, constant: Constant): void {
  const type = constant.values instanceof Float32Array ? elementType.float32 : elementType.int64
  for (const size of constant.shape) writer.uint32(varint(1)).int64(size)
  writer.uint32(varint(2)).int32(type)
  writeString(writer, 8, constant.name)
  writer.uint32(nested(9)).bytes(littleEndianBytes(constant.values))
}

/** ValueInfoProto > TypeProto > Tensor > TensorShapeProto. */
function writePort(writer: Writer, port: Port): void {
  writeString(writer, 1, port.name)
  writeNested(writer, 2, () =>
    writeNested(writer, 1, () => {
      writer.uint32(varint(1)).int32(elementType.float32)
      writeNested(writer, 2, () => {
        for (const size of port.shape) {
          writeNested(writer, 1, () => {
            if (typeof size === 'number') writer.uint32(varint(1)).int64(size)
            else writeString(writer, 2, size)
          })
        }
      })
    }),
  )
}

/** GraphProto. */
function writeGraph(writer: Writer, graph: Graph): void {
  for (const node of graph.nodes) writeNested(writer, 1, () => writeNode(writer, node))
  writeString(writer, 2, graph.name)
  for (const constant of graph.constants) writeNested(writer, 5, () => writeConstant(writer, constant))
  writeString(writer, 10, graph.description)
  writeNested(writer, 11, () => writePort(writer, graph.input))
  writeNested(writer, 12, () => writePort(writer, graph.output))
}

/** Encode a graph as the bytes of an .onnx file (ModelProto). Nodes must stand in an order in which they can run. */
export function encodeModel(graph: Graph, producer: string): Uint8Array {
  const writer = protobuf.Writer.create()
  writer.uint32(varint(1)).int64(irVersion)
  writeString(writer, 2, producer)
  writeNested(writer, 7, () => writeGraph(writer, graph))
  writeNested(writer, 8, () => {
    writeString(writer, 1, '')
    writer.uint32(varint(2)).int64(opsetVersion)
  })
  return writer.finish()
}
