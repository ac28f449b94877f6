/** What a person can do about a reason code, in a sentence; docs/operating.md says more. Longest prefix first. */
const byCode: [RegExp, string][] = [
  [
    /^AUDIO_(EMPTY|TRUNCATED_HEADER|NO_SAMPLES)$/,
    'Compare it with the file on the card. Where that one is longer, copy it again: a changed file is taken up by itself. ' +
      'Where it is the same, the recorder wrote no sound: check its card and battery.',
  ],
  [
    /^AUDIO_NOT_AUDIO$/,
    'Nothing, where it was never a recording: it harms nothing there. Else copy it from the card again: a changed file is taken up by itself.',
  ],
  [
    /^AUDIO_UNSUPPORTED$/,
    'Do what the reason says: a converted file beside it is taken in by itself; after ffmpeg was installed: coro quarantine retry --code AUDIO_UNSUPPORTED',
  ],
  [/^AUDIO_IO$/, "Let Coro's user read the file, or see to the disk or the mount; then: coro quarantine retry {id}"],
  [
    /^AUDIO_NO_CHANNEL$/,
    "Correct the deployment's channel in the configuration; then: coro quarantine retry --code AUDIO_NO_CHANNEL",
  ],
  [/^AUDIO_UNWRITABLE$/, 'Make room on the disk of the prepared audio, or let Coro write there: it goes on by itself.'],
  [
    /^STAGING_FULL$/,
    'Make room on the disk of the temporary folder, or set TMPDIR to a larger one: it goes on by itself.',
  ],
  [/^DATABASE_FULL$/, 'Make room on the disk of the database: it goes on by itself.'],
  [
    /^AUDIO_/,
    'Copy the file from the card again where you can: a changed file is taken up by itself. Where the one on the card is the same, ' +
      'it was damaged there: have the card checked.',
  ],
  [/^STORAGE_DENIED$/, "Check the credentials and permissions of the source's storage, and of the store."],
  [/^STORAGE_(GONE|CHANGED)$/, 'Nothing, usually: the next sweep of the source settles it.'],
  [/^STORAGE_UNAVAILABLE$/, 'See to the storage: Coro goes on by itself when it answers.'],
  [/^SPACE_NONE$/, 'Start an embed worker: it makes the embedding spaces.'],
  [/^SPACE_FOREIGN$/, 'Start an embed worker with the network that the space wants (CORO_MODEL).'],
  [/^FRONT_END_UNKNOWN$/, 'Run the same version of Coro everywhere.'],
  [
    /^(WORKER_DIED|THREAD_DIED)$/,
    'Look at the memory of the workers and at the evidence (coro quarantine list), then: coro quarantine retry {id}',
  ],
  [/^THREAD_TIMEOUT$/, 'It took far longer than its size explains: look at the file with coro check.'],
  [
    /^(FOLDER|FILE)_DENIED$/,
    "Let Coro's user read it (the next sweep takes it in), or leave it so: nothing else waits for it.",
  ],
  [/^UNREADABLE$/, 'See to the disk or the mount; the next sweep tries it again.'],
  [/^LINK_BROKEN$/, 'Mount what the link leads to, or delete the link.'],
  [/^LINK_TO_FOLDER$/, 'Declare the folder that it leads to as a source of its own.'],
  [/^NAME_NOT_UTF8$/, 'Rename it; convmv -r -f latin1 -t utf8 --notest FOLDER does it for all that lies below.'],
  [/^NAME_TOO_LONG$/, 'Shorten the names of the folders that it lies in.'],
  [/^NOT_A_FILE$/, 'Nothing, unless a recording should be there.'],
  [/^CANCELLED$/, 'Bring it back with: coro backlog restore --source SOURCE'],
  [/^DUPLICATE$/, 'Nothing: search finds the recording with the same bytes.'],
]

/** What to do about a code; null where nothing is known. recordingId: for commands that name it. */
export function adviceFor(code: string | null, recordingId?: number): string | null {
  if (code === null) return null
  const advice = byCode.find(([codes]) => codes.test(code))?.[1] ?? null
  return advice?.replaceAll('{id}', String(recordingId ?? 'ID')) ?? null
}

/** Warnings of a recording that is searchable, though a better copy of it may exist. */
const incomplete =
  /^AUDIO_(TRUNCATED|SIZE_UNKNOWN|CORRUPT_FRAMES|FORMAT_CHANGED|NON_FINITE|IMPOSSIBLE_LENGTH|HEADER_MISMATCH|MORE_DATA)$/

/** What to do about a recording that could be read, and is odd; null where nothing is to be done. */
export function adviceForWarnings(codes: string[]): string | null {
  if (codes.some((code) => incomplete.test(code)))
    return 'Where the file on the card is longer or another, copy it again: it takes the place of this one.'
  if (codes.includes('AUDIO_SILENT') || codes.includes('AUDIO_CONSTANT'))
    return "Check the recorder's microphone and its cable."
  return codes.includes('AUDIO_CLIPPED') ? "Lower the recorder's gain." : null
}
