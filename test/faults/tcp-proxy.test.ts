import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { waitUntil } from '../distributed/wait-until.js'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js'

// A proxy that does not do what it says would let every fault test pass.
const echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket))
let proxy: TcpProxy
beforeEach(async () => {
  await new Promise<void>((resolve) => {
    echo.listen(0, '127.0.0.1', resolve)
  })
  proxy = await startTcpProxy(`127.0.0.1:${(echo.address() as AddressInfo).port}`)
})
afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  echo.close()
})

interface Caller {
  socket: Socket
  heard: () => string
  lost: () => boolean
}
function call(): Caller {
  const [host, port] = proxy.address.split(':')
  const socket = connect({ host, port: Number(port) })
  let text = ''
  let gone = false
  socket.on('data', (bytes) => (text += bytes.toString()))
  socket.on('error', () => (gone = true))
  socket.on('close', () => (gone = true))
  return { socket, heard: () => text, lost: () => gone }
}
const hears = (caller: Caller, text: string) => waitUntil(text, 5000, () => Promise.resolve(caller.heard() === text))
const isLost = (caller: Caller) => waitUntil('a lost connection', 5000, () => Promise.resolve(caller.lost()))

test('it passes, pauses, goes on, and resets', async () => {
  const caller = call()
  caller.socket.write('one')
  await hears(caller, 'one')
  proxy.set({ kind: 'pause' })
  caller.socket.write(' two')
  await sleep(200)
  expect(caller.heard()).toBe('one')
  proxy.set({ kind: 'pass' })
  await hears(caller, 'one two')
  proxy.set({ kind: 'latency', ms: 100 })
  caller.socket.write(' three')
  caller.socket.write(' four')
  await hears(caller, 'one two three four')
  expect(proxy.resetAll()).toBe(1)
  await isLost(caller)
})

test('it refuses, swallows, and drops after so many bytes', async () => {
  const early = call()
  await once(early.socket, 'connect')
  early.socket.write('early')
  await hears(early, 'early')
  proxy.set({ kind: 'refuse' })
  await isLost(call())
  early.socket.write(' more')
  await hears(early, 'early more')
  proxy.set({ kind: 'half-close' })
  early.socket.write(' lost')
  await sleep(200)
  expect([early.heard(), early.lost()]).toEqual(['early more', false])
  proxy.set({ kind: 'drop-after', bytes: 5 })
  await isLost(early)
  const late = call()
  late.socket.write('12345')
  await hears(late, '12345')
  late.socket.write('6')
  await isLost(late)
})
