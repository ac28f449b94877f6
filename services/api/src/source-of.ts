import { normaliseSourceUrl } from '@coro/shared/config/sources'
import type { Queryable } from '@coro/shared/database/open'
import { findSources } from '@coro/shared/database/sources'
import { CoroError } from '@coro/shared/errors'

/** The id of a source by address, folder or name. Throws SOURCE_UNKNOWN. */
export async function sourceIdOf(queryable: Queryable, source: string): Promise<number> {
  const asGiven = await findSources(queryable, source)
  const [id] = asGiven.length > 0 ? asGiven : await findSources(queryable, addressOf(source))
  if (id !== undefined) return id
  throw new CoroError('SOURCE_UNKNOWN', `There is no source ${source}: "coro status" lists them.`, {
    disposition: 'reject',
  })
}

/** What is no address is a folder; what is neither is taken as it is, and found nowhere. */
function addressOf(source: string): string {
  try {
    return normaliseSourceUrl(source, process.cwd())
  } catch {
    return source
  }
}
