import { searchFilter, type SearchFilter } from '@coro/shared/database/search-filter'
import { CoroError } from '@coro/shared/errors'

/** A filter, and what speaks of the searched segment's recording. */
export interface FilterWishes extends SearchFilter {
  sameRecording: boolean
  otherRecordings: boolean
}

const filterKeys = Object.keys(searchFilter.shape) as (keyof SearchFilter)[]

/**
 * The filter in a search's options; `sameRecording` and `otherRecordings` speak of the searched segment's recording. Throws
 * SEARCH_INVALID where there is none, or both are asked for.
 */
export function filterOf(options: FilterWishes, recordingId: number | undefined): SearchFilter {
  const filter = Object.fromEntries(
    filterKeys.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]])),
  ) as SearchFilter
  const { sameRecording, otherRecordings } = options
  if (!sameRecording && !otherRecordings) return filter
  if (sameRecording && otherRecordings) throw invalid('sameRecording and otherRecordings leave nothing')
  if (recordingId === undefined) {
    throw invalid('sameRecording and otherRecordings need a search by segment: only that has a recording')
  }
  if (sameRecording) return { ...filter, recording: recordingId }
  return { ...filter, notRecording: [filter.notRecording ?? [], recordingId].flat() }
}

const invalid = (message: string) => new CoroError('SEARCH_INVALID', message, { disposition: 'reject' })
