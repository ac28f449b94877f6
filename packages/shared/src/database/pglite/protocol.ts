/**
 * The few facts of the Postgres wire protocol (version 3) that sharing one session between connections needs.
 * Source: PostgreSQL 17 documentation, chapter 53.7 "Message Formats".
 */

/** A message is a type byte and a big-endian length that counts itself; a startup message has no type byte. */
export const headerLength = 5

const Q = 0x51 // Query
const S = 0x53 // Sync
const X = 0x58 // Terminate
const Z = 0x5a // ReadyForQuery
const A = 0x41 // NotificationResponse
const E = 0x45 // ErrorResponse

/** After these the server answers with ReadyForQuery: a batch is complete. */
export const endsBatch = (type: number): boolean => type === Q || type === S
export const isTerminate = (type: number): boolean => type === X

/** Length of the message that begins at `offset`, or 0 while its header is not there yet. */
export function messageLength(bytes: Buffer, offset: number): number {
  if (bytes.length - offset < headerLength) return 0
  return 1 + bytes.readUInt32BE(offset + 1)
}

/** AuthenticationOk, then ReadyForQuery (idle): all that a client needs from a start in the same process. */
export const startupAnswer = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, Z, 0, 0, 0, 5, 0x49])

export interface ServerAnswer {
  /** What belongs to the connection that asked. */
  own: Buffer
  /** NotificationResponse messages: they belong to every connection. */
  notifications: Buffer[]
  /** The last ReadyForQuery: `I` idle, `T` in a transaction, `E` in a failed one. */
  status: 'I' | 'T' | 'E'
  /** The server has ended in the middle (PANIC), which is what it said: nothing follows its error. */
  died: string | null
}

/** Split the server's bytes by whom they concern. */
export function splitAnswer(bytes: Buffer): ServerAnswer {
  const notifications: Buffer[] = []
  const own: Buffer[] = []
  let status: ServerAnswer['status'] = 'I'
  let died: string | null = null
  let ownFrom = 0
  for (let at = 0; at < bytes.length;) {
    const length = messageLength(bytes, at)
    if (length === 0 || at + length > bytes.length) break
    const type = bytes[at]
    if (type === A) {
      if (at > ownFrom) own.push(bytes.subarray(ownFrom, at))
      notifications.push(bytes.subarray(at, at + length))
      ownFrom = at + length
    } else if (type === Z) {
      status = String.fromCharCode(bytes[at + headerLength] ?? 0x49) as ServerAnswer['status']
      died = null
    } else if (type === E) died = errorMessage(bytes.subarray(at, at + length))
    at += length
  }
  if (ownFrom < bytes.length) own.push(bytes.subarray(ownFrom))
  // Whoever asked would wait for ever.
  if (died !== null) own.push(readyForQuery)
  return { own: own.length === 1 ? (own[0] as Buffer) : Buffer.concat(own), notifications, status, died }
}

const readyForQuery = Buffer.from([Z, 0, 0, 0, 5, 0x49])

/** The sentence of an ErrorResponse: fields, each a letter and a text that ends with 0. */
function errorMessage(message: Buffer): string {
  const fields = message.toString('utf8', headerLength).split('\0')
  return fields.find((field) => field.startsWith('M'))?.slice(1) ?? 'without a word'
}

/** ErrorResponse (severity FATAL) for a batch that PGlite could not run at all, then ReadyForQuery (idle). */
export function fatalAnswer(message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C58000\0M${message}\0\0`, 'utf8')
  const head = Buffer.alloc(headerLength)
  head[0] = E
  head.writeUInt32BE(4 + fields.length, 1)
  return Buffer.concat([head, fields, readyForQuery])
}
