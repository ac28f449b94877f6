import { spawn, type ChildProcess } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { dimension, type Vectors } from './synthetic.js'

/** A Python with other engines, one command at a time. */
class PeerProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(python: string) {
    // Only what one thread needs; libraries choose their kernels themselves.
    const env = {
      PATH: '/usr/bin:/bin',
      HOME: '/nonexistent',
      OMP_NUM_THREADS: '1',
      OPENBLAS_NUM_THREADS: '1',
      MKL_NUM_THREADS: '1',
    }
    const script = join(process.cwd(), 'test/benchmarks/search/peers.py')
    this.#child = spawn(python, ['-W', 'ignore', script], { env, stdio: ['pipe', 'pipe', 'ignore'] })
    this.#child.on('error', () => undefined)
    this.#child.stdin!.on('error', () => undefined)
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]()
  }

  async tell<T>(command: object): Promise<T> {
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`)
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error('has ended')
    const answer = JSON.parse(value) as T & { error?: string }
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve))
    this.#child.stdin!.end()
    if (this.#child.pid !== undefined) await ended
  }
}

export interface PeerAnswers {
  ms: number[]
  /** Places in the stored vectors, best first. */
  ids: number[][]
}

/** The engines of one or more Pythons, each of which has what is installed in it. */
export class Peers implements AsyncDisposable {
  readonly #processes: PeerProcess[] = []
  readonly #places = new Map<string, PeerProcess>()
  readonly versions = new Map<string, string>()

  /** pythons: folders of virtual environments; none = python3. */
  static async open(pythons: string[]): Promise<Peers> {
    const peers = new Peers()
    for (const python of pythons.length === 0 ? ['python3'] : pythons.map((venv) => join(venv, 'bin/python'))) {
      const peer = new PeerProcess(python)
      const engines = await peer.tell<Record<string, string>>({ do: 'engines' }).catch(() => ({}))
      peers.#processes.push(peer)
      for (const [engine, version] of Object.entries(engines)) {
        if (peers.#places.has(engine)) continue
        peers.#places.set(engine, peer)
        peers.versions.set(engine, version)
      }
    }
    return peers
  }

  has(engine: string): boolean {
    return this.#places.has(engine)
  }

  async load(vectors: Vectors, folder: string): Promise<void> {
    const files = { vectors: join(folder, 'stored.f32'), queries: join(folder, 'queries.f32') }
    await writeFile(files.vectors, bytesOf(vectors.stored))
    await writeFile(files.queries, Buffer.concat(vectors.queries.map(bytesOf)))
    for (const peer of new Set(this.#places.values())) {
      await peer.tell({ do: 'load', ...files, n: vectors.n, dimension })
    }
  }

  /** Build an engine of what was loaded; null where it is not there, or failed, which is told. */
  async build(engine: string): Promise<{ seconds: number } | null> {
    const peer = this.#places.get(engine)
    if (!peer) return null
    try {
      return await peer.tell<{ seconds: number }>({ do: 'build', engine })
    } catch (error) {
      console.log(`${engine} cannot be measured: ${String(error)}`)
      this.#places.delete(engine)
      return null
    }
  }

  ask(engine: string, queries: number, k: number, options: object = {}): Promise<PeerAnswers> {
    return this.#places.get(engine)!.tell<PeerAnswers>({ do: 'ask', engine, queries, k, options })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.#processes) await peer[Symbol.asyncDispose]()
  }
}

const bytesOf = (floats: Float32Array): Buffer => Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength)
