import type { OnPassedOver } from './passed-over.js'

/** One object of a source or store, as a listing tells it. */
export interface ObjectInfo {
  /** Below the source's or store's root, with `/`. */
  key: string
  sizeBytes: number
  /** Changes when the content does: an S3 etag, or a file's size and modification time. */
  version: string
  modifiedAt: Date
}

/** A local file with an object's bytes; disposing removes it where it was only a copy. */
export interface LocalFile extends AsyncDisposable {
  path: string
}

/** One level of a source: its objects, and the prefixes (ending with `/`) of what lies deeper. */
export interface FolderPage {
  objects: ObjectInfo[]
  folders: string[]
  /** There is nothing else on this level. */
  isComplete: boolean
}

export interface ListOptions {
  signal?: AbortSignal
  onPassedOver?: OnPassedOver
}

/** What Coro needs of a source: it only ever reads. All errors are coded (see storage-errors.ts). */
export interface ReadableStorage {
  readonly url: string
  /**
   * All objects, ascending by the UTF-8 bytes of their keys, in pages of at most 1,000. What is not given out (names that
   * begin with a dot, folders that may not be read, ...) is told to `onPassedOver`, at the latest with the next page.
   */
  list(options?: ListOptions & { prefix?: string; after?: string }): AsyncIterable<ObjectInfo[]>
  /** What lies directly below a prefix (empty, or ending with `/`): one page, at most 1,000 objects and folders. */
  folder(prefix: string, options?: ListOptions): Promise<FolderPage>
  /** One object's facts, or null where there is none. */
  head(key: string): Promise<ObjectInfo | null>
  /**
   * The object's bytes as a local file, exactly of that version; STORAGE_CHANGED where it has changed since. sizeBytes: as
   * it was listed, where that is known; STORAGE_UNAVAILABLE where another number of bytes comes.
   */
  localFile(key: string, version: string, sizeBytes?: number): Promise<LocalFile>
}

/** A source: it can be read, also in part, and asked whether it answers. */
export interface SourceStorage extends ReadableStorage {
  /** Bytes [offset, offset + length). */
  readRange(key: string, offset: number, length: number): Promise<Buffer>
  /** Throws where the storage does not answer. */
  check(): Promise<void>
}

/** What Coro needs of its own store besides. Keys are Coro's own. */
export interface Storage extends SourceStorage {
  /** Put a local file under a key, whole or not at all; the file is taken away. */
  putFile(key: string, path: string): Promise<void>
  put(key: string, bytes: Uint8Array): Promise<void>
  delete(key: string): Promise<void>
  /** A local folder for files on their way into the store, on its own disk where it has one. */
  stagingDir(): Promise<string>
  /** Remove what was left in the staging folder by processes that ended in the middle. */
  cleanStaging(olderThanMs: number): Promise<void>
}
