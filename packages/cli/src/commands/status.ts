import { normaliseSourceUrl } from '@coro/shared/config/sources'
import type { StatusView } from '@coro/api/schemas'
import { commandContext, type CommonOptions } from '../command-context.js'
import { printStatus } from '../print/results.js'
import { openClient } from '../system/client.js'

/** `coro status` */
export async function status(options: CommonOptions & { source?: string }): Promise<void> {
  const { config, output } = commandContext(options)
  await using client = await openClient(config, [])
  const source = options.source === undefined ? undefined : normaliseSourceUrl(options.source, process.cwd())
  const view = await client.get<StatusView>('/v1/status', { source })
  output.result(view, () => printStatus(output, view))
}
