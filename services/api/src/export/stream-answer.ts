import { setImmediate } from 'node:timers/promises'
import type { Logger } from '@coro/shared/log/logger'

export interface StreamedFile {
  fileName: string
  contentType: string
  bytes: AsyncIterator<Uint8Array>
  /** How many rows there will be; null where only the end tells. */
  rows: number | null
  /** About how long it will be, for a bar; null where nobody knows. */
  estimatedBytes?: number | null
}

/**
 * A file as an answer, made while it is sent: what the reader does not take is not made. An error in the middle ends the
 * connection, so that nobody takes a part for the whole.
 */
export function streamAnswer(
  { fileName, contentType, bytes, rows, estimatedBytes = null }: StreamedFile,
  log: Logger,
): Response {
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          // Whoever reads fast would otherwise keep all others waiting.
          await setImmediate()
          const { value, done } = await bytes.next()
          if (done) controller.close()
          else controller.enqueue(value)
        } catch (error) {
          log.error({ err: error, fileName }, 'export broken off')
          controller.error(error)
        }
      },
      async cancel() {
        await bytes.return?.()
      },
    },
    { highWaterMark: 1 },
  )
  return new Response(body, {
    headers: {
      'content-type': contentType,
      'content-disposition': `attachment; filename="${fileName.replaceAll(/[^\w.@-]/g, '_')}"`,
      'cache-control': 'no-store',
      ...(rows === null ? {} : { 'x-coro-rows': String(rows) }),
      ...(estimatedBytes === null ? {} : { 'x-coro-estimated-bytes': String(Math.round(estimatedBytes)) }),
    },
  })
}
