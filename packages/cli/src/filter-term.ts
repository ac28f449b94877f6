import { searchFilter } from '@coro/shared/database/search-filter'
import { InvalidArgumentError } from 'commander'

const names = Object.keys(searchFilter.shape)

/** `site=lagoa`, `months=11-2` as a filter, for an option that is given several times; a name given twice is a list. */
export function filterTerm(text: string, before: Record<string, unknown> = {}): Record<string, unknown> {
  const [, name = '', value = ''] = /^(\w+)=(.+)$/s.exec(text) ?? []
  if (!names.includes(name)) {
    throw new InvalidArgumentError(`must be NAME=VALUE, such as site=lagoa or months=11-2 (${names.join(', ')}).`)
  }
  const earlier = before[name]
  return { ...before, [name]: earlier === undefined ? value : [earlier, value].flat() }
}
