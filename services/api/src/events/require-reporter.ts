import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { CoroError } from '@coro/shared/errors'

export interface Reporter {
  request: Request
  /** From the address, where no header can be set. */
  token: string | null
  /** Address at the other end of the connection; null for this process itself. */
  client: string | null
}

/**
 * Let only those report events who know the shared secret; where there is none, only programs on this machine that reach
 * us without a proxy in between. Throws EVENTS_DENIED, and EVENTS_SECRET where the secret's file cannot be read.
 */
export async function requireReporter(secretFile: string | null, reporter: Reporter): Promise<void> {
  const allowed = secretFile === null ? isHere(reporter) : isSame(tokenOf(reporter), await readSecret(secretFile))
  if (allowed) return
  const message =
    secretFile === null
      ? 'Events are taken from this machine alone until CORO_EVENTS_SECRET_FILE names a file with a shared secret.'
      : 'The shared secret of events is missing or wrong.'
  throw new CoroError('EVENTS_DENIED', message, { disposition: 'reject' })
}

/** The file is read for each request: a secret that is changed holds at once. */
async function readSecret(path: string): Promise<string> {
  const secret = (await readFile(path, 'utf8').catch(() => '')).trim()
  if (secret === '') {
    throw new CoroError('EVENTS_SECRET', 'The file of CORO_EVENTS_SECRET_FILE cannot be read, or is empty.', {
      disposition: 'wait',
    })
  }
  return secret
}

function tokenOf({ request, token }: Reporter): string {
  return /^Bearer\s+(\S+)\s*$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? token ?? ''
}

/** Compared by their hashes, so that the time tells neither length nor content. */
function isSame(given: string, secret: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(given), hash(secret))
}

function isHere({ client, request }: Reporter): boolean {
  if (client === null) return true
  const isForwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => request.headers.has(name))
  return !isForwarded && /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/.test(client)
}
