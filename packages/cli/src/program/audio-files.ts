import { frequencyScales } from '@coro/spectrogram/frequency-scale'
import { palettes } from '@coro/spectrogram/palette'
import { spectrogramDefaults, spectrogramLimits } from '@coro/spectrogram/spectrogram-options'
import { Option } from 'commander'
import type { AddCommand } from './add-command.js'
import { band, channel, number, seconds, size, timeZone, whole } from './option-values.js'

/** Commands that work on audio files, and need no database. */
export function addAudioFiles(add: AddCommand): void {
  add('check', 'what Coro would do with files: use them, warn, or refuse them, and why (no database)')
    .argument('<files...>', 'recordings, or what should be some')
    .addOption(new Option('--time-zone <zone>', 'IANA zone of times without an offset').argParser(timeZone))
    .option('--channel <channel>', 'mix, or one channel: 1 for the first', channel, 'mix')
    .action(async (files, options) => (await import('../commands/check.js')).check(files, options))
  add('denoise', 'take one file through the noise gate and the resampler')
    .argument('<in>', 'a recording')
    .argument('<out>', 'the mono WAV file to write; never the recording itself')
    .addOption(
      new Option('--mode <mode>', 'noise gate').choices(['stationary', 'non-stationary', 'off']).default('stationary'),
    )
    .option('--rate <hz>', 'sample rate of the output', whole(1000, 1_000_000), 32_000)
    .option('--float', '32-bit float samples instead of 16-bit')
    .option('--noise <file>', 'stationary: take the noise statistics from this recording')
    .option(
      '--n-std <n>',
      'stationary: threshold in standard deviations above the mean level (1.5 without)',
      number(-100, 100, ''),
    )
    .option('--prop-decrease <p>', 'how much of the noise to remove, 0 to 1 (1 without)', number(0, 1, ''))
    .option('--freq-smooth <hz>', 'smooth the mask over this many Hz; 0 = not (500 without)', number(0, 1e6, ' Hz'))
    .option('--time-smooth <ms>', 'smooth the mask over this many ms; 0 = not (50 without)', number(0, 2000, ' ms'))
    .option(
      '--time-constant <s>',
      'non-stationary: of the smoothed level, in seconds (2 without)',
      number(0.001, 3600, ' s'),
    )
    .option('--threshold <n>', 'non-stationary: how many times the smoothed level (2 without)', number(0, 1000, ''))
    .option('--slope <n>', 'non-stationary: slope of the mask (10 without)', number(0, 1000, ''))
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
    .action(async (input, out, options) => (await import('../commands/denoise.js')).denoise(input, out, options))
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
    .action(async (what, options) => (await import('../commands/spectrogram.js')).spectrogram(what, options))
}
