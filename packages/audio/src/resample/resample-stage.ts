import { createKernelResampleStage } from '../kernel/kernel-resample-stage.js'
import { createSharpStages, planSharp } from '../kernel/kernel-sharp-stages.js'
import { type Engine, hasKernel } from '../kernel/load-kernel.js'
import type { SampleStream } from '../sample-stream.js'
import { createExactStage } from './exact-stage.js'
import { createInterpolatedStage } from './interpolated-stage.js'
import { polyphaseTable } from './polyphase-table.js'
import type { ResampleStagePlan } from './resample-plan.js'

/**
 * One conversion of a plan as a stream. Output n lies at input n x down / up; outside the recording there are zeros.
 * engine: default the kernel where this machine has SIMD and the table is exact.
 */
export function createResampleStage(plan: ResampleStagePlan, engine?: Engine): SampleStream {
  const table = polyphaseTable(plan)
  if (!table.exact) return createInterpolatedStage(plan, table)
  if (engine === 'portable' || !hasKernel()) return createExactStage(plan, table)
  const sharp = planSharp(plan, table)
  return sharp ? createSharpStages(sharp) : createKernelResampleStage(plan, table)
}
