import { randomInt } from 'node:crypto'

/** Keeps `size` of what it is given, each as likely as any other, in flat memory. Source: Vitter 1985, algorithm R. */
export function createDraw<T>(size: number): { add(item: T): void; readonly drawn: T[]; readonly seen: number } {
  const drawn: T[] = []
  let seen = 0
  return {
    add(item) {
      seen += 1
      if (drawn.length < size) drawn.push(item)
      else {
        const place = randomInt(seen)
        if (place < size) drawn[place] = item
      }
    },
    drawn,
    get seen() {
      return seen
    },
  }
}
