import type { FileHandle } from 'node:fs/promises'
import type { ColumnMetaData, DecodedArray, PageHeader, SchemaTree } from 'hyparquet'
import { parquetHeader, readPage } from 'hyparquet/src/column.js'
import { convertWithDictionary, DEFAULT_PARSERS } from 'hyparquet/src/convert.js'
import { decompressPage, readDataPage, readDataPageV2 } from 'hyparquet/src/datapage.js'
import { decompressors } from './decompressors.js'

type ColumnDecoder = Parameters<typeof readPage>[2]

/** One data page of a column, decoded. */
export interface ColumnPage {
  /** Of the values that are there, without those that are missing. */
  values: DecodedArray
  /** By entry; empty where every level is the greatest one (definition) or 0 (repetition). */
  definitionLevels: number[]
  repetitionLevels: number[]
}

const headerBytes = { least: 1 << 16, most: 1 << 24 }
/** Writers aim at 1 MiB a page. */
const mostPageBytes = 1 << 30

/**
 * The data pages of one column chunk, read from the file one at a time: hyparquet itself reads whole chunks, and a file
 * by pandas has a million rows in one.
 */
export async function* columnPages(
  file: FileHandle,
  chunk: ColumnMetaData,
  schemaPath: SchemaTree[],
): AsyncGenerator<ColumnPage> {
  const element = schemaPath.at(-1)?.element
  if (!element) throw new TypeError('a column has no schema')
  const decoder: ColumnDecoder = {
    pathInSchema: chunk.path_in_schema,
    type: chunk.type,
    element,
    schemaPath,
    codec: chunk.codec,
    parsers: DEFAULT_PARSERS,
    compressors: decompressors,
  }
  const dictionaryAt = Number(chunk.dictionary_page_offset ?? 0n)
  let at = dictionaryAt > 0 ? dictionaryAt : Number(chunk.data_page_offset)
  const end = at + Number(chunk.total_compressed_size)
  let dictionary: DecodedArray | undefined
  while (at < end) {
    const { header, length } = await readHeader(file, at, end)
    const bodyBytes = header.compressed_page_size
    if (bodyBytes > end - at - length || header.uncompressed_page_size > mostPageBytes) {
      throw new RangeError(`a page claims ${bodyBytes} bytes at ${at}`)
    }
    const body = await readBytes(file, at + length, bodyBytes)
    at += length + bodyBytes
    if (header.type === 'DICTIONARY_PAGE') {
      const { data } = readPage({ view: viewOf(body), offset: 0 }, header, decoder, undefined, undefined, 0)
      dictionary = data && convertWithDictionary(data, undefined, 'PLAIN', decoder)
    } else if (header.type !== 'INDEX_PAGE') yield decodePage(header, body, decoder, dictionary)
  }
}

function decodePage(
  header: PageHeader,
  body: Uint8Array,
  decoder: ColumnDecoder,
  dictionary: DecodedArray | undefined,
): ColumnPage {
  const first = header.data_page_header
  const second = header.data_page_header_v2
  if (first) {
    const bytes = decompressPage(body, header.uncompressed_page_size, decoder.codec, decompressors)
    const { definitionLevels = [], repetitionLevels, dataPage } = readDataPage(bytes, first, decoder)
    return {
      values: convertWithDictionary(dataPage, dictionary, first.encoding, decoder),
      definitionLevels,
      repetitionLevels,
    }
  }
  if (second) {
    const { definitionLevels = [], repetitionLevels, dataPage } = readDataPageV2(body, header, decoder)
    return {
      values: convertWithDictionary(dataPage, dictionary, second.encoding, decoder),
      definitionLevels,
      repetitionLevels,
    }
  }
  throw new RangeError(`a page is of type ${header.type}`)
}

/** A page header says nowhere how long it is: read more until it is whole. */
async function readHeader(file: FileHandle, at: number, end: number): Promise<{ header: PageHeader; length: number }> {
  for (let size = headerBytes.least; ; size *= 16) {
    const bytes = await readBytes(file, at, Math.min(size, end - at))
    const reader = { view: viewOf(bytes), offset: 0 }
    try {
      const header = parquetHeader(reader)
      if (reader.offset <= bytes.length) return { header, length: reader.offset }
    } catch (error) {
      if (size >= headerBytes.most || size >= end - at) throw error
    }
    if (size >= headerBytes.most) throw new RangeError(`a page header at ${at} is too long`)
  }
}

async function readBytes(file: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(bytes, done, length - done, at + done)
    if (bytesRead === 0) throw new RangeError(`it ends at byte ${at + done}, in the middle of a column`)
    done += bytesRead
  }
  return bytes
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
