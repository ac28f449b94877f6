import { createDisposables } from '@coro/shared/process/dispose-all'
import { runService } from '@coro/shared/process/run-service'
import { startHealthServer } from '@coro/shared/process/health-server'
import { startPrepare } from './prepare/start-prepare.js'
import { startReconciler } from './reconcile/reconciler.js'
import { startWatcher } from './watch/watcher.js'

const roles = ['watch', 'prepare'] as const
const role = process.argv[2]

if (role !== 'watch' && role !== 'prepare') {
  process.stderr.write(`usage: node services/ingest/dist/main.js ${roles.join('|')}\n`)
  process.exit(2)
}

await runService(role, async (platform) => {
  const stack = createDisposables()
  if (role === 'watch') {
    stack.use(await startWatcher(platform))
    stack.use(await startReconciler(platform))
  } else {
    stack.use(await startPrepare(platform))
  }
  // Last: ready means that the service works.
  stack.use(await startHealthServer(platform))
  return stack
})
