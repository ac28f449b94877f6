/**
 * What becomes of the work that met an error:
 * `reject` bad input, never tried again; `retry` costs an attempt; `wait` the surroundings are at fault (storage,
 * database), costs none; `crash` a bad model or configuration, the process must not go on.
 */
export type Disposition = 'reject' | 'retry' | 'wait' | 'crash'

export interface CoroErrorOptions {
  disposition: Disposition
  cause?: unknown
  /** Facts for logs and API answers; never secrets. */
  details?: Record<string, unknown>
}

/** An error that may cross a module: a stable code to branch on, a sentence for people, and what becomes of the work. */
export class CoroError extends Error {
  readonly code: string
  readonly disposition: Disposition
  readonly details: Record<string, unknown>

  constructor(code: string, message: string, options: CoroErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CoroError'
    this.code = code
    this.disposition = options.disposition
    this.details = options.details ?? {}
  }
}

/** The part of a coded error that survives threads, jobs and HTTP. */
export interface ErrorFacts {
  code: string
  message: string
  disposition: Disposition
}

const dispositions = new Set<string>(['reject', 'retry', 'wait', 'crash'])

/** System error codes that mean "the surroundings are at fault, and may recover". */
const surroundings = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENOSPC',
  'EMFILE',
  'TimeoutError',
  'NetworkingError',
  'SlowDown',
  'ServiceUnavailable',
  'InternalError',
  // Postgres: its disk is full, admin shutdown, crash shutdown, cannot connect now, too many connections, lost connection
  '53100',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08006',
  '08001',
])

/** Codes that tell a reader nothing, in words. */
const inWords: Record<string, string> = { '53100': 'DATABASE_FULL' }

/**
 * Read any thrown value as code, sentence and disposition. Errors of packages that may not import this one (audio)
 * carry the same fields and are taken at their word; system errors keep their own code.
 */
export function errorFacts(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { code: 'UNEXPECTED', message: String(error), disposition: 'retry' }
  const { code, disposition } = error as { code?: unknown; disposition?: unknown }
  if (typeof code === 'string' && typeof disposition === 'string' && dispositions.has(disposition)) {
    return { code, message: error.message, disposition: disposition as Disposition }
  }
  const name = typeof code === 'string' ? code : error.name
  if (surroundings.has(name)) return { code: inWords[name] ?? name, message: error.message, disposition: 'wait' }
  return { code: typeof code === 'string' ? code : 'UNEXPECTED', message: error.message, disposition: 'retry' }
}
