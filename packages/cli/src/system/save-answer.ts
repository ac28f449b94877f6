import { rename, rm } from 'node:fs/promises'
import { createWriteStream } from 'node:fs'
import { Readable, Transform, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CoroError } from '@coro/shared/errors'
import type { Progress } from '../print/progress.js'
import { unwritable } from '../print/unwritable.js'

export interface Saved {
  bytes: number
  /** As the server counted them beforehand; null where it could not. */
  rows: number | null
}

/**
 * Write an answer into a file as it comes, or to standard output for `-`; nobody finds a part of it under the file's
 * name. Throws OUTPUT_UNWRITABLE, EXPORT_BROKEN.
 */
export async function saveAnswer(response: Response, out: string, progress: Progress): Promise<Saved> {
  const rows = response.headers.get('x-coro-rows')
  const estimated = Number(response.headers.get('x-coro-estimated-bytes'))
  let bytes = 0
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      const megabytes = (n: number) => Math.round(n / 1e6)
      if (estimated > 0) progress.update(megabytes(bytes), Math.max(megabytes(estimated), megabytes(bytes)), 'MB')
      done(null, chunk)
    },
  })
  if (!response.body) throw new CoroError('EXPORT_BROKEN', 'The server sent nothing.', { disposition: 'wait' })
  const body = Readable.fromWeb(response.body)
  await (out === '-' ? pipeline(body, count, process.stdout, { end: false }) : intoFile(body, count, out)).catch(
    (error: NodeJS.ErrnoException) => {
      // Whoever reads has read enough: `coro export ... --out - | head`.
      if (out === '-' && error.code === 'EPIPE') return
      throw error instanceof CoroError ? error : broken(error)
    },
  )
  return { bytes, rows: rows === null ? null : Number(rows) }
}

async function intoFile(body: Readable, count: Transform, out: string): Promise<void> {
  const part = `${out}.part`
  const file = createWriteStream(part)
  const failed = failureOf(file)
  try {
    await pipeline(body, count, file)
    await rename(part, out)
  } catch (error) {
    await rm(part, { force: true })
    throw failed() ? unwritable(out, error as Error) : error
  }
}

function failureOf(stream: Writable): () => boolean {
  let failed = false
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // An errno is the file's own; a body that breaks off destroys the file with its error.
    failed = typeof error.errno === 'number' && error.syscall !== 'read'
  })
  return () => failed
}

const broken = (cause: Error) =>
  new CoroError('EXPORT_BROKEN', `The server broke off in the middle: ${cause.message}`, { disposition: 'wait', cause })
