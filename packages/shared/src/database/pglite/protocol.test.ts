import { describe, expect, it } from 'vitest'
import { endsBatch, fatalAnswer, messageLength, splitAnswer } from './protocol.js'

function message(type: string, body: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(body)
  const head = Buffer.alloc(5)
  head.write(type, 'latin1')
  head.writeUInt32BE(4 + bytes.length, 1)
  return Buffer.concat([head, bytes])
}

describe('messageLength', () => {
  it('counts the type byte, and is 0 while the header is not whole', () => {
    const bytes = message('D', 'row')
    expect(messageLength(bytes, 0)).toBe(8)
    expect(messageLength(bytes.subarray(0, 4), 0)).toBe(0)
  })
})

describe('splitAnswer', () => {
  it('keeps what is the connection’s own, in order, and takes the notifications out', () => {
    const rows = [message('D', 'one'), message('D', 'two'), message('Z', 'I')]
    const news = [message('A', 'first'), message('A', 'second')]
    const answer = splitAnswer(Buffer.concat([news[0]!, rows[0]!, news[1]!, rows[1]!, rows[2]!]))
    expect(answer.own).toEqual(Buffer.concat(rows))
    expect(answer.notifications).toEqual(news)
    expect(answer.status).toBe('I')
  })

  it.each(['I', 'T', 'E'] as const)('reads the status %s of the last ReadyForQuery', (status) => {
    const bytes = Buffer.concat([message('Z', 'T'), message('C', 'BEGIN\0'), message('Z', status)])
    expect(splitAnswer(bytes).status).toBe(status)
  })

  it('does not read a Z inside a row as a status', () => {
    expect(splitAnswer(Buffer.concat([message('D', 'Z\0\0\0\x05E'), message('Z', 'T')])).status).toBe('T')
  })

  it('takes a fatal answer for one that leaves the session idle', () => {
    expect(splitAnswer(fatalAnswer('no space left'))).toMatchObject({ status: 'I', notifications: [] })
  })
})

describe('an answer that ends with an error', () => {
  const error = message('E', 'SPANIC\0VPANIC\0C53100\0Mno space left\0\0')

  it('tells that the server died, and does not leave anybody waiting', () => {
    const answer = splitAnswer(Buffer.concat([message('D', 'row'), error]))
    expect(answer).toMatchObject({ died: 'no space left', status: 'I' })
    expect(answer.own.subarray(-6)).toEqual(message('Z', 'I'))
  })

  it('tells no such thing where the server goes on', () => {
    expect(splitAnswer(Buffer.concat([error, message('Z', 'E')]))).toMatchObject({ died: null, status: 'E' })
  })
})

describe('endsBatch', () => {
  it('is true for Query and Sync only', () => {
    const ends = Array.from({ length: 256 }, (_, type) => type).filter(endsBatch)
    expect(ends.map((type) => String.fromCharCode(type)).sort()).toEqual(['Q', 'S'])
  })
})
