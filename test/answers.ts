/** The shapes of the answers that the tests read: the contract of `--json`, written down a second time on purpose. */
export interface Status {
  recordings: Record<
    'discovered' | 'preparing' | 'embedding' | 'searchable' | 'quarantined' | 'duplicate' | 'failed',
    number
  >
  segments: number
  embeddings: Record<string, number>
  activeSpace: string | null
  queues: Record<string, { waiting: number; active: number; delayed: number; failed: number }>
}

export interface Recording {
  recordingId: number
  source: string
  key: string
  state: string
  reason: { code: string; message: string } | null
  startedAt: string | null
  utcOffset: string | null
  timeSource: string
  durationS: number | null
  sampleRateHz: number | null
  channels: number | null
  segments: number
  sha256: string | null
  duplicateOf: number | null
}

export interface SearchAnswer {
  mode: 'exact' | 'hnsw'
  space: string
  k: number
  ef: number | null
  candidates: number
  complete: boolean
  results: {
    segmentId: number
    recordingId: number
    source: string
    key: string
    site: string | null
    recorder: string | null
    startedAt: string | null
    startS: number
    endS: number
    similarity: number
    queryStartS: number | null
  }[]
}

export interface LedgerRow {
  stage: string
  attempt: number
  outcome: string | null
  code: string | null
}

/** `coro retime --json`. */
export interface RetimeAnswer {
  correction: { id: number }
  made: boolean
  recordings: number
  changed: number
}
