import type { AddCommand } from './add-command.js'
import { collect, whole } from './option-values.js'

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
    .option('--dry-run', 'only tell what would be found, how long it would take and what would be refused')
    .option(
      '--sample <n>',
      '--dry-run: so many headers are read; of more files, a random sample',
      whole(1, 1_000_000),
      1000,
    )
    .action(async (source, options) => (await import('../commands/scan.js')).scan(source, options))
  add('status', 'how many recordings, segments and embeddings there are, and what waits')
    .option('--source <address>', 'of one source only')
    .action(async (options) => (await import('../commands/status.js')).status(options))
}
