import { defineConfig } from 'vitest/config'

const project = (
  name: string,
  include: string[],
  timeoutMs: number,
  fileParallelism = true,
  globalSetup: string[] = [],
) => ({
  test: { name, include, testTimeout: timeoutMs, hookTimeout: timeoutMs, fileParallelism, globalSetup, retry: 0 },
})

// oxlint-disable-next-line node/no-process-env -- the full form takes hours
const faultTimeoutMs = process.env['CORO_FAULTS'] === 'full' ? 2 * 3_600_000 : 400_000

export default defineConfig({
  test: {
    projects: [
      project('unit', ['{packages,services}/*/src/**/*.test.ts', 'models/src/**/*.test.ts'], 60_000),
      // One system at a time: each has the whole machine, as in life.
      project('embedded', ['test/embedded/**/*.test.ts'], 240_000, false),
      // Postgres, Valkey and an S3 server in containers, shared by all its files.
      project('distributed', ['test/distributed/**/*.test.ts'], 150_000, false, ['test/distributed/stack.ts']),
      // What happens to the machines around Coro: each on a system of its own, one at a time.
      project('faults', ['test/faults/*.test.ts'], faultTimeoutMs, false, ['test/faults/setup.ts']),
      // The same to the embedded system, which needs no servers.
      project('faults-embedded', ['test/faults/embedded/*.test.ts'], faultTimeoutMs, false, [
        'test/faults/embedded/setup.ts',
      ]),
    ],
  },
})
