import { hop, kernelFft } from './frame-transform.js'

/**
 * How frames are shared among the four lanes: lane l works on the frames first + l x each + step - reach, for steps in
 * 0..steps; of each lane's steps the first and last `reach` are only there for the smoothing over time.
 */
export interface LanePlan {
  first: number
  each: number
  reach: number
  steps: number
  /** Frames of the chunk: 0..frames. */
  frames: number
}

export function planLanes(first: number, last: number, reach: number, frames: number): LanePlan {
  // A frame reaches over three hops beyond its own, which must all lie in the next lane.
  const each = Math.max(3, Math.ceil((last - first + 1) / 4))
  return { first, each, reach, steps: each + 2 * reach, frames }
}

/** Samples per lane that the frames of a plan need. */
export function laneSamples(plan: LanePlan): number {
  return (plan.steps - 1) * hop + kernelFft
}

/** First sample, in the chunk, of lane 0; each lane begins each x hop behind the one before. */
export function laneStart(plan: LanePlan): number {
  return (plan.first - plan.reach) * hop - kernelFft / 2
}

/** The lanes (bits) whose frame exists at a step. */
export function validLanes(plan: LanePlan, step: number): number {
  let bits = 0
  for (let lane = 0; lane < 4; lane += 1) {
    const frame = plan.first + lane * plan.each + step - plan.reach
    if (frame >= 0 && frame < plan.frames) bits |= 1 << lane
  }
  return bits
}
