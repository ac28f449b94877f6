import { CoroError } from '../errors.js'
import { fileStorage } from './file-storage.js'
import { s3Client, s3Storage, type S3Settings } from './s3-storage.js'
import { readOnly } from './source-storage.js'
import type { SourceStorage, Storage } from './store.js'

/** Opens sources and stores by address; one S3 client serves them all. */
export interface StorageOpener extends Disposable {
  open(url: string): Storage
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
  let client: ReturnType<typeof s3Client> | null = null
  return {
    open(url) {
      if (url.startsWith('file:')) return fileStorage(url)
      if (url.startsWith('s3:')) return s3Storage(url, (client ??= s3Client(s3)))
      throw new CoroError('CONFIG_INVALID', `${url}: not an address of a folder or bucket`, { disposition: 'crash' })
    },
    [Symbol.dispose]() {
      client?.destroy()
    },
  }
}
