import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  type _Object,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { CoroError } from '../errors.js'
import type { ClientCredentials } from './credentials.js'
import { removeOlder } from './remove-older.js'
import { changed, denied, gone, isFull, noRoom, unavailable } from './storage-errors.js'
import { hidden, type OnPassedOver } from './passed-over.js'
import type { LocalFile, ObjectInfo, Storage } from './store.js'

export interface S3Settings {
  endpoint: string | null
  forcePathStyle: boolean
  region: string
  /** An environment variable: where sources refer to keys in the environment. */
  variable?: (name: string) => string | undefined
}

/** A client with the credentials given, or those of the usual chain (environment, files, roles). */
export function s3Client(
  { endpoint, forcePathStyle, region }: S3Settings,
  credentials: ClientCredentials = {},
): S3Client {
  return new S3Client({
    ...credentials,
    ...(endpoint === null ? {} : { endpoint }),
    forcePathStyle,
    region,
    // AWS and versitygw refuse signed chunks below 8 KiB.
    requestStreamBufferSize: 65_536,
    maxAttempts: 5,
  })
}

/** A bucket, or what lies below a prefix of one, as source or store. */
export function s3Storage(url: string, client: S3Client): Storage {
  const { bucket, base } = parseUrl(url)
  const full = (key: string) => base + key

  async function guarded<T>(key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw translate(url, key, error)
    }
  }

  async function stagingDir(): Promise<string> {
    const directory = join(tmpdir(), 'coro-staging')
    await mkdir(directory, { recursive: true })
    return directory
  }

  return {
    url,
    async *list({ prefix = '', after = '', signal, onPassedOver } = {}) {
      for (let token: string | undefined, first = true; first || token; first = false) {
        const answer = await guarded('', () =>
          client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: full(prefix),
              ...(token ? { ContinuationToken: token } : after === '' ? {} : { StartAfter: full(after) }),
            }),
            signal ? { abortSignal: signal } : {},
          ),
        )
        const page = objectsOf(answer.Contents, base, onPassedOver)
        if (page.length > 0) yield page
        token = answer.IsTruncated ? answer.NextContinuationToken : undefined
      }
    },
    folder: (prefix, { signal, onPassedOver } = {}) =>
      guarded('', async () => {
        const answer = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: full(prefix), Delimiter: '/' }),
          signal ? { abortSignal: signal } : {},
        )
        const folders = (answer.CommonPrefixes ?? []).flatMap(({ Prefix }) => Prefix?.slice(base.length) ?? [])
        return {
          objects: objectsOf(answer.Contents, base, onPassedOver),
          folders: folders.filter((folder) => !isHidden(folder)),
          isComplete: answer.IsTruncated !== true,
        }
      }),
    async head(key) {
      try {
        const found = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: full(key) }))
        return {
          key,
          sizeBytes: found.ContentLength ?? 0,
          version: unquoted(found.ETag),
          modifiedAt: found.LastModified ?? new Date(0),
        }
      } catch (error) {
        if (statusOf(error) === 404) return null
        throw translate(url, key, error)
      }
    },
    localFile: (key, version, sizeBytes) =>
      guarded(key, async (): Promise<LocalFile> => {
        // Before the request: a body that nobody listens to, for one turn even, ends the process where its connection is lost.
        const folder = await stagingDir()
        const path = join(folder, randomUUID())
        const answer = await client.send(
          new GetObjectCommand({ Bucket: bucket, Key: full(key), IfMatch: `"${version}"` }),
        )
        const remove = () => rm(path, { force: true })
        try {
          await pipeline(answer.Body as Readable, createWriteStream(path))
          const { size } = await stat(path)
          // Whatever the answer itself says: a proxy that cuts it may well correct its length.
          const whole = sizeBytes ?? answer.ContentLength ?? size
          if (size !== whole) throw new Error(`got ${size} bytes of ${whole}`)
        } catch (error) {
          await remove()
          throw isFull(error) ? noRoom(folder, error) : error
        }
        return { path, [Symbol.asyncDispose]: remove }
      }),
    readRange: (key, offset, length) =>
      guarded(key, async () => {
        const Range = `bytes=${offset}-${offset + length - 1}`
        const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: full(key), Range }))
        const bytes = Buffer.from((await answer.Body?.transformToByteArray()) ?? [])
        const told = lengthOfRange(answer.ContentRange)
        if (told !== null && bytes.length !== told) throw new Error(`got ${bytes.length} bytes of ${told}`)
        return bytes
      }),
    putFile: (key, path) =>
      guarded(key, async () => {
        // Multipart above 16 MiB: a day of prepared audio is larger than one PUT may be.
        const upload = new Upload({
          client,
          params: { Bucket: bucket, Key: full(key), Body: createReadStream(path), ContentType: 'audio/wav' },
          partSize: 16 * 1024 * 1024,
          queueSize: 2,
        })
        await upload.done()
        await rm(path, { force: true })
      }),
    put: (key, bytes) =>
      guarded(key, async () => {
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: full(key), Body: bytes }))
      }),
    delete: (key) =>
      guarded(key, async () => {
        await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: full(key) }))
      }),
    stagingDir,
    cleanStaging: async (olderThanMs) => removeOlder(await stagingDir(), olderThanMs),
    check: () =>
      guarded('', async () => {
        await client.send(new HeadBucketCommand({ Bucket: bucket }))
      }),
  }
}

function parseUrl(url: string): { bucket: string; base: string } {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(url) ?? []
  const trimmed = prefix.replace(/\/+$/, '')
  return { bucket, base: trimmed === '' ? '' : `${trimmed}/` }
}

/** Of `bytes 44-1043/100000`: 1000. */
function lengthOfRange(contentRange: string | undefined): number | null {
  const [, from, to] = /^bytes (\d+)-(\d+)\//.exec(contentRange ?? '') ?? []
  return from === undefined || to === undefined ? null : Number(to) - Number(from) + 1
}

const isHidden = (key: string): boolean => key.split('/').some((part) => part.startsWith('.'))

/** A listing's objects below `base`, without markers of folders and hidden names. */
function objectsOf(contents: _Object[] | undefined, base: string, onPassedOver?: OnPassedOver): ObjectInfo[] {
  return (contents ?? []).flatMap(({ Key, Size, ETag, LastModified }) => {
    const key = Key?.slice(base.length)
    if (!key || key.endsWith('/')) return []
    if (isHidden(key)) {
      onPassedOver?.(hidden(key))
      return []
    }
    return { key, sizeBytes: Size ?? 0, version: unquoted(ETag), modifiedAt: LastModified ?? new Date(0) }
  })
}

const unquoted = (etag: string | undefined): string => (etag ?? '').replace(/^"|"$/g, '')

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined
}

function translate(url: string, key: string, error: unknown): Error {
  if (error instanceof CoroError) return error
  const status = statusOf(error)
  if (status === 404) return gone(url, key, error)
  if (status === 412) return changed(url, key)
  if (status === 401 || status === 403) return denied(url, key, error)
  return unavailable(url, error)
}
