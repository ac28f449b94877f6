import { CoroError, errorFacts, type ErrorFacts } from '@coro/shared/errors'
import type { WindowEmbeddings } from './embed-windows.js'

/** What the embedder asks of a thread. Arrays cross by transfer or shared memory, never as copies. */
export type ThreadRequest =
  | {
      readonly kind: 'embed'
      readonly pcm: Int16Array
      /** [1], shared: not 0 once nobody waits for the result. */
      readonly stop: Int32Array
    }
  | {
      readonly kind: 'warm'
      /** [1], shared: threads that are ready. Each waits for all, so that each request meets another thread. */
      readonly ready: Int32Array
      readonly threads: number
    }

/** An error as plain data: structured cloning would lose its code and disposition. */
export interface ThreadFault extends ErrorFacts {
  readonly details: Record<string, unknown>
}

export type ThreadReply =
  | { readonly kind: 'embedded'; readonly result: WindowEmbeddings }
  | { readonly kind: 'warmed' }
  | { readonly kind: 'failed'; readonly fault: ThreadFault }

export function faultOf(error: unknown): ThreadFault {
  const facts = errorFacts(error)
  if (error instanceof CoroError) return { ...facts, details: error.details }
  return { ...facts, code: 'EMBED_FAILED', message: `the network did not run: ${facts.message}`, details: {} }
}

export function errorOf(fault: ThreadFault): CoroError {
  return new CoroError(fault.code, fault.message, { disposition: fault.disposition, details: fault.details })
}
