/** What was found wrong, by code. */
export interface Finding {
  code: string
  /** What it means, and what a repair does. */
  sentence: string
  count: number
  /** At most five. */
  examples: string[]
  repaired: number
}

/** Gathers findings; the same code found in two places is one finding. */
export function createFindings() {
  const findings = new Map<string, Finding>()
  return {
    add(code: string, sentence: string, examples: string[], { count = examples.length, repaired = 0 } = {}) {
      if (count === 0) return
      const found = findings.get(code) ?? { code, sentence, count: 0, examples: [], repaired: 0 }
      found.count += count
      found.repaired += repaired
      found.examples.push(...examples.slice(0, 5 - found.examples.length))
      findings.set(code, found)
    },
    list: (): Finding[] => [...findings.values()],
  }
}
export type Findings = ReturnType<typeof createFindings>

export interface Examination {
  repair: boolean
  /** Read every byte: originals against their hash, prepared files against theirs. */
  deep: boolean
  signal: AbortSignal
}

/** How far it has come. */
export interface Step {
  part: string
  done: number
  total: number
}
