import { runService } from '@coro/shared/process/run-service'
import { startApi } from './start-api.js'

await runService('api', (platform) => startApi(platform))
