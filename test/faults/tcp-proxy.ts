import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** What a proxy does with connections. */
export type ProxyMode =
  | { kind: 'pass' }
  /** New connections end at once; those that are there go on. */
  | { kind: 'refuse' }
  /** Bytes wait on both sides; connections stay. */
  | { kind: 'pause' }
  /** What the server says does not come through any more, what it is told does. */
  | { kind: 'half-close' }
  /** A connection is reset once so many bytes of the server's have passed. */
  | { kind: 'drop-after'; bytes: number }
  /** Bytes come late, in order. */
  | { kind: 'latency'; ms: number }

/** A proxy between services and a server. Disposing ends it with all connections. */
export interface TcpProxy extends AsyncDisposable {
  /** host:port to connect to. */
  readonly address: string
  /** For connections that are there, and new ones. */
  set(mode: ProxyMode): void
  /** End all connections that are there with a reset; resolves to how many. */
  resetAll(): number
}

interface Link {
  client: Socket
  server: Socket
  received: number
}

/** Start a proxy on a free port of this machine. target: host:port. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const [host = '', port = ''] = target.split(':')
  const links = new Set<Link>()
  let mode: ProxyMode = { kind: 'pass' }

  const end = (link: Link) => {
    links.delete(link)
    link.client.resetAndDestroy()
    link.server.resetAndDestroy()
  }

  function apply({ client, server }: Link): void {
    const still = mode.kind === 'pause'
    for (const socket of [client, server]) {
      if (still) socket.pause()
      else socket.resume()
    }
  }

  /** Hand bytes on, in order; slowly where the receiver is slow. */
  function hand(link: Link, from: Socket, to: Socket, bytes: Buffer): void {
    const fromServer = from === link.server
    if (fromServer && mode.kind === 'half-close') return
    if (fromServer && mode.kind === 'drop-after') {
      link.received += bytes.length
      if (link.received > mode.bytes) return end(link)
    }
    const write = () => {
      if (to.destroyed || to.write(bytes) || from.isPaused()) return
      from.pause()
      to.once('drain', () => mode.kind !== 'pause' && from.resume())
    }
    if (mode.kind === 'latency') setTimeout(write, mode.ms)
    else write()
  }

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    if (mode.kind === 'refuse') {
      client.resetAndDestroy()
      return
    }
    const server = connect({ host, port: Number(port), allowHalfOpen: true })
    const link: Link = { client, server, received: 0 }
    links.add(link)
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.setNoDelay(true)
      from.on('data', (bytes) => hand(link, from, to, bytes))
      // Behind what latency still holds back.
      from.on('end', () => setTimeout(() => to.end(), mode.kind === 'latency' ? mode.ms : 0))
      from.on('error', () => end(link))
      from.on('close', () => {
        links.delete(link)
        if (!to.destroyed) to.end()
      })
    }
    apply(link)
  })
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve)
  })
  return {
    address: `127.0.0.1:${(listener.address() as AddressInfo).port}`,
    set(next) {
      const before = mode
      mode = next
      for (const link of links) {
        link.received = 0
        // What was swallowed is missing in the middle: these cannot go on.
        if (before.kind === 'half-close' && next.kind !== 'half-close') end(link)
        else apply(link)
      }
    },
    resetAll() {
      const all = [...links]
      for (const link of all) end(link)
      return all.length
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => {
        listener.close(resolve)
      })
      for (const link of links) end(link)
      await closed
    },
  }
}
