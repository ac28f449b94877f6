import { CoroError } from '../errors.js'

/** SQLSTATE of what Coro's own functions refuse (coro.refuse() in migration 0005); the stable code is the constraint. */
const refused = 'QF000'

/** What coro.refuse() says as a coded error, with its hint; anything else as it is. */
export function asRefusal(error: unknown): unknown {
  const { code, constraint, message, hint } = error as Partial<
    Record<'code' | 'constraint' | 'message' | 'hint', string>
  >
  if (code !== refused || constraint === undefined) return error
  const sentence = hint === undefined || hint === '' ? message : `${message} (${hint})`
  return new CoroError(constraint, sentence ?? constraint, { disposition: 'reject', cause: error })
}
