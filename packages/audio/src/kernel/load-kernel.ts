import { readFileSync } from 'node:fs'

/** What is used of WebAssembly; its types come only with those of browsers. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    Module: new (bytes: Uint8Array) => object
    Instance: new (module: object, imports: object) => { readonly exports: unknown }
    validate(bytes: Uint8Array): boolean
  }
}

/** Exports of packages/audio/kernel/assembly, where each is described. Addresses are bytes in `memory`. */
export interface KernelExports {
  memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  useTables(analysis: number, synthesis: number, of512: number, of64: number, split: number, room: number): void
  forward(input: number, spectra: number, power: number): void
  forwardMarked(
    input: number,
    spectra: number,
    marks: number,
    below: number,
    above: number,
    lanes: number,
    alarm: number,
  ): number
  useExactTables(cosines: number, points: number): void
  refineMarks(
    input: number,
    spectra: number,
    marks: number,
    exact: number,
    loud: number,
    error: number,
    lanes: number,
  ): number
  inverse(spectra: number, sums: number, scale: number, floor: number, output: number, backward: number): void
  inverseMarked(spectra: number, sums: number, scale: number, floor: number, output: number): void
  spread(a: number, b: number, c: number, d: number, to: number, count: number): void
  gather(from: number, to: number, distance: number, count: number): void
  carryOver(from: number, to: number, count: number): void
  classify(power: number, pass: number, loud: number, row: number, lanes: number): number
  openLoud(power: number, pass: number, loud: number, lanes: number): void
  smooth(
    row: number,
    recent: number,
    recentBoxes: number,
    boxes: number,
    sums: number,
    once: number,
    freqReach: number,
  ): void
  extremes(from: number, to: number, count: number): void
  smoothMarks(
    marks: number,
    recent: number,
    recentBoxes: number,
    boxes: number,
    sums: number,
    once: number,
    freqReach: number,
  ): void
  fromInt16(from: number, to: number, count: number): void
  toInt16(from: number, to: number, count: number): number
  addLevels(input: number, floor: number, statistics: number, lanes: number): void
  forwardTracked(
    input: number,
    spectra: number,
    level: number,
    state: number,
    weighted: number,
    newest: number,
    weight: number,
    lanes: number,
    start: number,
  ): void
  resample(
    first: number,
    second: number,
    groups: number,
    taps: number,
    width: number,
    cycle: number,
    cycleStep: number,
    toFirst: number,
    toSecond: number,
    count: number,
  ): void
  useSigmoid(newest: number, slope: number, onePlusThreshold: number, full: number, closedBelow: number): void
  maskBackward(
    spectra: number,
    level: number,
    carry: number,
    share: number,
    state: number,
    row: number,
    lanes: number,
    start: number,
    list: number,
  ): void
}

/** One instance of the kernel with a memory of its own. */
export interface Kernel {
  run: KernelExports
  /** Addresses of zeroed memory, in the order and of the sizes (bytes) asked for. Once per kernel. */
  reserve<Name extends string>(sizes: Record<Name, number>): Record<Name, number>
  /** A view of float32 at an address. */
  floats(address: number, length: number): Float32Array
}

/** A function with one SIMD instruction: engines without SIMD refuse the module. */
const simdProbe = Buffer.from('0061736d010000000105016000017b030201000a0a0108004100fd0ffd620b', 'hex')

/** What computes: the SIMD WebAssembly kernel, or plain JavaScript. */
export type Engine = 'kernel' | 'portable'

/** Whether this machine runs the kernel; where not, the portable engine does the same work. */
export function hasKernel(): boolean {
  return WebAssembly.validate(simdProbe)
}

let compiled: object | undefined

/** Make an instance. The module (dist/kernel.wasm, of the build) is compiled once in each thread. */
export function openKernel(): Kernel {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('../../dist/kernel.wasm', import.meta.url)))
  const run = new WebAssembly.Instance(compiled, {}).exports as KernelExports
  return {
    run,
    reserve(sizes) {
      let top = run.memory.buffer.byteLength
      const addresses = {} as Record<string, number>
      for (const [name, bytes] of Object.entries<number>(sizes)) {
        addresses[name] = top
        top += Math.ceil(bytes / 64) * 64
      }
      run.memory.grow(Math.ceil((top - run.memory.buffer.byteLength) / 65_536))
      return addresses
    },
    floats: (address, length) => new Float32Array(run.memory.buffer, address, length),
  }
}
