import { Command, Option } from 'commander'
import { addAudioFiles } from './program/audio-files.js'
import { addExchanging } from './program/exchanging.js'
import { addKeeping } from './program/keeping.js'
import { addRunning } from './program/running.js'
import { addSearching } from './program/searching.js'

/** The `coro` command. Each command's code is loaded when it runs, so that `denoise` needs no database. */
export function createProgram(): Command {
  const program = new Command('coro')
    .description('Semantic search over soundscapes: recordings go in by themselves, similar sounds come out.')
    .showHelpAfterError('(add --help for help)')
    .exitOverride()
    // `export` has options of the same names as `export search`.
    .enablePositionalOptions()
    .addHelpText(
      'after',
      `
Exit codes: 0 done; 1 failed; 2 wrong usage or configuration; 3 the input was refused;
4 the surroundings do not answer (server, database, data folder in use); 5 a person has paused what is waited for;
130 interrupted.
Environment variables: docs/configuration.md.`,
    )
  const add = (name: string, description: string, parent: Command = program) =>
    parent
      .command(name)
      .description(description)
      .exitOverride()
      .addOption(new Option('--data <dir>', 'data folder').env('CORO_DATA').default('.coro'))
      .option('--json', 'print the result as one JSON value')

  for (const addAll of [addRunning, addSearching, addExchanging, addKeeping, addAudioFiles]) addAll(add)
  return program
}
