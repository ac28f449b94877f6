export const exportExamples = `
Without a name it lists what there is. The format follows from the file's ending, or --format; - is standard output.
CSV is UTF-8 with instants in UTC; texts that a spreadsheet would run as formulas get an apostrophe (--no-formulas not).

Examples:
  coro export recordings --out recordings.parquet
  coro export embeddings --space logmel-stats-1280/denoised --out embeddings.parquet
  coro export ledger --format csv --out - | head
More in docs/exchange.md.`
