/**
 * The thread that owns PGlite. PGlite is synchronous WebAssembly: on the main thread it would stop timers, and BullMQ
 * would lose its locks. Messages are whole batches of the Postgres wire protocol (up to a Sync or a Query), answered
 * by the bytes that PGlite gave back; one batch at a time, in order.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'

export interface PgliteThreadData {
  /** Folder of the database, or `memory://`. */
  directory: string
  searchPath: string
}

export type ToPglite = { kind: 'batch'; id: number; bytes: Uint8Array } | { kind: 'close' }
export type FromPglite =
  | { kind: 'ready' }
  | { kind: 'failed'; message: string }
  | { kind: 'answer'; id: number; bytes: Uint8Array }
  | { kind: 'broken'; id: number; message: string }
  | { kind: 'closed' }

const port = parentPort
if (!port) throw new Error('pglite/thread.js is a worker thread, not a program')
const say = (message: FromPglite, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)

async function start({ directory, searchPath }: PgliteThreadData) {
  const db = await PGlite.create({ dataDir: directory, extensions: { vector } })
  // One session serves every connection of this process, so its settings are made once, here.
  await db.exec(`create extension if not exists vector; set search_path to ${searchPath};`)
  return db
}

let db: PGlite
try {
  db = await start(workerData as PgliteThreadData)
} catch (error) {
  say({ kind: 'failed', message: messageOf(error) })
  throw new Error(messageOf(error), { cause: error })
}

/** Errors of the file system in WebAssembly are no Errors; they have a number. */
function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message
  const { errno } = (error ?? {}) as { errno?: unknown }
  return typeof errno === 'number' ? `error ${errno} of its file system` : String(error)
}

port.on('message', (message: ToPglite) => {
  if (message.kind === 'close') {
    void db.close().finally(() => say({ kind: 'closed' }))
    return
  }
  void db.execProtocolRaw(message.bytes).then(
    (answer) => {
      const bytes = new Uint8Array(answer)
      // Handing memory over costs more than copying it while it is small.
      say({ kind: 'answer', id: message.id, bytes }, bytes.length > 65_536 ? [bytes.buffer] : [])
    },
    (error: unknown) => say({ kind: 'broken', id: message.id, message: messageOf(error) }),
  )
})
say({ kind: 'ready' })
