/**
 * What `npm test` runs after the checks: every suite that this machine can run, each left out with its reason.
 * CORO_TEST_REQUIRE=docker,browser makes a missing one a failure. The last line is `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

interface Suite {
  name: string
  needs?: 'docker'
}
const suites: Suite[] = [
  { name: 'unit' },
  { name: 'embedded' },
  { name: 'faults-embedded' },
  { name: 'distributed', needs: 'docker' },
  { name: 'faults', needs: 'docker' },
]

/** Why something that a suite needs is not there, or null where it is. */
const missing = {
  docker(): string | null {
    const probe = spawnSync('docker', ['info', '--format', '{{.ServerVersion}}'], { encoding: 'utf8', timeout: 20_000 })
    if (probe.error) return 'there is no docker command'
    return probe.status === 0 ? null : 'no Docker engine answers'
  },
}

// oxlint-disable-next-line node/no-process-env -- the runner's own switch
const required = new Set((process.env['CORO_TEST_REQUIRE'] ?? '').split(',').filter(Boolean))
const reports = mkdtempSync(join(tmpdir(), 'coro-test-'))
const total = { passed: 0, failed: 0 }
const leftOut: string[] = []

for (const { name, needs } of suites) {
  const reason = needs ? missing[needs]() : null
  if (reason !== null && needs) {
    leftOut.push(`${name}: ${reason}`)
    if (required.has(needs)) total.failed++
    continue
  }
  const report = join(reports, `${name}.json`)
  const run = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--project',
      name,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    { cwd: root, stdio: 'inherit' },
  )
  count(report, run.status)
}

interface Report {
  numPassedTests: number
  numFailedTests: number
  testResults: { assertionResults: { status: string; ancestorTitles: string[] }[] }[]
}

/** Add a suite's figures; one that ended without a report, or failed beside its tests, counts as a failure. */
function count(report: string, status: number | null): void {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report
    total.passed += numPassedTests
    total.failed += numFailedTests
    if (status !== 0 && numFailedTests === 0) total.failed++
    const skipped = new Map<string, number>()
    for (const { status: outcome, ancestorTitles } of testResults.flatMap(({ assertionResults }) => assertionResults)) {
      if (outcome !== 'skipped' && outcome !== 'pending') continue
      // The title of a group that may be left out says why.
      const title = ancestorTitles[0] ?? 'tests without a group'
      skipped.set(title, (skipped.get(title) ?? 0) + 1)
    }
    for (const [title, n] of skipped) leftOut.push(`${n} of: ${title}`)
  } catch {
    total.failed++
  }
}

rmSync(reports, { recursive: true, force: true })
for (const line of leftOut) console.log(`left out: ${line}`)
if (total.passed === 0) total.failed++
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 ? 0 : 1
