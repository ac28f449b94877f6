import { keyAfter } from '@coro/shared/storage/key-order'
import type { ObjectInfo, ReadableStorage } from '@coro/shared/storage/store'
import { takePage, type PageResult, type TakeParts } from './take-page.js'

/** Objects that are asked for at once. */
const atOnce = 16

/** A look takes so many keys; more of them are better found by a sweep. */
export const mostKeys = 1000

/**
 * Look at single keys, as events ask for it: what is there now counts, not what the event says. So events may come late,
 * several times and in any order. A key that is not there is only marked: a completed sweep decides.
 */
export async function lookAtKeys(parts: TakeParts & { storage: ReadableStorage }, keys: string[]): Promise<PageResult> {
  const left = [...new Set(keys)].filter((key) => key !== '' && !key.split('/').some((part) => part.startsWith('.')))
  const ranges = left.map((key) => ({ from: key, to: keyAfter(key) }))
  const objects: ObjectInfo[] = []
  const work = async () => {
    for (let key = left.pop(); key !== undefined; key = left.pop()) {
      const found = await parts.storage.head(key)
      if (found) objects.push(found)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return takePage(parts, { objects, ranges, sweep: null })
}
