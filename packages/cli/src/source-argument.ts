import { existsSync } from 'node:fs'
import { normaliseSourceUrl } from '@coro/shared/config/sources'

/** A source as a person names it: a folder that is here by its address, anything else (a name, an address) as it is. */
export function sourceArgument(source: string): string {
  return !source.includes('://') && existsSync(source) ? normaliseSourceUrl(source, process.cwd()) : source
}
