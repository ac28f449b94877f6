import { toLittleEndian } from '@coro/exchange/floats/little-endian'
import { RowChecker, type CheckOptions, type VectorRow } from '@coro/exchange/vectors/check-rows'
import type { VectorFile } from '@coro/exchange/vectors/open-vectors'
import { CoroError } from '@coro/shared/errors'
import type { Client } from '../system/client.js'

export interface RowsSent {
  inserted: number
  unchanged: number
  replaced: number
  kept: number
}

/** Of embeddings; base64 adds a third. */
const requestBytes = 4 * 1024 * 1024
const mostRows = 1000

/**
 * Send the good rows of a file that was checked, in its order, some hundreds a request; each goes in whole or not at all,
 * so that a second run does the rest. ids: of the recordings, null for those that are left out. Throws INPUT_CHANGED.
 */
export async function sendRows(
  file: VectorFile,
  client: Client,
  how: CheckOptions & { space: string; dimension: number; replace: boolean },
  ids: (number | null)[],
  onRows: (done: number) => void,
): Promise<RowsSent> {
  const { space, dimension, replace } = how
  const checker = new RowChecker(how)
  const perRequest = Math.max(1, Math.min(mostRows, Math.floor(requestBytes / (dimension * 4))))
  const total: RowsSent = { inserted: 0, unchanged: 0, replaced: 0, kept: 0 }
  let pending: VectorRow[] = []
  let done = 0
  const send = async () => {
    if (pending.length === 0) return
    const answer = await client.post<RowsSent>(
      '/v1/imports/embeddings',
      batchOf(space, dimension, pending, ids, replace),
    )
    for (const name of ['inserted', 'unchanged', 'replaced', 'kept'] as const) total[name] += answer[name]
    done += pending.length
    pending = []
    onRows(done)
  }
  for await (const batch of file.rows()) {
    for (const raw of batch) {
      const row = checker.check(raw)
      if (row === 'again' || 'message' in row || ids[row.recording] === null) continue
      pending.push(row)
      if (pending.length >= perRequest) await send()
    }
  }
  await send()
  return total
}

function batchOf(space: string, dimension: number, rows: VectorRow[], ids: (number | null)[], replace: boolean) {
  const windows = rows.map(({ recording, startS, endS, embedding }) => {
    const id = ids[recording]
    if (typeof id !== 'number' || embedding.length !== dimension) {
      throw new CoroError('INPUT_CHANGED', 'The file changed while it was being imported: run the import again.', {
        disposition: 'reject',
      })
    }
    return [id, startS, endS]
  })
  return {
    space,
    windows,
    embeddings: toLittleEndian(rows.map(({ embedding }) => embedding)).toString('base64'),
    replace,
  }
}

/** Windows a request. */
const windowsPerRequest = 5000

/** Make the windows before their embeddings, of one recording after the other, by time. */
export async function sendWindows(client: Client, windows: number[][], ids: (number | null)[]): Promise<void> {
  let pending: [number, number, number][] = []
  const send = async () => {
    if (pending.length > 0) await client.post('/v1/imports/windows', { windows: pending })
    pending = []
  }
  for (const [recording, id] of ids.entries()) {
    const times = windows[recording] ?? []
    if (id === null || times.length === 0) continue
    const ofOne = Array.from({ length: times.length / 2 }, (_, i): [number, number, number] => [
      id,
      (times[i * 2] as number) / 1000,
      (times[i * 2 + 1] as number) / 1000,
    ]).sort((a, b) => a[1] - b[1])
    if (pending.length + ofOne.length > windowsPerRequest) await send()
    for (let from = 0; from < ofOne.length; from += windowsPerRequest) {
      pending.push(...ofOne.slice(from, from + windowsPerRequest))
      if (pending.length >= windowsPerRequest) await send()
    }
  }
  await send()
}
