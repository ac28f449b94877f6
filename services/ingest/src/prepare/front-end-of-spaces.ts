import { type FrontEnd, frontEndIdentity } from '@coro/audio/front-end'
import { parseFrontEnd } from '@coro/audio/parse-front-end'
import type { Space } from '@coro/shared/database/spaces'
import { CoroError } from '@coro/shared/errors'
import { frontEndIdOf } from '@coro/shared/storage/prepared-keys'

/**
 * The front end that the wanted spaces are made with: theirs alone, so that whoever prepares and whoever embeds cannot
 * be configured differently. Throws FRONT_END_UNKNOWN where this version cannot compute it, or the spaces differ.
 */
export function frontEndOfSpaces(spaces: Space[]): { frontEnd: FrontEnd; frontEndId: string } {
  const ids = new Set(spaces.map(({ frontEndId }) => frontEndId))
  const frontEnd = parseFrontEnd(spaces[0]?.frontEnd)
  const frontEndId = frontEnd === null ? null : frontEndIdOf(frontEndIdentity(frontEnd, 'denoised'))
  // A space of version 0.1.0 says no id until an embed worker of this version has started.
  if (frontEnd !== null && frontEndId !== null && ids.size === 1 && (ids.has(frontEndId) || ids.has(null))) {
    return { frontEnd, frontEndId }
  }
  throw new CoroError(
    'FRONT_END_UNKNOWN',
    'The embedding spaces are made with a front end that this version of Coro does not have: run the same version everywhere.',
    { disposition: 'wait' },
  )
}
