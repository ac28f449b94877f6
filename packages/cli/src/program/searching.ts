import { type Command, Option } from 'commander'
import { withFilterOptions } from '../commands/filter-options.js'
import { filterTerm } from '../filter-term.js'
import { addSubjectOptions } from '../search-subject.js'
import type { AddCommand } from './add-command.js'
import { collect, cosine, id, seconds, whole } from './option-values.js'

/** Commands that ask for similar sounds. */
export function addSearching(add: AddCommand): void {
  addSearchOptions(add('search', 'similar sounds, by an audio file, a stored segment, or a vector')).action(
    async (options) => (await import('../commands/search.js')).search(options),
  )
  anySearch(
    add('detections', 'when and where a sound occurs: counted by site, night and hour, beside the hours recorded'),
  )
    .requiredOption('--threshold <s>', 'a segment at least so similar is a detection', cosine)
    .option('--by <cells>', 'count by these: site, night (noon to noon), hour (local time)', 'site,night,hour')
    .option('--empty', 'also where something was recorded and nothing detected')
    .action(async (options) => (await import('../commands/detections.js')).detections(options))
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
    .action(async (action, what, options) => (await import('../commands/sample.js')).sample(action, what, options))
  add('compare', 'how alike two sites or two seasons are')
    .option('--a <name=value>', 'the one side: site=lagoa, months=11-2, ... (repeatable: all hold)', filterTerm)
    .option('--b <name=value>', 'the other side', filterTerm)
    .option('-k <n>', 'mutual neighbours for 1 to k', whole(1, 100), 5)
    .option('--sample-size <n>', 'segments drawn of each side, at most', whole(2, 2000), 500)
    .option('--seed <n>', 'of the draw', whole(0, 2_147_483_647), 1)
    .option('--space <name>', 'an embedding space by name')
    .addOption(new Option('--variant <variant>', "a variant of the active model's spaces").choices(['raw', 'denoised']))
    .action(async (options) => (await import('../commands/compare.js')).compare(options))
  add('evaluate', "how well similar sounds are found: the paper's measure on what is in")
    .option('--source <dir>', 'ingest this folder first, and evaluate it alone')
    .option('--model <model>', 'a built-in model, or the path of a manifest')
    .option('--splits <n>', 'how often the windows are split into stored ones and queries', whole(1, 1000), 5)
    .option('--seed <n>', 'of the splits', whole(0, Number.MAX_SAFE_INTEGER), 1)
    .option('--groups <csv>', 'columns key, recording: files of one original recording')
    .option('--labels <csv>', 'columns key, label: also judge what is found in other recordings')
    .option('--out <csv>', 'write every window with its split, role and variant')
    .action(async (options) => (await import('../commands/evaluate.js')).evaluateCommand(options))
}

/** What is searched by, and where. */
function anySearch(command: Command): Command {
  return withFilterOptions(addSubjectOptions(command, { seconds, id }))
    .option('--same-recording', "only the searched segment's own recording")
    .option('--other-recordings', "leave out the searched segment's own recording")
    .option('--space <name>', 'an embedding space by name')
    .addOption(new Option('--variant <variant>', "a variant of the active model's spaces").choices(['raw', 'denoised']))
}

/** The options of `coro search`: SearchOptions in search-request.ts. */
export function addSearchOptions(command: Command): Command {
  return anySearch(command)
    .option('-k <n>', 'how many results; 10 without, and all with --min-similarity', whole(1, Number.MAX_SAFE_INTEGER))
    .option('--min-similarity <s>', 'everything at least so similar (exact, printed as it comes)', cosine)
    .addOption(new Option('--group <by>', 'k recordings, each by its best segment').choices(['recording']))
    .option('--per-recording <n>', 'with --group: show so many segments of each recording', whole(1, 100))
    .addOption(new Option('--mode <mode>', 'how to search; auto without').choices(['auto', 'exact', 'hnsw']))
    .option('--exact', 'the same as --mode exact')
    .option('--ef <n>', "HNSW's candidate list", whole(1, 1000))
}
