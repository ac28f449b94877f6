import { readFile } from 'node:fs/promises'
import type { Credentials } from '../config/sources.js'
import { CoroError } from '../errors.js'

/** What the AWS SDK takes. */
export interface Keys {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

/** Keys that may change while Coro runs are read again after this. */
const rereadMs = 5 * 60_000

/** What a client of the SDK is made with, besides endpoint and region. Nothing: the SDK's usual chain. */
export interface ClientCredentials {
  credentials?: () => Promise<Keys & { expiration: Date }>
  profile?: string
}

/**
 * How a client finds the keys that a source refers to. They are read when they are needed, and never leave the client.
 * The client's calls throw CREDENTIALS_MISSING, which names the reference and nothing else.
 */
export function credentialsOf(
  reference: Credentials | undefined,
  variable: (name: string) => string | undefined = () => undefined,
): ClientCredentials {
  if (!reference) return {}
  if ('profile' in reference) return { profile: reference.profile }
  const read =
    'env' in reference
      ? () => Promise.resolve(keysOfEnvironment(reference.env, variable))
      : () => keysOfFile(reference.file)
  return { credentials: async () => ({ ...(await read()), expiration: new Date(Date.now() + rereadMs) }) }
}

function keysOfEnvironment(prefix: string, variable: (name: string) => string | undefined): Keys {
  const id = variable(`${prefix}_ACCESS_KEY_ID`)
  const secret = variable(`${prefix}_SECRET_ACCESS_KEY`)
  if (!id || !secret) throw missing(`${prefix}_ACCESS_KEY_ID and ${prefix}_SECRET_ACCESS_KEY are not both set.`)
  return keys(id, secret, variable(`${prefix}_SESSION_TOKEN`))
}

/** A file in the format of `~/.aws/credentials`: its section `default`, or its first one, or what stands before any. */
async function keysOfFile(path: string): Promise<Keys> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw missing(`The file ${path} of credentials cannot be read.`, cause)
  }
  const sections = new Map<string, Map<string, string>>()
  let name = ''
  for (const line of text.split(/\r?\n/)) {
    name = /^\s*\[([^\]]+)\]/.exec(line)?.[1]?.trim() ?? name
    const [, key, value] = /^\s*(\w+)\s*=\s*(\S+)\s*$/.exec(line) ?? []
    if (key && value)
      sections.set(name, (sections.get(name) ?? new Map<string, string>()).set(key.toLowerCase(), value))
  }
  const section = sections.get('default') ?? [...sections.values()][0]
  const id = section?.get('aws_access_key_id')
  const secret = section?.get('aws_secret_access_key')
  if (!id || !secret) throw missing(`The file ${path} does not hold aws_access_key_id and aws_secret_access_key.`)
  return keys(id, secret, section?.get('aws_session_token'))
}

const keys = (accessKeyId: string, secretAccessKey: string, sessionToken: string | undefined): Keys => ({
  accessKeyId,
  secretAccessKey,
  ...(sessionToken ? { sessionToken } : {}),
})

const missing = (message: string, cause?: unknown): CoroError =>
  new CoroError('CREDENTIALS_MISSING', message, { disposition: 'wait', ...(cause === undefined ? {} : { cause }) })
