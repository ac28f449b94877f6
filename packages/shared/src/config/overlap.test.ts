import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { refuseOverlap } from './overlap.js'

let folder: string
const url = (name: string) => pathToFileURL(join(folder, name)).href

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coro-overlap-'))
  await mkdir(join(folder, 'recordings/night'), { recursive: true })
  await mkdir(join(folder, 'elsewhere'))
  await symlink(join(folder, 'recordings'), join(folder, 'linked'))
})
afterAll(() => rm(folder, { recursive: true }))

const overlap = { code: 'CONFIG_OVERLAP', disposition: 'crash' }

describe('refuseOverlap', () => {
  it.each([
    ['the same folder', 'recordings', 'recordings'],
    ['a store inside the source', 'recordings', 'recordings/store'],
    ['a store around the source', 'recordings/night', 'recordings'],
    ['a store behind a link into the source', 'recordings', 'linked/store/not/made/yet'],
    ['a source behind a link', 'linked/night', 'recordings'],
    ['a slash at the end', 'recordings/', 'recordings/store'],
  ])('refuses %s', (_, source, store) => {
    expect(() => refuseOverlap(url(source), url(store))).toThrow(expect.objectContaining(overlap))
  })

  it.each([
    ['beside one another', 'recordings', 'elsewhere'],
    ['with names that begin alike', 'recordings', 'recordings-store'],
  ])('takes folders %s', (_, source, store) => {
    expect(() => refuseOverlap(url(source), url(store))).not.toThrow()
  })

  it('compares prefixes of buckets by whole names', () => {
    expect(() => refuseOverlap('s3://field/2026', 's3://field/2026/store')).toThrow(expect.objectContaining(overlap))
    expect(() => refuseOverlap('s3://field/2026', 's3://field')).toThrow(expect.objectContaining(overlap))
    expect(() => refuseOverlap('s3://field/2026', 's3://field/2026-store')).not.toThrow()
    expect(() => refuseOverlap('s3://field', 's3://field-store')).not.toThrow()
    expect(() => refuseOverlap('s3://field/2026', url('elsewhere'))).not.toThrow()
  })
})
