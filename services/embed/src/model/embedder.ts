import { setMaxListeners } from 'node:events'
import { join } from 'node:path'
import { CoroError } from '@coro/shared/errors'
import { Piscina } from 'piscina'
import type { WindowEmbeddings } from './embed-windows.js'
import { openGate, shutOnExit } from './exit-gate.js'
import type { ResolvedModel } from './manifest.js'
import type { ThreadData } from './session-worker.js'
import { batchSize } from './session.js'
import { joinResults, splitWindows } from './split-windows.js'
import { errorOf, type ThreadReply, type ThreadRequest } from './thread-protocol.js'

export interface EmbedderOptions {
  readonly model: ResolvedModel
  /** Worker threads, one session each; one per core that embedding may use. */
  readonly threads: number
  /** Start all threads, load the network and run its canary before createEmbedder returns; otherwise at need. */
  readonly warm?: boolean
}

export type EmbedResult = WindowEmbeddings

export interface EmbedOptions {
  /** Ends the call at once; threads stop after the batch they are at. */
  readonly signal?: AbortSignal | undefined
}

export interface Embedder extends AsyncDisposable {
  readonly model: ResolvedModel
  /**
   * Embed windows without blocking this thread. pcm: 16-bit mono samples at 32 kHz, [n * 160000], n >= 1. It is given
   * away: where it is the whole of an ArrayBuffer it may be empty afterwards (one over a SharedArrayBuffer stays).
   * Errors: the signal's reason; EMBED_INPUT and EMBED_NON_FINITE (`reject`); EMBED_FAILED, EMBED_THREAD_LOST and
   * EMBED_CLOSED (`retry`); and, at a thread's first work, MODEL_LOAD, MODEL_MANIFEST_INVALID and MODEL_CANARY (`crash`).
   */
  embed(pcm: Int16Array, options?: EmbedOptions): Promise<EmbedResult>
}

/** A whole number, 0 at first, that threads read without a message. */
function sharedCell(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4))
}

/** What `work` gives, or the reason of the first of the signals that aborts, at once. */
async function unlessAborted<T>(work: Promise<T>, signals: readonly AbortSignal[]): Promise<T> {
  const settled = new AbortController()
  const aborted = new Promise<never>((_resolve, reject) => {
    for (const signal of signals) {
      // The reason is whatever was given to abort().
      const onAbort = (): void => reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true, signal: settled.signal })
    }
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    settled.abort()
  }
}

/** Owns the threads; made by createEmbedder. */
class ThreadedEmbedder implements Embedder {
  readonly model: ResolvedModel
  readonly #threads: number
  readonly #pool: Piscina<ThreadRequest, ThreadReply>
  readonly #closing = new AbortController()
  readonly #pending = new Set<Promise<unknown>>()
  readonly #forgetExit: () => void
  #calls = 0

  constructor({ model, threads, warm = false }: EmbedderOptions) {
    this.model = model
    this.#threads = threads
    // One listener for each call in flight, and there may be many.
    setMaxListeners(0, this.#closing.signal)
    const gate = openGate()
    this.#forgetExit = shutOnExit(gate)
    this.#pool = new Piscina<ThreadRequest, ThreadReply>({
      filename: join(import.meta.dirname, 'session-worker.js'),
      workerData: { model, gate } satisfies ThreadData,
      minThreads: warm ? threads : 0,
      maxThreads: threads,
      // Loading a network again costs more than an idle thread.
      idleTimeout: Number.POSITIVE_INFINITY,
      recordTiming: false,
    })
  }

  async warm(): Promise<void> {
    const ready = sharedCell()
    const threads = this.#threads
    const requests = Array.from({ length: threads }, () => this.#ask({ kind: 'warm', ready, threads }))
    for (const outcome of await Promise.allSettled(requests)) if (outcome.status === 'rejected') throw outcome.reason
  }

  async embed(pcm: Int16Array, { signal }: EmbedOptions = {}): Promise<EmbedResult> {
    const { samples } = this.model.manifest.input
    const signals = signal === undefined ? [this.#closing.signal] : [signal, this.#closing.signal]
    for (const each of signals) each.throwIfAborted()
    if (pcm.length === 0 || pcm.length % samples !== 0) {
      throw new CoroError('EMBED_INPUT', `${pcm.length} samples are not one or more windows of ${samples}`, {
        disposition: 'reject',
      })
    }
    // Threads that other calls leave free share this one's windows; under load each call keeps to one and copies nothing.
    const threads = Math.max(1, this.#threads - this.#calls)
    const stop = sharedCell()
    this.#calls += 1
    try {
      const parts = splitWindows(pcm, samples, threads, batchSize(this.model.manifest))
      return joinResults(await unlessAborted(Promise.all(parts.map((part) => this.#embedPart(part, stop))), signals))
    } finally {
      // Whatever ended the call, nobody waits any more for what its threads may still be doing.
      Atomics.store(stop, 0, 1)
      this.#calls -= 1
    }
  }

  async #embedPart(pcm: Int16Array, stop: Int32Array): Promise<EmbedResult> {
    const given = pcm.buffer instanceof ArrayBuffer ? [pcm.buffer] : []
    const reply = await this.#ask({ kind: 'embed', pcm, stop }, given)
    if (reply.kind !== 'embedded') throw new Error(`a thread answered ${reply.kind} to windows`)
    return reply.result
  }

  async #ask(request: ThreadRequest, transferList: ArrayBuffer[] = []): Promise<ThreadReply> {
    let reply: ThreadReply
    const pending = this.#pool.run(request, { transferList })
    this.#pending.add(pending)
    try {
      reply = await pending
    } catch (error) {
      throw new CoroError('EMBED_THREAD_LOST', `a thread of the embedder ended: ${String(error)}`, {
        disposition: 'retry',
        cause: error,
      })
    } finally {
      this.#pending.delete(pending)
    }
    if (reply.kind === 'failed') throw errorOf(reply.fault)
    return reply
  }

  /**
   * Ends calls in flight with EMBED_CLOSED, lets each thread finish its batch, then ends the threads. A thread that is
   * ended inside ONNX Runtime takes the process with it (an uncaught Napi::Error aborts), and Piscina's own close() may do
   * so: hence the wait.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new CoroError('EMBED_CLOSED', 'the embedder is closing', { disposition: 'retry' }))
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending)
    await this.#pool.destroy()
    this.#forgetExit()
  }
}

/**
 * Threads that embed windows with one network. Dispose of the embedder to end them.
 * Errors, with `warm`: MODEL_LOAD, MODEL_MANIFEST_INVALID, MODEL_CANARY (`crash`); without it they come from the first
 * embed of each thread.
 */
export async function createEmbedder(options: EmbedderOptions): Promise<Embedder> {
  const embedder = new ThreadedEmbedder(options)
  if (options.warm !== true) return embedder
  try {
    await embedder.warm()
  } catch (error) {
    await embedder[Symbol.asyncDispose]()
    throw error
  }
  return embedder
}
