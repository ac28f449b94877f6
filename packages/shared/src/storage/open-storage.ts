import { CoroError } from '../errors.js'
import type { SourceAccess } from '../config/sources.js'
import { credentialsOf } from './credentials.js'
import { fileStorage } from './file-storage.js'
import { s3Client, s3Storage, type S3Settings } from './s3-storage.js'
import { readOnly } from './source-storage.js'
import type { SourceStorage, Storage } from './store.js'

/** Opens sources and stores by address; one S3 client serves all that are reached alike. */
export interface StorageOpener extends Disposable {
  /** `access`: what a source says of its own; without it CORO_S3_* and the SDK's usual credentials. */
  open(url: string, access?: SourceAccess | null): Storage
}

/** Opens sources: to be read, and nothing else. */
export interface SourceOpener {
  open(...address: Parameters<StorageOpener['open']>): SourceStorage
}

export const sourceOpener = (opener: StorageOpener): SourceOpener => ({
  open: (...address) => readOnly(opener.open(...address)),
})

/** `file:///folder` or `s3://bucket/prefix`. `open` throws CONFIG_INVALID for any other address. */
export function createStorageOpener(s3: S3Settings): StorageOpener {
  const clients = new Map<string, ReturnType<typeof s3Client>>()
  const clientOf = (access: SourceAccess) => {
    const { endpoint = s3.endpoint, region = s3.region, forcePathStyle = s3.forcePathStyle, credentials } = access
    const name = JSON.stringify([endpoint, region, forcePathStyle, credentials])
    const client =
      clients.get(name) ?? s3Client({ endpoint, region, forcePathStyle }, credentialsOf(credentials, s3.variable))
    clients.set(name, client)
    return client
  }
  return {
    open(url, access) {
      if (url.startsWith('file:')) return fileStorage(url)
      if (url.startsWith('s3:')) return s3Storage(url, clientOf(access ?? {}))
      throw new CoroError('CONFIG_INVALID', `${url}: not an address of a folder or bucket`, { disposition: 'crash' })
    },
    [Symbol.dispose]() {
      for (const client of clients.values()) client.destroy()
    },
  }
}
