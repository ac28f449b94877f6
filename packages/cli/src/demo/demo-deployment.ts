import { utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { makeDeployment } from '@coro/synthetic/deployment'
import type { Output } from '../print/output.js'
import { createProgress } from '../print/progress.js'

/** Make the synthetic deployment (once), and the configuration that names its sites, recorders and clocks. */
export async function makeDemoDeployment(
  dir: string,
  output: Output,
  signal: AbortSignal,
): Promise<{ url: string; configFile: string }> {
  output.say('Making a synthetic deployment: two sites, three recorders, a night of frogs...')
  using progress = createProgress(output, 'deployment')
  const made = await makeDeployment({ dir, signal, onProgress: ({ done, total }) => progress.update(done, total) })
  for (const { key, startedAt, durationS } of made.files) {
    // A recorder closes its file when the recording ends.
    const closedAt = new Date(Date.parse(startedAt) + durationS * 1000)
    await utimes(join(made.sourceDir, key), closedAt, closedAt)
  }
  const url = pathToFileURL(made.sourceDir).href
  const configFile = join(dir, 'coro.config.json')
  const config = { sources: [{ url, name: 'demo', deployments: made.deployments }], sites: made.sites }
  await writeFile(configFile, `${JSON.stringify(config, null, 2)}\n`)
  return { url, configFile }
}
