import { Option } from 'commander'
import { withFilterOptions } from '../commands/filter-options.js'
import { exportExamples, exportSearchExamples } from '../commands/export-options.js'
import { importExamples, parseColumn } from '../commands/import-options.js'
import type { AddCommand } from './add-command.js'
import { addSearchOptions } from './searching.js'
import { number, timeZone } from './option-values.js'

/** Commands that take data out, and in from elsewhere. */
export function addExchanging(add: AddCommand): void {
  const exporting = add(
    'export',
    'views, tables and embeddings as CSV or Parquet; a search for Raven, Audacity, as WAVs',
  )
    .enablePositionalOptions()
    .argument('[name]', 'a view or table, or: embeddings')
    .option('--out <file>', 'the file to write; - for standard output')
    .addOption(new Option('--format <format>', "instead of the file's ending").choices(['csv', 'parquet']))
    .option('--no-formulas', 'CSV: keep texts as they are that a spreadsheet would run as formulas')
    .option('--space <name>', 'embeddings: of this space; of the active one without')
    .addOption(
      new Option('--variant <variant>', "embeddings: a variant of the active model's spaces").choices([
        'raw',
        'denoised',
      ]),
    )
  withFilterOptions(exporting)
    .addHelpText('after', exportExamples)
    .action(async (name, options) => (await import('../commands/export.js')).exportTable(name, options))
  addSearchOptions(add('search', 'the matches of a search, with the options of coro search', exporting))
    .option('--out <file>', 'a file, or a folder (its name ends with /, or it is there); - for standard output')
    .addOption(
      new Option('--format <format>', "instead of the file's ending").choices([
        'csv',
        'parquet',
        'raven',
        'audacity',
        'zip',
      ]),
    )
    .addOption(
      new Option('--audio <variant>', "zip: which sound; the searched space's without").choices(['raw', 'denoised']),
    )
    .option('--no-formulas', 'CSV: keep texts as they are that a spreadsheet would run as formulas')
    .addHelpText('after', exportSearchExamples)
    .action(async (options) => (await import('../commands/export-search.js')).exportSearch(options))
  add('import', 'embeddings that were made elsewhere (Parquet, CSV, NumPy), into a space of their own')
    .argument('<file>', 'Parquet, CSV, or .npy with --references')
    .requiredOption('--space <name>', 'the space; made where there is none')
    .option('--model <name>', "the network's name, as you call it; the space's name without")
    .addOption(
      new Option('--variant <variant>', 'the variant of the recordings that sounds as what was embedded').choices([
        'raw',
        'denoised',
      ]),
    )
    .option('--references <csv>', 'of a .npy file: a line for each of its rows (key, start_s, ...)')
    .option('--source <address>', 'folder or s3:// address that the keys count from, where no column says it')
    .option('--window <s>', 'length of the windows in seconds, where no column end_s says it', number(0.01, 3600, ' s'))
    .option(
      '--hop <s>',
      'from one window to the next; the least distance in the file without',
      number(0.001, 3600, ' s'),
    )
    .addOption(new Option('--time-zone <zone>', 'IANA zone of times without an offset').argParser(timeZone))
    .option('--column <field=column>', 'a column of another name, such as key=file (repeatable)', parseColumn, {})
    .option('--replace', 'where a window has another embedding already, take the new one')
    .option('--skip-bad', 'leave rows out that cannot be imported, instead of importing nothing')
    .option('--dry-run', 'check all of it, and write nothing')
    .addHelpText('after', importExamples)
    .action(async (file, options) => (await import('../commands/import.js')).importCommand(file, options))
}
