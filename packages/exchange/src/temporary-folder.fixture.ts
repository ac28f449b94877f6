import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of its own, removed with all that is in it. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'coro-exchange-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

/** All of a file that is made a piece at a time. */
export async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of bytes) parts.push(part)
  return Buffer.concat(parts)
}

/** `n` reproducible numbers in -1..1. Source: mulberry32, Tommy Ettinger, public domain. */
export function numbers(seed: number, n: number): Float32Array {
  let state = seed >>> 0
  return Float32Array.from({ length: n }, () => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 31 - 1
  })
}
