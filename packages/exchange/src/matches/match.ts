import { fileURLToPath } from 'node:url'
import type { Cell, TableColumn } from '../table/table.js'

/** A segment that a search returned. */
export interface Match {
  /** From 1. */
  rank: number
  /** Cosine. */
  similarity: number
  segmentId: number
  recordingId: number
  /** Address of the recording's source. */
  source: string
  /** Below the source, with `/`. */
  key: string
  site: string | null
  recorder: string | null
  /** Of the segment, ISO 8601 in UTC. */
  startedAt: string | null
  /** From the recording's start. */
  startS: number
  endS: number
  /** The recording's own rate; null where it is not known. */
  sampleRateHz: number | null
  /** Where the clip's window that found it begins; null for other searches. */
  queryStartS: number | null
}

export const matchColumns: TableColumn[] = [
  { name: 'rank', kind: 'integer' },
  { name: 'similarity', kind: 'real' },
  { name: 'segment_id', kind: 'integer' },
  { name: 'recording_id', kind: 'integer' },
  { name: 'source', kind: 'text' },
  { name: 'key', kind: 'text' },
  { name: 'site', kind: 'text' },
  { name: 'recorder', kind: 'text' },
  { name: 'started_at', kind: 'instant' },
  { name: 'start_s', kind: 'real' },
  { name: 'end_s', kind: 'real' },
  { name: 'query_start_s', kind: 'real' },
]

/** A match as a row under matchColumns. */
export function matchCells(match: Match): Cell[] {
  const { rank, similarity, segmentId, recordingId, source, key, site, recorder, startedAt } = match
  return [
    rank,
    Math.round(similarity * 1e6) / 1e6,
    segmentId,
    recordingId,
    source,
    key,
    site,
    recorder,
    startedAt === null ? null : new Date(startedAt),
    match.startS,
    match.endS,
    match.queryStartS,
  ]
}

/** Where a recording lies: a path for a folder, else its address. */
export function recordingPath({ source, key }: Pick<Match, 'source' | 'key'>): string {
  const root = source.replace(/\/+$/, '')
  if (!root.startsWith('file:')) return `${root}/${key}`
  try {
    return `${fileURLToPath(root)}/${key}`
  } catch {
    return `${root}/${key}`
  }
}

/** What no file system and no program takes amiss in a name. */
export const safeName = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  text.replaceAll(/[\u0000-\u001f\u007f<>:"|?*\\/]/g, '_').replace(/[. ]+$/, '_')

/** A key as a path below a folder, wherever its parts point. */
export function safePath(key: string): string {
  const parts = key.split('/').filter((part) => part !== '' && part !== '.' && part !== '..')
  return parts.map(safeName).join('/') || '_'
}
