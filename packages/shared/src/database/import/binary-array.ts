/**
 * A one-dimensional array as a binary parameter: dimensions, whether there are nulls, the element's type, length and
 * lower bound, then each element with its length, all big-endian. Source: PostgreSQL 17 array_recv
 * (src/backend/utils/adt/arrayfuncs.c).
 */
export function binaryArray(elements: Buffer[], elementOid: number): Buffer {
  const head = Buffer.alloc(20)
  head.writeInt32BE(1, 0)
  head.writeUInt32BE(elementOid, 8)
  head.writeInt32BE(elements.length, 12)
  head.writeInt32BE(1, 16)
  return Buffer.concat([
    head,
    ...elements.flatMap((element) => {
      const length = Buffer.alloc(4)
      length.writeInt32BE(element.length)
      return [length, element]
    }),
  ])
}
