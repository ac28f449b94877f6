import { bins } from './frame-transform.js'
import type { LanePlan } from './lane-plan.js'

/** Rows are [513 x 4], lane after lane within a bin. */
export interface LaneLevels {
  plan: LanePlan
  /** Step of the chunk's last frame in lane 3. */
  lastStep: number
  /** Weight b of the newest level; g = 1 - b. */
  newest: number
  /** Forward levels of each lane, begun at 0, behind the frame before the next lane's first. */
  left: Float32Array
  /** Those behind the chunk's last frame (lane 3). */
  atEnd: Float32Array
  /** Sum of b g^(step - 2 reach) x forward level, from step 2 reach on. */
  weighted: Float32Array
  /** Written: the forward level that each lane begins with; 0 for lane 0. */
  carry: Float32Array
  /** Written: the backward level that each lane begins with; of lane 3, which begins at lastStep, of no meaning. */
  state: Float32Array
}

/**
 * Join the lanes of a first-order filter that ran forward as if each began at 0. A lane's true level is its own plus
 * g^(step + 1) x carry, with carry the true level before its first step. Backward, S at step 2 reach is the weighted sum
 * of true levels, plus what comes from behind: g^each x S of the next lane at its step 2 reach, where this lane ends.
 */
export function chainLanes(levels: LaneLevels): void {
  const { plan, lastStep, newest, left, atEnd, weighted, carry, state } = levels
  const { each, reach, steps } = plan
  const g = 1 - newest
  const lead = g ** (2 * reach + 1) * newest
  // What carry adds to the weighted sum over n steps: b g^(2 reach + 1) (1 + g^2 + ... + g^(2 (n - 1))).
  const carried = (n: number): number => (lead * (1 - g ** (2 * n))) / (1 - g * g)
  for (let k = 0; k < bins; k += 1) {
    const at = 4 * k
    carry[at] = 0
    for (let lane = 1; lane < 4; lane += 1) {
      carry[at + lane] = left[at + lane - 1]! + g ** each * carry[at + lane - 1]!
    }
    const last = atEnd[at + 3]! + g ** (lastStep + 1) * carry[at + 3]!
    const rest = lastStep + 1 - 2 * reach
    let behind = weighted[at + 3]! + carry[at + 3]! * carried(rest) + g ** rest * last
    state[at + 3] = 0
    for (let lane = 2; lane >= 0; lane -= 1) {
      state[at + lane] = behind
      behind = weighted[at + lane]! + carry[at + lane]! * carried(steps - 2 * reach) + g ** each * behind
    }
  }
}
