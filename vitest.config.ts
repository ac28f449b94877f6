import { defineConfig } from 'vitest/config'

const project = (name: string, include: string[], timeoutMs: number, fileParallelism = true) => ({
  test: { name, include, testTimeout: timeoutMs, hookTimeout: timeoutMs, fileParallelism, retry: 0 },
})

export default defineConfig({
  test: {
    projects: [
      project('unit', ['{packages,services}/*/src/**/*.test.ts', 'models/src/**/*.test.ts'], 60_000),
      // One system at a time: each has the whole machine, as in life.
      project('embedded', ['test/embedded/**/*.test.ts'], 240_000, false),
      project('distributed', ['test/distributed/**/*.test.ts'], 600_000, false),
    ],
  },
})
