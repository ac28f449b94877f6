import { createDisposables } from '@coro/shared/process/dispose-all'
import { startHealthServer } from '@coro/shared/process/health-server'
import { runService } from '@coro/shared/process/run-service'
import { startEmbed } from './start-embed.js'

await runService('embed', async (platform) => {
  const own = createDisposables()
  own.use(await startHealthServer(platform))
  own.use(await startEmbed(platform))
  return own
})
