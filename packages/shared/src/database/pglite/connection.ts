import { Duplex } from 'node:stream'
import { endsBatch, fatalAnswer, isTerminate, messageLength, splitAnswer, startupAnswer } from './protocol.js'
import type { PgliteSession } from './session.js'

/**
 * What `pg` takes for its socket. Client messages are gathered into whole batches; the session is held from the first
 * batch of a transaction until the server says that it is idle again, so that connections that share the one session
 * of PGlite never mix their transactions.
 */
export class PgliteConnection extends Duplex {
  readonly #session: PgliteSession
  #started = false
  #pending: Buffer[] = []
  #release: (() => void) | null = null
  #tail: Promise<void> = Promise.resolve()

  constructor(session: PgliteSession) {
    super()
    this.#session = session
    session.connections.add(this)
  }

  // The parts of net.Socket that pg calls.
  connect(): this {
    process.nextTick(() => this.emit('connect'))
    return this
  }
  setNoDelay(): this {
    return this
  }
  setKeepAlive(): this {
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }

  notify(message: Buffer): void {
    this.push(Buffer.from(message))
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (!this.#started) {
      this.#started = true
      this.push(startupAnswer)
      done()
      return
    }
    this.#pending.push(bytes)
    this.#sendWholeBatches()
    done()
  }

  /** Send each stretch of bytes that ends a batch; keep the rest. */
  #sendWholeBatches(): void {
    const bytes = this.#pending.length === 1 ? (this.#pending[0] as Buffer) : Buffer.concat(this.#pending)
    let from = 0
    for (let at = 0; ;) {
      const length = messageLength(bytes, at)
      if (length === 0 || at + length > bytes.length) break
      const type = bytes[at] as number
      at += length
      if (isTerminate(type)) {
        this.destroy()
        return
      }
      if (endsBatch(type)) {
        const batch = new Uint8Array(bytes.subarray(from, at))
        this.#tail = this.#tail.then(() => this.#exchange(batch))
        from = at
      }
    }
    this.#pending = from < bytes.length ? [bytes.subarray(from)] : []
  }

  async #exchange(batch: Uint8Array): Promise<void> {
    if (this.destroyed) return
    this.#release ??= await this.#session.acquire()
    let answer
    try {
      const known = this.#session.kept.rewrite(batch)
      const bytes = await this.#session.exchange(known?.batch ?? batch)
      known?.settle(bytes)
      answer = splitAnswer(bytes)
    } catch (error) {
      answer = splitAnswer(fatalAnswer(error instanceof Error ? error.message : String(error)))
    }
    if (answer.died !== null) this.#session.end(answer.died)
    if (answer.status === 'I') this.#releaseSession()
    // Destroyed while the batch ran: an open transaction must not be left to the next connection.
    if (this.destroyed) await this.#rollBack()
    else this.push(answer.own)
    for (const message of answer.notifications) this.#session.broadcast(message)
  }

  #releaseSession(): void {
    const release = this.#release
    this.#release = null
    release?.()
  }

  async #rollBack(): Promise<void> {
    if (!this.#release) return
    const rollback = Buffer.from('Q\0\0\0\x0drollback\0', 'latin1')
    await this.#session.exchange(new Uint8Array(rollback)).catch(() => undefined)
    this.#releaseSession()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#session.connections.delete(this)
    void this.#leave(error, done)
  }

  /** Behind the batches that are under way, give back what this connection holds. */
  async #leave(error: Error | null, done: (error: Error | null) => void): Promise<void> {
    try {
      await this.#tail
      await this.#rollBack()
    } finally {
      done(error)
    }
  }
}
