import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { shuffled, type Random } from '@coro/synthetic/random'

/** How an answer is bad. */
export type StorageFault =
  | 'internal error'
  | 'slow down'
  /** The connection ends in the middle of what was promised. */
  | 'half a body'
  /** Half of the object, told as if it were all of it. */
  | 'wrong length'
  /** Reset before the request has reached the storage. */
  | 'reset before'
  /** Carried out, and reset instead of an answer. */
  | 'reset after'

const ofAll: StorageFault[] = ['internal error', 'slow down', 'reset before', 'reset after']
const ofReads: StorageFault[] = [...ofAll, 'half a body', 'wrong length']

/** A front before an S3 server that answers badly now and then. Disposing ends it. */
export interface FaultyStorage extends AsyncDisposable {
  /** host:port to connect to. */
  readonly address: string
  /** How often each kind of fault was dealt out so far. */
  readonly dealt: Partial<Record<StorageFault, number>>
  requests(): number
}

/**
 * Start a front before an S3 server. share: of requests that are answered badly, 0..1; the kinds come in turn, in a drawn
 * order. Requests keep their host: they are signed over it.
 */
export async function startFaultyStorage(endpoint: string, share: number, random: Random): Promise<FaultyStorage> {
  const dealt: FaultyStorage['dealt'] = {}
  const decks: { reads: StorageFault[]; others: StorageFault[] } = { reads: [], others: [] }
  let requests = 0

  function deal(incoming: IncomingMessage): StorageFault | null {
    requests++
    if (random() >= share) return null
    const isRead = incoming.method === 'GET' && !incoming.url?.includes('list-type')
    const name = isRead ? 'reads' : 'others'
    if (decks[name].length === 0) decks[name] = shuffled(random, isRead ? ofReads : ofAll)
    const fault = decks[name].pop() as StorageFault
    dealt[fault] = (dealt[fault] ?? 0) + 1
    return fault
  }

  const server = createServer((incoming, answer) => {
    const fault = deal(incoming)
    if (fault === 'reset before') return reset(incoming)
    if (fault === 'internal error') return refuse(incoming, answer, 500, 'InternalError')
    if (fault === 'slow down') return refuse(incoming, answer, 503, 'SlowDown')
    forward(endpoint, incoming, answer, fault)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    dealt,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

const reset = (incoming: IncomingMessage): void => void incoming.socket.resetAndDestroy()

function refuse(incoming: IncomingMessage, answer: ServerResponse, status: number, code: string): void {
  incoming.resume()
  incoming.on('end', () => {
    answer.writeHead(status, { 'content-type': 'application/xml' })
    answer.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>not now</Message></Error>`)
  })
}

function forward(
  endpoint: string,
  incoming: IncomingMessage,
  answer: ServerResponse,
  fault: StorageFault | null,
): void {
  const { hostname, port } = new URL(endpoint)
  const { expect: _answeredHere, ...headers } = incoming.headers
  const upstream = request({ hostname, port, method: incoming.method, path: incoming.url, headers }, (given) => {
    if (fault === 'reset after') {
      given.resume()
      return reset(incoming)
    }
    if (fault === null || given.statusCode === undefined || given.statusCode >= 300) {
      answer.writeHead(given.statusCode ?? 502, given.headers)
      given.pipe(answer)
      return
    }
    const parts: Buffer[] = []
    given.on('data', (bytes: Buffer) => parts.push(bytes))
    given.on('end', () => {
      const half = Buffer.concat(parts).subarray(0, Number(given.headers['content-length'] ?? 0) / 2)
      // Not every object has a checksum: whoever uploaded it decides.
      const kept = Object.entries(given.headers).filter(([name]) => !name.startsWith('x-amz-checksum'))
      const length = fault === 'wrong length' ? { 'content-length': String(half.length) } : {}
      answer.writeHead(given.statusCode ?? 200, { ...Object.fromEntries(kept), ...length })
      if (fault === 'wrong length') answer.end(half)
      else answer.write(half, () => reset(incoming))
    })
  })
  upstream.on('error', () => reset(incoming))
  incoming.on('error', () => upstream.destroy())
  incoming.pipe(upstream)
}
