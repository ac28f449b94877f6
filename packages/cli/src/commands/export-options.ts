export const exportExamples = `
Without a name it lists what there is. The format follows from the file's ending, or --format; - is standard output.
CSV is UTF-8 with instants in UTC; texts that a spreadsheet would run as formulas get an apostrophe (--no-formulas not).

Examples:
  coro export recordings --out recordings.parquet
  coro export embeddings --space logmel-stats-1280/denoised --out embeddings.parquet
  coro export ledger --format csv --out - | head
More in docs/exchange.md.`

export const exportSearchExamples = `
The format follows from the file's ending (.csv, .parquet, .zip: a WAV for each match, and matches.csv), or --format.
raven: one selection table, or one for each recording in a folder or .zip; audacity: labels, always one for each.

Examples:
  coro export search --segment 42 -k 100 --out matches.csv
  coro export search --segment 42 --min-similarity 0.9 --site lagoa --out matches.parquet
  coro export search --clip call.wav -k 200 --format raven --out selections/
  coro export search --segment 42 -k 50 --audio raw --out sounds.zip
More in docs/exchange.md.`
