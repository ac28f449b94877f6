import { createDisposables } from '@coro/shared/process/dispose-all'
import { startHealthServer } from '@coro/shared/process/health-server'
import { runService } from '@coro/shared/process/run-service'
import { startEmbed } from './start-embed.js'

await runService('embed', async (platform) => {
  const own = createDisposables()
  own.use(await startEmbed(platform))
  // Last: ready means that the network is loaded and its spaces are there.
  own.use(await startHealthServer(platform))
  return own
})
