import { headerLength, messageLength } from './protocol.js'

/**
 * Begins the text of a statement that runs for every recording: PGlite then keeps it, parsed and planned, for all
 * connections, which saves half of what a small statement costs. On a server each connection prepares it
 * (preparing-client.ts). Not for statements whose best plan depends on their parameters, as a search's does.
 */
export const kept = '/* kept */ '

const P = 0x50 // Parse
const parseComplete = 0x31
const marker = Buffer.from(kept, 'latin1')

/** A plan is made for tables as they are; they grow. After so many uses a statement is planned again. */
const usesOfAPlan = 500

interface Kept {
  name: string
  uses: number
  prepared: boolean
}

/**
 * The statements that the one session keeps. Clients send each as an unnamed one (Parse, Bind, ...); the messages are
 * changed on their way to the server, so that a kept one is not parsed again.
 */
export class KeptStatements {
  readonly #byText = new Map<string, Kept>()

  /**
   * The batch to send instead of this one, and what to do with the server's answer; null where the batch is not a
   * kept statement (an unnamed Parse whose text begins with the mark, then its Bind).
   */
  rewrite(batch: Uint8Array): { batch: Uint8Array; settle: (answer: Buffer) => void } | null {
    const bytes = Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength)
    const textAt = headerLength + 1
    // Parse: name (empty), text, and types, none for a client that leaves them to the server.
    if (bytes[0] !== P || bytes[headerLength] !== 0) return null
    if (bytes.compare(marker, 0, marker.length, textAt, textAt + marker.length) !== 0) return null
    const parseEnd = messageLength(bytes, 0)
    const textEnd = bytes.indexOf(0, textAt)
    const bind = bytes.subarray(parseEnd)
    const portalEnd = bind.indexOf(0, headerLength)
    if (bind[0] !== 0x42 || bind[portalEnd + 1] !== 0) return null
    const text = bytes.toString('utf8', textAt, textEnd)
    const statement = this.#find(text)
    const named = insertName(bind, portalEnd + 1, statement.name)
    if (statement.prepared && statement.uses < usesOfAPlan) {
      statement.uses++
      return { batch: named, settle: () => undefined }
    }
    const parse = insertName(bytes.subarray(0, parseEnd), headerLength, statement.name)
    const settle = (answer: Buffer) => {
      statement.prepared = hasMessage(answer, parseComplete)
      statement.uses = 1
    }
    return { batch: Buffer.concat([close(statement.name), parse, named]), settle }
  }

  #find(text: string): Kept {
    let statement = this.#byText.get(text)
    if (!statement) {
      statement = { name: `kept_${this.#byText.size}`, uses: 0, prepared: false }
      this.#byText.set(text, statement)
    }
    return statement
  }
}

/** The bytes of one message (and what follows it), with a name where an empty one was. */
function insertName(bytes: Buffer, at: number, name: string): Buffer {
  const longer = Buffer.concat([bytes.subarray(0, at), Buffer.from(name, 'latin1'), bytes.subarray(at)])
  longer.writeUInt32BE(bytes.readUInt32BE(1) + name.length, 1)
  return longer
}

/** Close (statement). For a name that the server does not know it is no error. */
function close(name: string): Buffer {
  const body = Buffer.from(`S${name}\0`, 'latin1')
  const head = Buffer.alloc(headerLength)
  head[0] = 0x43
  head.writeUInt32BE(4 + body.length, 1)
  return Buffer.concat([head, body])
}

function hasMessage(bytes: Buffer, type: number): boolean {
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] === type) return true
    const length = messageLength(bytes, at)
    if (length === 0) return false
    at += length
  }
  return false
}
