import type { DecodedArray, SchemaTree } from 'hyparquet'
import { getMaxDefinitionLevel } from 'hyparquet/src/schema.js'
import type { ColumnPage } from './column-pages.js'

/** What a row has in a flat column: null where it is missing. */
export async function* scalarRows(
  pages: AsyncIterable<ColumnPage>,
  schemaPath: SchemaTree[],
): AsyncGenerator<unknown[]> {
  const most = getMaxDefinitionLevel(schemaPath)
  for await (const { values, definitionLevels } of pages) {
    if (definitionLevels.length === 0) {
      yield Array.from(values as ArrayLike<unknown>)
      continue
    }
    let next = 0
    yield definitionLevels.map((level) => (level === most ? (values[next++] as unknown) : null))
  }
}

/**
 * What a row has in a column of lists of numbers: null where the list is missing, NaN for a number that is. Pages of
 * the first version may end in the middle of a row.
 */
export async function* listRows(
  pages: AsyncIterable<ColumnPage>,
  schemaPath: SchemaTree[],
): AsyncGenerator<(Float32Array | null)[]> {
  const most = getMaxDefinitionLevel(schemaPath)
  // A number that is missing in its list has the level of the repeated group, or of a list that allows none less.
  const ofEntry = schemaPath.findLastIndex(({ element }) => element.repetition_type === 'REPEATED')
  const entryLevel = getMaxDefinitionLevel(schemaPath.slice(0, ofEntry + 1))
  let begun: OpenRow | null = null
  for await (const { values, definitionLevels, repetitionLevels } of pages) {
    const done: (Float32Array | null)[] = []
    const entries = Math.max(definitionLevels.length, repetitionLevels.length, values.length)
    let next = 0
    for (let from = 0; from < entries;) {
      let to = from + 1
      while (to < entries && repetitionLevels[to] !== 0) to++
      if (repetitionLevels[from] === 0 || begun === null) {
        if (begun) done.push(finished(begun))
        begun = { parts: [], there: true }
      }
      next = take(begun, { values, next, definitionLevels, from, to, most, entryLevel })
      from = to
    }
    if (done.length > 0) yield done
  }
  if (begun) yield [finished(begun)]
}

interface OpenRow {
  parts: Float32Array[]
  there: boolean
}

interface Run {
  values: DecodedArray
  next: number
  definitionLevels: number[]
  from: number
  to: number
  most: number
  entryLevel: number
}

/** Add entries [from, to) of a page to a row; resolves to the next value's place. */
function take(row: OpenRow, { values, next, definitionLevels, from, to, most, entryLevel }: Run): number {
  if (definitionLevels.length === 0) {
    row.parts.push(numbers(values, next, next + to - from))
    return next + to - from
  }
  const part = new Float32Array(to - from)
  let count = 0
  for (let i = from; i < to; i++) {
    const level = definitionLevels[i] ?? 0
    if (level === most) part[count++] = Number(values[next++])
    else if (level >= entryLevel) part[count++] = Number.NaN
    else row.there = entryLevel - level === 1
  }
  row.parts.push(part.subarray(0, count))
  return next
}

const numbers = (values: DecodedArray, from: number, to: number): Float32Array =>
  values instanceof Float32Array
    ? values.slice(from, to)
    : Float32Array.from({ length: to - from }, (_, i) => Number(values[from + i]))

function finished({ parts, there }: OpenRow): Float32Array | null {
  if (!there) return null
  if (parts.length === 1) return parts[0] ?? null
  const row = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    row.set(part, at)
    at += part.length
  }
  return row
}
