import type { AddCommand } from './add-command.js'
import { collect } from './option-values.js'

/** Commands that run the system and show how it does. */
export function addRunning(add: AddCommand): void {
  add('demo', 'make and ingest a small synthetic deployment (or your own folder), search it, and keep running')
    .option('--source <dir>', 'a folder of your own recordings instead')
    .option('--exit', 'end after the summary')
    .action(async (options) => (await import('../commands/demo.js')).demo(options))
  add('start', 'run the embedded system on the configured sources for good')
    .option('--source <address>', 'watch this folder or s3:// address too (repeatable)', collect, [])
    .action(async (options) => (await import('../commands/start.js')).start(options))
  add('scan', 'look for new recordings now')
    .argument('[source]', 'one source by folder or address; all configured ones without')
    .option('--wait', 'wait until everything found is searchable or set aside')
    .action(async (source, options) => (await import('../commands/scan.js')).scan(source, options))
  add('status', 'how many recordings, segments and embeddings there are, and what waits')
    .option('--source <address>', 'of one source only')
    .action(async (options) => (await import('../commands/status.js')).status(options))
}
