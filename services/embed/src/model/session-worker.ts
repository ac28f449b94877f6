import { move, transferableSymbol, valueSymbol, workerData } from 'piscina'
import { runCanary } from './canary.js'
import { embedWindows, type WindowEmbeddings } from './embed-windows.js'
import { isShut, passGate, type ExitGate } from './exit-gate.js'
import type { ResolvedModel } from './manifest.js'
import { loadModel, type LoadedModel } from './session.js'
import { faultOf, type ThreadReply, type ThreadRequest } from './thread-protocol.js'

// Runs in each of the embedder's threads, with a session of its own: session.run blocks the thread it is called on.

/** What the embedder gives each of its threads. */
export interface ThreadData {
  readonly model: ResolvedModel
  readonly gate: ExitGate
}

const { model: resolved, gate } = workerData as ThreadData

/** A thread that waits longer for the others than this goes on alone: one of them has died. */
const warmTimeoutMs = 60_000

async function loadChecked(): Promise<LoadedModel> {
  const model = await loadModel(resolved)
  await runCanary(model)
  return model
}

let loading: Promise<LoadedModel> | undefined

/** Say that this thread is ready and hold it until all are. */
function waitForOthers(ready: Int32Array, threads: number): void {
  Atomics.add(ready, 0, 1)
  Atomics.notify(ready, 0)
  for (let count = Atomics.load(ready, 0); count < threads; count = Atomics.load(ready, 0)) {
    if (Atomics.wait(ready, 0, count, warmTimeoutMs) === 'timed-out') return
  }
}

/** A reply that gives its arrays away instead of copying them. */
function moved(result: WindowEmbeddings): unknown {
  const reply: ThreadReply = { kind: 'embedded', result }
  const buffers = [result.embeddings.buffer, result.silent.buffer]
  return move({ [transferableSymbol]: buffers, [valueSymbol]: reply })
}

async function embed({ pcm, stop }: Extract<ThreadRequest, { kind: 'embed' }>): Promise<WindowEmbeddings> {
  const model = await (loading ??= loadChecked())
  return embedWindows(model, pcm, () => Atomics.load(stop, 0) !== 0 || isShut(gate))
}

/** Load the network and wait for the other threads, whether it could be loaded or not. */
async function warm({ ready, threads }: Extract<ThreadRequest, { kind: 'warm' }>): Promise<void> {
  try {
    await passGate(gate, () => (loading ??= loadChecked()))
  } finally {
    waitForOthers(ready, threads)
  }
}

/** Piscina's entry: one request, one ThreadReply. Never throws; an error is a reply. */
export default async function answer(request: ThreadRequest): Promise<unknown> {
  try {
    if (request.kind === 'warm') {
      await warm(request)
      return { kind: 'warmed' } satisfies ThreadReply
    }
    const result = await passGate(gate, () => embed(request))
    // Nobody reads the answer of a process that is exiting.
    return result === undefined ? undefined : moved(result)
  } catch (error) {
    return { kind: 'failed', fault: faultOf(error) } satisfies ThreadReply
  }
}
