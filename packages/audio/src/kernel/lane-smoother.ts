import type { GateGrid } from '../gate/gate-parameters.js'
import { bins, rowBytes, vectorBytes } from './frame-transform.js'
import type { Kernel } from './load-kernel.js'

/** Smooths rows of four lanes, as MaskSmoother does. Rows are whole numbers. */
export interface LaneSmoother {
  /** Address of the sums, which belong to the row timeReach pushes ago. */
  readonly sums: number
  /** Take in the row at an address. */
  push(row: number): void
  reset(): void
}

/** Bytes of what the smoother keeps. */
export function laneSmootherSizes(grid: GateGrid) {
  const ring = (grid.timeReach + 1) * rowBytes
  return {
    recent: ring,
    recentBoxes: ring,
    boxes: rowBytes,
    sums: rowBytes,
    once: (bins + grid.freqReach) * vectorBytes,
  }
}

/** at: addresses of laneSmootherSizes. */
export function createLaneSmoother(
  kernel: Kernel,
  at: Record<keyof ReturnType<typeof laneSmootherSizes>, number>,
  grid: GateGrid,
): LaneSmoother {
  const { run } = kernel
  const slots = grid.timeReach + 1
  let slot = 0
  return {
    sums: at.sums,
    push(row) {
      const offset = slot * rowBytes
      run.smooth(row, at.recent + offset, at.recentBoxes + offset, at.boxes, at.sums, at.once, grid.freqReach)
      slot = slot + 1 === slots ? 0 : slot + 1
    },
    reset() {
      for (const address of [at.boxes, at.sums]) kernel.floats(address, rowBytes / 4).fill(0)
      for (const address of [at.recent, at.recentBoxes]) kernel.floats(address, (slots * rowBytes) / 4).fill(0)
      slot = 0
    },
  }
}
