import { Option } from 'commander'
import type { AddCommand } from './add-command.js'
import { channel, collect, timeZone, whole } from './option-values.js'

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
    .option(
      '--wait',
      'wait until everything found is searchable or set aside; ends with 5 where all that is left is paused',
    )
    .option('--confirm-deletions', 'believe it where more than half of a source has gone, and take it out of search')
    .option('--dry-run', 'only tell what would be found, how long it would take and what would be refused')
    .option(
      '--sample <n>',
      '--dry-run: so many headers are read; of more files, a random sample',
      whole(1, 1_000_000),
      1000,
    )
    .action(async (source, options) => (await import('../commands/scan.js')).scan(source, options))
  add('source', 'what is watched: list the sources, show one, add one, or remove one that was added')
    .argument('[action]', 'list, show, add or remove', 'list')
    .argument('[source]', 'show, remove: id, address or name; add: a folder or s3:// address')
    .option(
      '--from <file>',
      'add: the whole declaration as JSON or YAML (docs/sources.md), instead of the options below',
    )
    .option('--name <name>', 'add: what it is called')
    .addOption(new Option('--time-zone <zone>', "add: IANA zone of its recorders' clocks").argParser(timeZone))
    .option('--channel <channel>', 'add: of multi-channel files: mix, or 1 for the first', channel)
    .option('--pattern <pattern>', 'add: keys of a deployment, such as {site}/{recorder}/... (repeatable)', collect, [])
    .option('--endpoint <url>', 'add: an S3-compatible server of its own')
    .option('--region <region>', 'add: its region')
    .option('--path-style', 'add: buckets as folders of the endpoint, as most servers but AWS want it')
    .option('--credentials <reference>', 'add: env:PREFIX, profile:NAME or file:PATH; never the keys themselves')
    .option('--sqs <url>', 'add: the queue that the bucket notifies')
    .option('--removed', 'list: also those that were removed')
    .action(async (action, source, options) => (await import('../commands/source.js')).source(action, source, options))
  const stages = () =>
    new Option('--stage <stage>', 'only this stage: prepare (read, denoise, cut) or embed').choices([
      'prepare',
      'embed',
    ])
  add('pause', 'take up no more recordings: of a source, at a stage, or none at all; what is in hand is finished')
    .option('--source <source>', 'only of this source: its folder, address or name')
    .addOption(stages())
    .option('--reason <text>', 'why, to be shown')
    .option('--by <name>', 'who, to be shown; your user name without')
    .action(async (options) => (await import('../commands/pause.js')).pause(options))
  add('resume', 'let what is paused go on: the pause of this source and stage; without either, all')
    .option('--source <source>', 'pauses of this source')
    .addOption(stages())
    .action(async (options) => (await import('../commands/pause.js')).resume(options))
  add('backlog', 'what waits: show it, take a part of it out (cancel), or bring that back (restore)')
    .argument('<action>', 'show, cancel or restore')
    .option('--source <source>', 'cancel, restore: of this source: its folder, address or name')
    .option('--before <date>', 'cancel, restore: only what was recorded before (2026-01-31, or an instant with Z)')
    .option('--all', 'cancel, restore: of all sources')
    .option('--reason <text>', 'cancel: why, to be kept with each recording')
    .option('--by <name>', 'who, for the ledger; your user name without')
    .option('--dry-run', 'only say what it would be')
    .action(async (action, options) => (await import('../commands/backlog.js')).backlog(action, options))
  add('status', 'how many recordings, segments and embeddings there are, and what waits')
    .option('--source <address>', 'of one source only')
    .action(async (options) => (await import('../commands/status.js')).status(options))
}
