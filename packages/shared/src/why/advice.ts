/** What a person can do about a reason code, in a sentence; docs/operating.md says more. Longest prefix first. */
const byCode: [RegExp, string][] = [
  [
    /^AUDIO_(EMPTY|TRUNCATED_HEADER|NO_SAMPLES)$/,
    'The recorder stopped before it wrote sound: check its card and battery.',
  ],
  [
    /^AUDIO_UNSUPPORTED$/,
    'Install ffmpeg where recordings are prepared, or convert the file to WAV or FLAC; then: coro quarantine retry --code AUDIO_UNSUPPORTED',
  ],
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
  [/^AUDIO_/, 'Copy the file from the card again where you can: a changed file is taken up by itself.'],
  [/^STORAGE_DENIED$/, "Check the credentials and permissions of the source's storage, and of the store."],
  [/^STORAGE_(GONE|CHANGED)$/, 'Nothing, usually: the next sweep of the source settles it.'],
  [/^STORAGE_UNAVAILABLE$/, 'See to the storage: Coro goes on by itself when it answers.'],
  [/^SPACE_NONE$/, 'Start an embed worker: it makes the embedding spaces.'],
  [/^SPACE_FOREIGN$/, 'Start an embed worker with the network that the space wants (CORO_MODEL).'],
  [/^FRONT_END_UNKNOWN$/, 'Run the same version of Coro everywhere.'],
  [
    /^(WORKER_DIED|THREAD_DIED)$/,
    'Look at the memory of the workers and at the evidence (coro quarantine list), then: coro quarantine retry ID',
  ],
  [/^THREAD_TIMEOUT$/, 'It took far longer than its size explains: look at the file with coro check.'],
  [/^CANCELLED$/, 'Bring it back with: coro backlog restore --source SOURCE'],
  [/^DUPLICATE$/, 'Nothing: search finds the recording with the same bytes.'],
]

/** What to do about a code; null where nothing is known. */
export function adviceFor(code: string | null): string | null {
  if (code === null) return null
  return byCode.find(([codes]) => codes.test(code))?.[1] ?? null
}
