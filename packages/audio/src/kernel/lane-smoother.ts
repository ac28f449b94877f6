import type { GateGrid } from '../gate/gate-parameters.js'
import { bins, markRowBytes, pairs, rowBytes, vectorBytes } from './frame-transform.js'
import type { Kernel } from './load-kernel.js'

/** Smooths rows of four lanes, as MaskSmoother does. Rows are whole numbers. */
export interface LaneSmoother {
  /** Address of the sums, which belong to the row timeReach pushes ago. */
  readonly sums: number
  /** Take in the row at an address. */
  push(row: number): void
  reset(): void
}

/** How rows lie: [513] bins of 32 bits, or [257] pairs of bins of 16 bits (marks, whose sums stay below 2^16). */
export type RowLayout = 'bins' | 'pairs'

/** Whether the sums over marks (0 or 1) fit 16 bits: with noisereduce's defaults they do at every rate. */
export function marksFit({ freqReach, timeReach }: GateGrid): boolean {
  return freqReach < pairs && (freqReach + 1) ** 2 * (timeReach + 1) ** 2 < 2 ** 16
}

const bytesOf = (layout: RowLayout): number => (layout === 'bins' ? rowBytes : markRowBytes)

/** Bytes of what the smoother keeps. */
export function laneSmootherSizes(grid: GateGrid, layout: RowLayout = 'bins') {
  const bytes = bytesOf(layout)
  const ring = (grid.timeReach + 1) * bytes
  return {
    recent: ring,
    recentBoxes: ring,
    boxes: bytes,
    sums: bytes,
    once: ((layout === 'bins' ? bins : pairs) + grid.freqReach) * vectorBytes,
  }
}

/** at: addresses of laneSmootherSizes. */
export function createLaneSmoother(
  kernel: Kernel,
  at: Record<keyof ReturnType<typeof laneSmootherSizes>, number>,
  grid: GateGrid,
  layout: RowLayout = 'bins',
): LaneSmoother {
  const { run } = kernel
  const slots = grid.timeReach + 1
  const bytes = bytesOf(layout)
  let slot = 0
  return {
    sums: at.sums,
    push(row) {
      const offset = slot * bytes
      const kept = [at.recent + offset, at.recentBoxes + offset, at.boxes, at.sums, at.once] as const
      if (layout === 'bins') run.smooth(row, ...kept, grid.freqReach)
      else run.smoothMarks(row, ...kept, grid.freqReach)
      slot = slot + 1 === slots ? 0 : slot + 1
    },
    reset() {
      for (const address of [at.boxes, at.sums]) kernel.floats(address, bytes / 4).fill(0)
      for (const address of [at.recent, at.recentBoxes]) kernel.floats(address, (slots * bytes) / 4).fill(0)
      slot = 0
    },
  }
}
