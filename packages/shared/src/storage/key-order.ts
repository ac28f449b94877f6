/** Order of two keys as object stores list them: by their UTF-8 bytes, which is the order of their code points. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x !== y) return codeUnitRank(x) - codeUnitRank(y)
  }
  return a.length - b.length
}

/** Surrogates stand for code points beyond all of U+E000 to U+FFFF, and have lower numbers. */
const codeUnitRank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)

/** Keys from `from` on (inclusive) up to `to` (exclusive), in that order. */
export interface KeyRange {
  from: string
  to: string
}

/** Behind every key. */
const last = '\u{10ffff}'

/** The least key that can come after a key: no key of a database or folder holds a zero byte. */
export const keyAfter = (key: string): string => `${key}\u0001`

/** All keys that begin with a prefix. */
export function rangeOfPrefix(prefix: string): KeyRange {
  const points = Array.from(prefix, (character) => character.codePointAt(0) as number)
  while (points.length > 0) {
    const point = points.pop() as number
    if (point >= 0x10ffff) continue
    const next = point + 1 === 0xd800 ? 0xe000 : point + 1
    return { from: prefix, to: String.fromCodePoint(...points, next) }
  }
  return { from: prefix, to: last }
}

/** What is left of a range without those of some prefixes. */
export function rangesBetween({ from, to }: KeyRange, prefixes: string[]): KeyRange[] {
  const gaps: KeyRange[] = []
  let begin = from
  for (const taken of prefixes.map(rangeOfPrefix).sort((a, b) => compareKeys(a.from, b.from))) {
    if (compareKeys(taken.from, to) >= 0) break
    if (compareKeys(begin, taken.from) < 0) gaps.push({ from: begin, to: taken.from })
    if (compareKeys(begin, taken.to) < 0) begin = taken.to
  }
  if (compareKeys(begin, to) < 0) gaps.push({ from: begin, to })
  return gaps
}
