/**
 * Keeps process.exit() from ending a thread inside ONNX Runtime, which aborts the process with an uncaught Napi::Error
 * (exit code 134 instead of the caller's). Threads pass the gate to work; when the process exits the gate shuts, threads
 * stop after their batch, and the exit waits for them.
 * Shared memory, [2]: whether the gate is shut; threads inside.
 */
export type ExitGate = Int32Array<SharedArrayBuffer>

const shut = 0
const inside = 1

/** Longer than a batch or the loading of a large network; an exit must not hang for a thread that does. */
const exitTimeoutMs = 10_000

export function openGate(): ExitGate {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
}

export function isShut(gate: ExitGate): boolean {
  return Atomics.load(gate, shut) !== 0
}

/** Run a thread's work inside the gate; undefined where the gate is shut already. */
export async function passGate<T>(gate: ExitGate, work: () => Promise<T>): Promise<T | undefined> {
  Atomics.add(gate, inside, 1)
  try {
    return isShut(gate) ? undefined : await work()
  } finally {
    Atomics.sub(gate, inside, 1)
    Atomics.notify(gate, inside)
  }
}

/** Shut the gate when the process exits, and wait there. Gives the function that takes this back. */
export function shutOnExit(gate: ExitGate): () => void {
  const onExit = (): void => {
    Atomics.store(gate, shut, 1)
    for (let count = Atomics.load(gate, inside); count > 0; count = Atomics.load(gate, inside)) {
      if (Atomics.wait(gate, inside, count, exitTimeoutMs) === 'timed-out') return
    }
  }
  process.on('exit', onExit)
  return () => process.off('exit', onExit)
}
