import { frequencyScales } from '@coro/spectrogram/frequency-scale'
import { palettes } from '@coro/spectrogram/palette'
import { spectrogramDefaults, spectrogramLimits } from '@coro/spectrogram/spectrogram-options'
import { Command, InvalidArgumentError, Option } from 'commander'
import { withFilterOptions } from './commands/filter-options.js'
import { filterTerm } from './filter-term.js'
import { addSubjectOptions } from './search-subject.js'
import { parseInstant, parseNumber, parseOffset, parseReference } from './commands/retime-options.js'

/** A whole number within bounds, for an option. */
const whole = (min: number, max: number) => (text: string) => {
  const n = Number(text)
  if (!Number.isInteger(n) || n < min || n > max)
    throw new InvalidArgumentError(`must be a whole number ${min} to ${max}.`)
  return n
}

/** A picture's size, for an option. */
const size = (text: string) => {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(text) ?? []
  if (width === undefined || height === undefined)
    throw new InvalidArgumentError('must be WIDTHxHEIGHT, such as 800x400.')
  return {
    width: whole(spectrogramLimits.width.min, spectrogramLimits.width.max)(width),
    height: whole(spectrogramLimits.height.min, spectrogramLimits.height.max)(height),
  }
}

/** An IANA time zone, for an option. */
const timeZone = (text: string) => {
  try {
    Intl.DateTimeFormat('en-US', { timeZone: text })
  } catch {
    throw new InvalidArgumentError('must be the name of a time zone, such as America/Sao_Paulo.')
  }
  return text
}

/** A number within bounds, for an option. */
const number =
  (min: number, max: number, unit = '') =>
  (text: string) => {
    const value = Number(text)
    if (text.trim() === '' || !(value >= min && value <= max)) {
      throw new InvalidArgumentError(`must be a number ${min} to ${max}${unit}.`)
    }
    return value
  }
const seconds = number(0, 86_400, ' (seconds)')
const cosine = number(-1, 1)
const id = whole(1, Number.MAX_SAFE_INTEGER)
/** A channel of a file, for an option: `mix`, or 1 for the first. */
const channel = (text: string) => {
  if (!/^(mix|[1-9]\d{0,2})$/.test(text)) throw new InvalidArgumentError('must be mix, or 1 for the first channel.')
  return text
}

/** A band, for an option: `200-15000`. */
const band = (text: string) => {
  const [, lowHz, highHz] = /^(\d+)-(\d+)$/.exec(text) ?? []
  if (lowHz === undefined || highHz === undefined) throw new InvalidArgumentError('must be LOW-HIGH in Hz.')
  return { lowHz: Number(lowHz), highHz: Number(highHz) }
}

const collect = (value: string, before: string[]) => [...before, value]

/** The `coro` command. Each command's code is loaded when it runs, so that `denoise` needs no database. */
export function createProgram(): Command {
  const program = new Command('coro')
    .description('Semantic search over soundscapes: recordings go in by themselves, similar sounds come out.')
    .showHelpAfterError('(add --help for help)')
    .exitOverride()
    .addHelpText(
      'after',
      `
Exit codes: 0 done; 1 failed; 2 wrong usage or configuration; 3 the input was refused;
4 the surroundings do not answer (server, database, data folder in use); 130 interrupted.
Environment variables: docs/configuration.md.`,
    )
  const add = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .exitOverride()
      .addOption(new Option('--data <dir>', 'data folder').env('CORO_DATA').default('.coro'))
      .option('--json', 'print the result as one JSON value')

  add('demo', 'make and ingest a small synthetic deployment (or your own folder), search it, and keep running')
    .option('--source <dir>', 'a folder of your own recordings instead')
    .option('--exit', 'end after the summary')
    .action(async (options) => (await import('./commands/demo.js')).demo(options))
  add('start', 'run the embedded system on the configured sources for good')
    .option('--source <address>', 'watch this folder or s3:// address too (repeatable)', collect, [])
    .action(async (options) => (await import('./commands/start.js')).start(options))
  add('scan', 'look for new recordings now')
    .argument('[source]', 'one source by folder or address; all configured ones without')
    .option('--wait', 'wait until everything found is searchable or set aside')
    .action(async (source, options) => (await import('./commands/scan.js')).scan(source, options))
  add('status', 'how many recordings, segments and embeddings there are, and what waits')
    .option('--source <address>', 'of one source only')
    .action(async (options) => (await import('./commands/status.js')).status(options))
  const anySearch = (command: Command) =>
    withFilterOptions(addSubjectOptions(command, { seconds, id }))
      .option('--same-recording', "only the searched segment's own recording")
      .option('--other-recordings', "leave out the searched segment's own recording")
      .option('--space <name>', 'an embedding space by name')
      .addOption(
        new Option('--variant <variant>', "a variant of the active model's spaces").choices(['raw', 'denoised']),
      )
  anySearch(add('search', 'similar sounds, by an audio file, a stored segment, or a vector'))
    .option('-k <n>', 'how many results; 10 without, and all with --min-similarity', whole(1, Number.MAX_SAFE_INTEGER))
    .option('--min-similarity <s>', 'everything at least so similar (exact, printed as it comes)', cosine)
    .addOption(new Option('--group <by>', 'k recordings, each by its best segment').choices(['recording']))
    .option('--per-recording <n>', 'with --group: show so many segments of each recording', whole(1, 100))
    .addOption(new Option('--mode <mode>', 'how to search; auto without').choices(['auto', 'exact', 'hnsw']))
    .option('--exact', 'the same as --mode exact')
    .option('--ef <n>', "HNSW's candidate list", whole(1, 1000))
    .action(async (options) => (await import('./commands/search.js')).search(options))
  anySearch(
    add('detections', 'when and where a sound occurs: counted by site, night and hour, beside the hours recorded'),
  )
    .requiredOption('--threshold <s>', 'a segment at least so similar is a detection', cosine)
    .option('--by <cells>', 'count by these: site, night (noon to noon), hour (local time)', 'site,night,hour')
    .option('--empty', 'also where something was recorded and nothing detected')
    .action(async (options) => (await import('./commands/detections.js')).detections(options))
  anySearch(add('sample', 'a random sample by similarity, to be judged; precision at each threshold from it'))
    .argument('[action]', 'draw, judge, precision or list', 'draw')
    .argument('[what]', 'judge: the CSV file, or an id with --is-label; precision: an id')
    .option('--strata <n>', 'ranges of similarity, each about half as large as the one below it', whole(1, 30), 10)
    .option('--per-stratum <n>', 'segments drawn of each', whole(1, 10_000), 20)
    .option('--seed <n>', 'the same seed draws the same sample', whole(0, 2_147_483_647), 1)
    .option('--min-similarity <s>', 'draw from what is at least so similar', cosine)
    .option('--out <csv>', 'the file to write; sample-ID.csv without')
    .option('--by <name>', 'judge: who judged')
    .option('--is-label <label>', 'judge by labels: this one is the sound (repeatable)', collect, [])
    .option('--is-not-label <label>', 'judge by labels: this one is another (repeatable)', collect, [])
    .action(async (action, what, options) => (await import('./commands/sample.js')).sample(action, what, options))
  add('compare', 'how alike two sites or two seasons are')
    .option('--a <name=value>', 'the one side: site=lagoa, months=11-2, ... (repeatable: all hold)', filterTerm)
    .option('--b <name=value>', 'the other side', filterTerm)
    .option('-k <n>', 'mutual neighbours for 1 to k', whole(1, 100), 5)
    .option('--sample-size <n>', 'segments drawn of each side, at most', whole(2, 2000), 500)
    .option('--seed <n>', 'of the draw', whole(0, 2_147_483_647), 1)
    .option('--space <name>', 'an embedding space by name')
    .addOption(new Option('--variant <variant>', "a variant of the active model's spaces").choices(['raw', 'denoised']))
    .action(async (options) => (await import('./commands/compare.js')).compare(options))
  add('evaluate', "how well similar sounds are found: the paper's measure on what is in")
    .option('--source <dir>', 'ingest this folder first, and evaluate it alone')
    .option('--model <model>', 'a built-in model, or the path of a manifest')
    .option('--splits <n>', 'how often the windows are split into stored ones and queries', whole(1, 1000), 5)
    .option('--seed <n>', 'of the splits', whole(0, Number.MAX_SAFE_INTEGER), 1)
    .option('--groups <csv>', 'columns key, recording: files of one original recording')
    .option('--labels <csv>', 'columns key, label: also judge what is found in other recordings')
    .option('--out <csv>', 'write every window with its split, role and variant')
    .action(async (options) => (await import('./commands/evaluate.js')).evaluateCommand(options))
  add('recordings', 'list the recordings and their states')
    .option('--state <states>', 'only these states, separated by commas')
    .option('--site <site>', 'only of this site')
    .option('--recorder <recorder>', 'only of this recorder')
    .option('--key <key>', 'only with this key')
    .action(async (options) => (await import('./commands/recordings.js')).recordings(options))
  add('site', 'list the sites, or say where one is: for local times and the sun')
    .argument('[name]', 'the site to place')
    .addOption(new Option('--time-zone <zone>', 'its IANA time zone').argParser(timeZone))
    .option('--latitude <degrees>', 'north', number(-90, 90, ' degrees'))
    .option('--longitude <degrees>', 'east', number(-180, 180, ' degrees'))
    .action(async (name, options) => (await import('./commands/site.js')).site(name, options))
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
    .action(async (action, file, options) => (await import('./commands/labels.js')).labels(action, file, options))
  add('quarantine', 'recordings that were set aside: list them with their reasons, or retry')
    .argument('<action>', 'list or retry')
    .argument('[recording]', 'retry: this recording only', whole(1, Number.MAX_SAFE_INTEGER))
    .option('--code <code>', 'retry: only those with this reason code')
    .option('--all', 'retry: all of them')
    .action(async (action, id, options) => (await import('./commands/quarantine.js')).quarantine(action, id, options))
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
    .action(async (options) => (await import('./commands/retime.js')).retime(options))
  add('index', "build a space's HNSW index, or delete for good what is marked as deleted")
    .argument('<action>', 'build or sweep')
    .option('--space <name>', 'an embedding space by name; the active one without')
    .addOption(new Option('--variant <variant>', "a variant of the active model's spaces").choices(['raw', 'denoised']))
    .option('--again', 'build: also where there is one, beside it')
    .action(async (action, options) => (await import('./commands/index-command.js')).indexCommand(action, options))
  add('check', 'what Coro would do with files: use them, warn, or refuse them, and why (no database)')
    .argument('<files...>', 'recordings, or what should be some')
    .addOption(new Option('--time-zone <zone>', 'IANA zone of times without an offset').argParser(timeZone))
    .option('--channel <channel>', 'mix, or one channel: 1 for the first', channel, 'mix')
    .action(async (files, options) => (await import('./commands/check.js')).check(files, options))
  add('denoise', 'take one file through the noise gate and the resampler')
    .argument('<in>', 'a recording')
    .argument('<out>', 'the WAV file to write')
    .addOption(
      new Option('--mode <mode>', 'noise gate').choices(['stationary', 'non-stationary', 'off']).default('stationary'),
    )
    .option('--rate <hz>', 'sample rate of the output', whole(1000, 1_000_000), 32_000)
    .option('--float', '32-bit float samples instead of 16-bit')
    .option('--noise <file>', 'stationary: take the noise statistics from this recording')
    .option('--n-std <n>', 'stationary: threshold in standard deviations above the mean level', number(-100, 100, ''))
    .option('--prop-decrease <p>', 'how much of the noise to remove', number(0, 1, ''))
    .option('--freq-smooth <hz>', 'smooth the mask over this many Hz; 0 = not', number(0, 1e6, ' Hz'))
    .option('--time-smooth <ms>', 'smooth the mask over this many ms; 0 = not', number(0, 2000, ' ms'))
    .option('--time-constant <s>', 'non-stationary: of the smoothed level, in seconds', number(0.001, 3600, ' s'))
    .option('--threshold <n>', 'non-stationary: how many times the smoothed level', number(0, 1000, ''))
    .option('--slope <n>', 'non-stationary: slope of the mask', number(0, 1000, ''))
    .option('--channel <channel>', 'mix, or one channel: 1 for the first', channel, 'mix')
    .option('--band-pass <low-high>', 'keep this band of the output, in Hz: 200-15000', band)
    .addOption(
      new Option('--gate-order <order>', 'gate before or after resampling')
        .choices(['before', 'after'])
        .default('before'),
    )
    .addOption(
      new Option('--resampler <resampler>', 'filter of the resampler').choices(['kaiser', 'scipy']).default('kaiser'),
    )
    .action(async (input, out, options) => (await import('./commands/denoise.js')).denoise(input, out, options))
  const { rangeDb, maxDb } = spectrogramLimits
  add('spectrogram', 'draw a stored segment or an audio file as a PNG')
    .argument('<segment|file>', 'id of a segment, or a recording (no database)')
    .option('--out <file>', 'the PNG file to write; segment-ID.png or NAME.png here without')
    .addOption(
      new Option('--scale <scale>', 'frequency axis').choices(frequencyScales).default(spectrogramDefaults.scale),
    )
    .option('--min-hz <hz>', 'lower edge', number(0, 1_000_000), spectrogramDefaults.minHz)
    .option('--max-hz <hz>', 'upper edge; half the sample rate without', number(0, 1_000_000))
    .option(
      '--range-db <db>',
      'from the darkest colour to the brightest',
      number(rangeDb.min, rangeDb.max),
      spectrogramDefaults.rangeDb,
    )
    .option(
      '--max-db <db>',
      "the brightest colour, in dB of a full-scale sine; the picture's loudest point without",
      number(maxDb.min, maxDb.max),
    )
    .addOption(
      new Option('--size <pixels>', 'width and height').argParser(size).default({ width: 800, height: 400 }, '800x400'),
    )
    .addOption(new Option('--palette <name>', 'colours').choices(palettes).default(spectrogramDefaults.palette))
    .option('--start <s>', 'of a file: from here, in seconds', seconds)
    .option('--end <s>', 'of a file: up to here', seconds)
    .addOption(new Option('--variant <variant>', 'of a segment; raw without').choices(['raw', 'denoised']))
    .action(async (what, options) => (await import('./commands/spectrogram.js')).spectrogram(what, options))
  add('migrate', "bring the database to this version's schema").action(async (options) =>
    (await import('./commands/migrate.js')).migrateCommand(options),
  )
  return program
}
