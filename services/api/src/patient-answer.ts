import { errorFacts } from '@coro/shared/errors'
import type { Logger } from '@coro/shared/log/logger'

/**
 * The answer to work that may take hours. Clients and proxies give up on one that stays silent (Node's fetch after 300 s):
 * so where the work has not ended after `silentMs`, the answer begins, with a blank every `silentMs`, which JSON allows in front
 * of a value. Its status is 200 then, and a failure is told as `{"error": {code, message}}` in the body. Work that ends before
 * answers as any other. The work goes on where nobody reads the answer.
 */
export async function patientAnswer<T extends object>(
  log: Pick<Logger, 'error'>,
  work: Promise<T>,
  silentMs = 10_000,
): Promise<T | Response> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), silentMs)
  })
  const first = await Promise.race([work, late]).finally(() => clearTimeout(timer))
  if (first !== 'late') return first
  const encoder = new TextEncoder()
  let beat: NodeJS.Timeout
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text))
      send(' ')
      beat = setInterval(() => send(' '), silentMs)
      void work
        .then(
          (answer) => JSON.stringify(answer),
          (error: unknown) => JSON.stringify({ error: told(log, error) }),
        )
        .then((text) => {
          clearInterval(beat)
          send(text)
          controller.close()
        })
        // the reader has gone
        .catch(() => undefined)
    },
    cancel() {
      clearInterval(beat)
    },
  })
  return new Response(body, { headers: { 'content-type': 'application/json' } })
}

function told(log: Pick<Logger, 'error'>, error: unknown): { code: string; message: string } {
  const { code, message } = errorFacts(error)
  log.error({ err: error, code }, 'request failed after its answer had begun')
  return { code, message: code === 'UNEXPECTED' ? 'Something went wrong; the log knows what.' : message }
}
