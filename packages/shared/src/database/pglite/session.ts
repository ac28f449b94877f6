import { Worker } from 'node:worker_threads'
import { CoroError } from '../../errors.js'
import type { PgliteConnection } from './connection.js'
import { KeptStatements } from './kept-statements.js'
import type { FromPglite, PgliteThreadData, ToPglite } from './thread.js'

/** The one session of an in-process PGlite: its thread, whose turn it is, and the connections that share it. */
export class PgliteSession {
  readonly connections = new Set<PgliteConnection>()
  readonly kept = new KeptStatements()
  readonly #worker: Worker
  readonly #waiting = new Map<number, { resolve: (bytes: Buffer) => void; reject: (error: Error) => void }>()
  #nextId = 1
  #turn: Promise<void> = Promise.resolve()
  #closed: Promise<void> | null = null
  #gone: Error | null = null
  #onLost: (error: CoroError) => void = () => undefined
  /** Resolves when the database has ended by itself: nothing is answered any more. */
  readonly lost = new Promise<CoroError>((resolve) => {
    this.#onLost = resolve
  })

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (message: FromPglite) => this.#receive(message))
    worker.on('error', (error: unknown) =>
      this.#fail(error instanceof Error ? error : new Error(`PGlite thread: ${String(error)}`)),
    )
    worker.on('exit', () => this.#fail(new Error('the PGlite thread has ended')))
  }

  /** Start the thread and open (or make) the database. Throws DATABASE_OPEN when PGlite refuses. */
  static async open(data: PgliteThreadData): Promise<PgliteSession> {
    const worker = new Worker(new URL('./thread.js', import.meta.url), { workerData: data })
    await new Promise<void>((resolve, reject) => {
      const failed = (message: string) =>
        reject(
          new CoroError('DATABASE_OPEN', `The database in ${data.directory} cannot be opened: ${message}`, {
            disposition: 'crash',
          }),
        )
      worker.once('message', (message: FromPglite) => {
        if (message.kind === 'ready') resolve()
        else failed(message.kind === 'failed' ? message.message : message.kind)
      })
      worker.once('error', (error: unknown) => failed(error instanceof Error ? error.message : String(error)))
    })
    return new PgliteSession(worker)
  }

  /** Wait for this connection's turn; the function returned ends it. */
  async acquire(): Promise<() => void> {
    const before = this.#turn
    let release = () => {}
    this.#turn = new Promise<void>((resolve) => {
      release = resolve
    })
    await before
    return release
  }

  /** Run one batch of wire messages; resolves to the server's bytes. */
  exchange(bytes: Uint8Array): Promise<Buffer> {
    if (this.#gone) return Promise.reject(this.#gone)
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      const message: ToPglite = { kind: 'batch', id, bytes }
      // Handing memory over costs more than copying it while it is small.
      this.#worker.postMessage(message, bytes.length > 65_536 ? [bytes.buffer as ArrayBuffer] : [])
    })
  }

  /** The server has ended in the middle of a batch: what is in memory cannot be trusted any more. */
  end(message: string): void {
    this.#fail(new Error(message))
  }

  broadcast(notification: Buffer): void {
    for (const connection of this.connections) connection.notify(notification)
  }

  #receive(message: FromPglite): void {
    if (message.kind !== 'answer' && message.kind !== 'broken') return
    const waiting = this.#waiting.get(message.id)
    this.#waiting.delete(message.id)
    if (message.kind === 'answer') {
      const { buffer, byteOffset, byteLength } = message.bytes
      waiting?.resolve(Buffer.from(buffer, byteOffset, byteLength))
    } else waiting?.reject(new Error(message.message))
  }

  #fail(error: Error): void {
    if (!this.#gone && !this.#closed) {
      const sentence = `The embedded database has stopped (${error.message}). What was committed is kept: see to the cause, and start Coro again.`
      this.#onLost(new CoroError('DATABASE_STOPPED', sentence, { disposition: 'crash', cause: error }))
    }
    this.#gone ??= error
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }

  /** Checkpoint, close, and end the thread. Safe to call twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    const turn = await this.acquire()
    await new Promise<void>((resolve) => {
      this.#worker.on('message', (message: FromPglite) => {
        if (message.kind === 'closed') resolve()
      })
      this.#worker.once('exit', () => resolve())
      const message: ToPglite = { kind: 'close' }
      this.#worker.postMessage(message)
    })
    turn()
    await this.#worker.terminate()
  }
}
