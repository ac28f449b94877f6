import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { normaliseSourceUrl, readSources } from './sources.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coro-sources-'))
})
afterAll(() => rm(folder, { recursive: true }))

let files = 0
async function configFile(content: unknown): Promise<string> {
  const path = join(folder, `${(files += 1)}.json`)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

describe('readSources', () => {
  it('reads the file, then what the list names besides; paths of the file are relative to it', async () => {
    const path = await configFile({
      sources: [
        { url: 'cards', timeZone: 'America/Sao_Paulo', deployments: [{ prefix: 'A1/', site: 'lagoa' }] },
        { url: 's3://field/2026/' },
      ],
      sites: [{ name: 'lagoa', latitude: -27.6, longitude: -48.5 }],
    })
    const sources = readSources({ list: [join(folder, 'cards'), 's3://field/2026', '/more/'], configFile: path })
    expect(sources.map(({ url }) => url)).toEqual([
      pathToFileURL(join(folder, 'cards')).href,
      's3://field/2026',
      'file:///more',
    ])
    expect(sources[0]).toMatchObject({ timeZone: 'America/Sao_Paulo', sites: [{ name: 'lagoa' }] })
    expect(sources[2]).toMatchObject({ deployments: [], sites: [] })
  })

  it.each([
    ['a zone that is none', { sources: [{ url: 'a', timeZone: 'Brazil/Florianopolis' }] }, 'sources.0.timeZone'],
    ['an offset in place of a zone', { sources: [{ url: 'a', timeZone: '-03:00' }] }, 'sources.0.timeZone'],
    ['a field that is spelt wrong', { sources: [{ url: 'a', timezone: 'UTC' }] }, 'sources.0'],
    ['a channel 0', { sources: [{ url: 'a', channel: 0 }] }, 'sources.0.channel'],
    [
      'a channel by side',
      { sources: [{ url: 'a', deployments: [{ prefix: '', site: 's', channel: 'left' }] }] },
      'sources.0.deployments.0.channel',
    ],
    ['a latitude beyond the pole', { sites: [{ name: 'x', latitude: 91 }] }, 'sites.0.latitude'],
    [
      'a deployment without a site',
      { sources: [{ url: 'a', deployments: [{ prefix: '' }] }] },
      'sources.0.deployments.0',
    ],
    ['a list at the top', [], '(top)'],
  ])('refuses %s and says where', async (_, content, place) => {
    const path = await configFile(content)
    expect(() => readSources({ list: [], configFile: path })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(place) as string }),
    )
    expect(() => readSources({ list: [], configFile: path })).toThrow(path)
  })

  it('says which file is not there or not JSON', async () => {
    const missing = join(folder, 'missing.json')
    const broken = await configFile('{"sources": [')
    for (const path of [missing, broken]) {
      expect(() => readSources({ list: [], configFile: path })).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(path) as string }),
      )
    }
  })
})

describe('normaliseSourceUrl', () => {
  it.each([
    ['cards/A 1', 'file:///base/cards/A%201'],
    ['../cards/', 'file:///cards'],
    ['/abs//', 'file:///abs'],
    ['file:///abs/x/', 'file:///abs/x'],
    ['s3://bucket/prefix//', 's3://bucket/prefix'],
    ['s3://bucket', 's3://bucket'],
  ])('%s becomes %s', (entry, url) => {
    expect(normaliseSourceUrl(entry, '/base')).toBe(url)
  })

  it.each(['s3://', 's3:///key', 'http://host/folder'])('refuses %s', (entry) => {
    expect(() => normaliseSourceUrl(entry, '/base')).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})
