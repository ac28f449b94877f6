import { generateKeyPairSync, sign } from 'node:crypto'

/** A key and a certificate of its own for `localhost`, PEM; good for a day around now. */
export interface SelfSigned {
  key: string
  cert: string
}

/** X.509 v3 (RFC 5280) with ECDSA on P-256, in DER by hand: nothing that makes certificates is at hand everywhere. */
export function selfSigned(): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const algorithm = sequence(oid(1, 2, 840, 10_045, 4, 3, 2))
  const name = sequence(der(0x31, sequence(oid(2, 5, 4, 3), der(0x0c, Buffer.from('localhost')))))
  const day = 86_400_000
  const names = sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])))
  const isCa = sequence(der(0x01, Buffer.from([0xff])))
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    algorithm,
    name,
    sequence(time(Date.now() - day), time(Date.now() + day)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension([2, 5, 29, 17], names), extension([2, 5, 29, 19], isCa))),
  )
  const signature = sign('sha256', content, privateKey)
  const certificate = sequence(content, algorithm, der(0x03, Buffer.from([0]), signature))
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  }
}

/** Tag, length, content. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...head]), content])
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts)

const extension = (id: number[], value: Buffer): Buffer => sequence(oid(...id), der(0x04, value))

const time = (ms: number): Buffer =>
  der(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replaceAll(/[-T:]/g, '')}Z`))

function oid(first = 0, second = 0, ...others: number[]): Buffer {
  const bytes = others.flatMap((n) => {
    const base128 = [n & 127]
    for (let rest = n >> 7; rest > 0; rest >>= 7) base128.unshift((rest & 127) | 128)
    return base128
  })
  return der(0x06, Buffer.from([first * 40 + second, ...bytes]))
}
