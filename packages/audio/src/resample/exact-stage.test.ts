import { describe, expect, it } from 'vitest'
import { noise, runStream, snrDb } from '../fixtures/signals.js'
import { createExactStage } from './exact-stage.js'
import { polyphaseTable } from './polyphase-table.js'
import { planResampling } from './resample-plan.js'

describe('the stage of exact phases', () => {
  // up is a multiple of four, of two, odd, and one; and two stages.
  it.each([44_100, 48_000, 22_050, 256_000, 96_000, 8_000])('weighs as the table says, from %i Hz', (fromHz) => {
    for (const plan of planResampling(fromHz, 32_000)) {
      const table = polyphaseTable(plan)
      expect(table.exact).toBe(true)
      const input = noise(9_001, 0.5)
      const output = runStream(createExactStage(plan, table), input, 1_000)
      const width = 2 * table.reach
      const expected = Float32Array.from({ length: Math.ceil((input.length * plan.up) / plan.down) }, (_, n) => {
        const first = Math.floor((n * plan.down) / plan.up) - table.reach + 1
        let sum = 0
        for (let tap = 0; tap < width; tap += 1) {
          sum += (input[first + tap] ?? 0) * table.taps[(n % plan.up) * width + tap]!
        }
        return sum
      })
      expect(output).toHaveLength(expected.length)
      expect(output.every((value, n) => value === expected[n]) ? Infinity : snrDb(expected, output)).toBeGreaterThan(
        150,
      )
    }
  })
})
