import { Option } from 'commander'
import { parseInstant, parseNumber, parseOffset, parseReference } from '../commands/retime-options.js'
import type { AddCommand } from './add-command.js'
import { number, timeZone, whole } from './option-values.js'

/** Commands that look after what is in. */
export function addKeeping(add: AddCommand): void {
  add('recordings', 'list the recordings and their states')
    .option('--state <states>', 'only these states, separated by commas')
    .option('--site <site>', 'only of this site')
    .option('--recorder <recorder>', 'only of this recorder')
    .option('--key <key>', 'only with this key')
    .option(
      '--conflicts',
      'instead: pairs of one recorder at the same time with different sound (also with --recorder)',
    )
    .action(async (options) => (await import('../commands/recordings.js')).recordings(options))
  add('why', 'the story of one file in sentences: what happened to it, why it is not searchable, what to do about it')
    .argument('<recording>', "a recording's id, its key, its whole address, or its file's name")
    .addHelpText(
      'after',
      '\nA key that begins with a dash stands behind two: coro why -- -x.wav\nExit codes: 0 it is searchable; 3 it is known, and not searchable; 4 nothing is known of it.',
    )
    .action(async (what, options) => (await import('../commands/why.js')).why(what, options))
  add('recorders', 'how each recorder does: last heard, hours a night, clock, battery, temperature, gain')
    .argument('[recorder]', 'one of them, night by night, with its clock jumps')
    .option(
      '--silent-after <h>',
      'only those that are this many hours overdue; ends with 3 where there is one',
      number(0, 87_600, ' h'),
    )
    .option(
      '--days <n>',
      'count clock jumps of the recordings that were found in the last so many days',
      whole(1, 36_500),
      14,
    )
    .action(async (name, options) => (await import('../commands/recorders.js')).recorders(name, options))
  add('doctor', 'compare database, store and queue with each other; ends with 3 where something is wrong')
    .option('--repair', 'mend what can be mended safely')
    .option('--deep', 'read every byte: originals and prepared audio against their hashes')
    .action(async (options) => (await import('../commands/doctor.js')).doctor(options))
  add('backup', 'copy the embedded system, stopped, into a new folder: database and prepared audio')
    .argument('<folder>', 'the folder to make')
    .option('--no-store', 'the database alone; prepared audio can be made again')
    .action(async (folder, options) => (await import('../commands/backup.js')).backup(folder, options))
  add('restore', 'an embedded system from a backup, into an empty data folder (--data)')
    .argument('<folder>', 'what coro backup wrote')
    .action(async (folder, options) => (await import('../commands/backup.js')).restore(folder, options))
  add('alert', 'what was alerted, or a test message to everybody who is to be told')
    .argument('[action]', 'list or test', 'list')
    .option('--limit <n>', 'list: at most so many', whole(1, 10_000), 50)
    .action(async (action, options) => (await import('../commands/alert.js')).alert(action, options))
  add('site', 'list the sites, or say where one is: for local times and the sun')
    .argument('[name]', 'the site to place')
    .addOption(new Option('--time-zone <zone>', 'its IANA time zone').argParser(timeZone))
    .option('--latitude <degrees>', 'north', number(-90, 90, ' degrees'))
    .option('--longitude <degrees>', 'east', number(-180, 180, ' degrees'))
    .action(async (name, options) => (await import('../commands/site.js')).site(name, options))
  add('labels', 'what was heard when: import a file of labels, list them, or remove some')
    .argument('<action>', 'import, list or remove')
    .argument('[file]', 'import: CSV (key, label; start_s, end_s, annotator, confidence), Raven or Audacity')
    .addOption(
      new Option('--format <format>', 'import: told by the file without').choices(['csv', 'raven', 'audacity']),
    )
    .option('--source <source>', "import: the recordings' source, by address or name")
    .option('--key <key>', 'the recording (import: for rows that name none, as in Audacity)')
    .option('--annotator <name>', 'who heard it (import: for rows that say none)')
    .option('--origin <name>', "the imported file; import: another name for it than the file's")
    .option('--label <label>', 'list, remove: only these')
    .option('--skip-unknown', 'import: leave out labels of recordings that are not there')
    .option('--all', 'remove: all of them')
    .action(async (action, file, options) => (await import('../commands/labels.js')).labels(action, file, options))
  add('quarantine', 'recordings that were set aside: list them with their reasons, or retry')
    .argument('<action>', 'list or retry')
    .argument('[recording]', 'retry: this recording only', whole(1, Number.MAX_SAFE_INTEGER))
    .option('--code <code>', 'only those with this reason code')
    .option('--source <source>', 'only those of this source: its folder, address or name')
    .option('--all', 'retry: all of them')
    .option('--dry-run', 'retry: only say which it would be')
    .option('--by <name>', 'retry: who, for the ledger; your user name without')
    .action(async (action, id, options) => (await import('../commands/quarantine.js')).quarantine(action, id, options))
  add('retime', "correct the clock or the time zone of a deployment's recordings; nothing is embedded again")
    .option('--source <source>', 'only of this source: its folder, address or name')
    .option('--prefix <prefix>', "only of this folder (a deployment's) below the source")
    .option('--site <site>', 'only of this site')
    .option('--recorder <recorder>', 'only of this recorder')
    .option('--from <instant>', 'only those that claim to begin at or after (ISO with Z or an offset)', parseInstant)
    .option('--to <instant>', 'only those that claim to begin before', parseInstant)
    .option('--offset <time>', 'add this much: +HH:MM:SS or seconds; + where the clock was behind', parseOffset)
    .option('--drift <seconds>', 'add so many for each day since --since; + where the clock loses', parseNumber)
    .option('--since <instant>', 'when the drifting clock was right', parseInstant)
    .option(
      '--at <clock=true>',
      'the recorder showed CLOCK when it was TRUE; once for an offset, twice for offset and drift',
      parseReference,
      [],
    )
    .addOption(
      new Option('--time-zone <zone>', 'read times without an offset again in this IANA zone').argParser(timeZone),
    )
    .option('--note <text>', 'why, to be kept with it')
    .option('--by <name>', 'who, to be kept with it; your user name without')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--undo <id>', 'take a correction back', whole(1, Number.MAX_SAFE_INTEGER))
    .option('--list', 'list all corrections')
    .action(async (options) => (await import('../commands/retime.js')).retime(options))
  add('index', "build a space's HNSW index, or delete for good what is marked as deleted")
    .argument('<action>', 'build or sweep')
    .option('--space <name>', 'an embedding space by name; the active one without')
    .addOption(new Option('--variant <variant>', "a variant of the active model's spaces").choices(['raw', 'denoised']))
    .addOption(
      new Option(
        '--graph <graph>',
        'build: of the vectors, or of their bits (large spaces; a sixteenth of the memory)',
      ).choices(['vectors', 'bits']),
    )
    .option('--again', 'build: also where there is one, beside it')
    .action(async (action, options) => (await import('../commands/index-command.js')).indexCommand(action, options))
  add('space', 'list the embedding spaces, or remove one that nothing uses, with its vectors')
    .argument('<action>', 'list or remove')
    .argument('[name]', 'remove: the space, which is neither active nor kept filled')
    .option('--yes', 'remove: without asking')
    .action(async (action, name, options) => (await import('../commands/space.js')).space(action, name, options))
  add('migrate', "bring the database to this version's schema").action(async (options) =>
    (await import('../commands/migrate.js')).migrateCommand(options),
  )
}
