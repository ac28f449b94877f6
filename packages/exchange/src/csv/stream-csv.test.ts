import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../temporary-folder.fixture.js'
import { streamCsv } from './stream-csv.js'

async function read(text: string) {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'a.csv')
  await writeFile(path, text)
  const records: { line: number; values: string[] }[] = []
  for await (const record of streamCsv(path)) records.push(record)
  return records
}

describe('streamCsv', () => {
  it.each([
    ['commas', 'key,start_s\na,0\nb,5\n'],
    ['semicolons', 'key;start_s\na;0\nb;5\n'],
    ['tabs', 'key\tstart_s\na\t0\nb\t5\n'],
    ['a byte order mark, CRLF and no end', '\uFEFFkey,start_s\r\na,0\r\nb,5'],
  ])('reads %s', async (_name, text) => {
    expect((await read(text)).map(({ values }) => values)).toEqual([
      ['key', 'start_s'],
      ['a', '0'],
      ['b', '5'],
    ])
  })

  it('tells the line at which a record ends', async () => {
    expect((await read('key,n\n"two\nlines",1\n\nc,2\n')).map(({ line }) => line)).toEqual([1, 3, 5])
  })

  it.each([
    ['a quote that does not end', 'key,n\n"a,1\n'],
    ['a field too many', 'key,n\na,1,2\n'],
  ])('refuses %s', async (_name, text) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'CSV_INVALID', disposition: 'reject' })
  })

  it('says that a file is not there', async () => {
    await expect(streamCsv('/nowhere/a.csv').next()).rejects.toMatchObject({ code: 'CSV_INVALID' })
  })
})
