import type { Storage } from '@coro/shared/storage/store'
import { preparedKey } from '@coro/shared/storage/prepared-keys'
import { CoroError } from '@coro/shared/errors'

/**
 * Read windows [first, first + count) of a prepared file: int16 [count * windowSamples]. Prepared files lie whole
 * windows end to end behind their header. Throws STORAGE_GONE, PREPARED_SHORT where the file ends before.
 */
export async function readPreparedWindows(
  store: Storage,
  {
    prefix,
    offsetBytes,
    variant,
    first,
    count,
    windowSamples,
  }: {
    prefix: string
    /** Where the file's samples begin. */
    offsetBytes: number
    variant: 'raw' | 'denoised'
    first: number
    count: number
    windowSamples: number
  },
): Promise<Int16Array> {
  const key = preparedKey(prefix, variant)
  const length = count * windowSamples * 2
  const bytes = await store.readRange(key, offsetBytes + first * windowSamples * 2, length)
  if (bytes.length < length) {
    throw new CoroError('PREPARED_SHORT', `${store.url}/${key} holds ${bytes.length} of ${length} bytes`, {
      disposition: 'retry',
    })
  }
  if (bytes.byteOffset === 0 && bytes.buffer.byteLength === length) return new Int16Array(bytes.buffer)
  // A copy of its own: a Buffer may begin anywhere in a shared block, and threads take it away.
  const samples = new Int16Array(count * windowSamples)
  Buffer.from(samples.buffer).set(bytes)
  return samples
}
