import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createSecureContext, createServer as createTlsServer, TLSSocket } from 'node:tls'
import type { SelfSigned } from './self-signed.js'

export interface Mail {
  text: string
  /** Whether it came over TLS. */
  secured: boolean
  /** `user:password` of AUTH PLAIN. */
  login: string | null
}

export interface MailServer extends AsyncDisposable {
  port: number
  mails: Mail[]
  /** Every login that was tried, and whether the line was secured. */
  logins: { login: string; secured: boolean }[]
}

/** The least of SMTP that takes a mail: over TLS from the start, by STARTTLS, or plain. */
export async function startMailServer(kind: 'tls' | 'starttls' | 'plain', identity: SelfSigned): Promise<MailServer> {
  const mails: Mail[] = []
  const logins: MailServer['logins'] = []
  const sockets = new Set<Socket>()

  function converse(socket: Socket, secured: boolean, greet: boolean): void {
    let text = ''
    let inData = false
    let login: string | null = null
    const say = (...lines: string[]) => socket.write(lines.map((line) => `${line}\r\n`).join(''))
    if (greet) say('220 test')
    sockets.add(socket)
    socket.on('error', () => undefined)
    const onData = (bytes: Buffer): void => {
      text += bytes.toString()
      if (inData) {
        if (!text.endsWith('\r\n.\r\n')) return
        mails.push({ text, secured, login })
        inData = false
        text = ''
        say('250 taken')
        return
      }
      for (let end = text.indexOf('\r\n'); end >= 0 && !inData; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end)
        text = text.slice(end + 2)
        const command = line.slice(0, 4).toUpperCase()
        inData = command === 'DATA'
        if (command === 'EHLO') {
          const offers = kind === 'starttls' && !secured ? ['250-STARTTLS'] : []
          say('250-test', ...offers, '250 AUTH PLAIN')
        } else if (command === 'STAR' && kind === 'starttls') {
          say('220 go on')
          socket.off('data', onData)
          converse(new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(identity) }), true, false)
          return
        } else if (command === 'AUTH') {
          const [, user = '', password = ''] = Buffer.from(line.split(' ')[2] ?? '', 'base64')
            .toString()
            .split('\0')
          login = `${user}:${password}`
          logins.push({ login, secured })
          say('235 fine')
        } else if (command === 'STAR') say('502 no such command')
        else say(inData ? '354 go on' : command === 'QUIT' ? '221 bye' : '250 fine')
      }
    }
    socket.on('data', onData)
  }

  const server =
    kind === 'tls'
      ? createTlsServer(identity, (socket) => converse(socket, true, true))
      : createServer((socket) => converse(socket, false, true))
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    logins,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}
