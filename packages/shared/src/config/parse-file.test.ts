import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CoroError } from '../errors.js'
import { findConfigFile } from './parse-file.js'
import { readSourceFile, readSources } from './sources.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coro-config-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

/** The lines of the error, without the path. */
function faults(path: string): string[] {
  try {
    readSources({ list: [], configFile: path })
  } catch (error) {
    if (!(error instanceof CoroError) || error.code !== 'CONFIG_INVALID' || error.disposition !== 'crash') throw error
    return error.message.split('\n').map((line) => line.replace(`${path}:`, ''))
  }
  throw new Error('it was taken')
}

describe('a sources file', () => {
  it('may be YAML as well as JSON', async () => {
    const path = await file(
      'good.yaml',
      `# the field season
sources:
  - url: s3://cards/2026/
    name: cards
    timeZone: America/Sao_Paulo
    endpoint: https://s3.example.org
    forcePathStyle: true
    credentials: { env: FIELD }
    events: { sqs: 'https://sqs.us-east-1.amazonaws.com/1/cards' }
    deployments:
      - { prefix: lagoa/A1/, site: lagoa, channel: 2 }
      - { pattern: '{site}/{recorder}/...', timeZone: America/Manaus }
sites:
  - { name: lagoa, latitude: -22.4, longitude: -42.9 }
`,
    )
    expect(readSources({ list: [], configFile: path })).toMatchObject([
      {
        url: 's3://cards/2026',
        credentials: { env: 'FIELD' },
        deployments: [{ prefix: 'lagoa/A1/', channel: 2 }, { pattern: '{site}/{recorder}/...' }],
        sites: [{ name: 'lagoa' }],
      },
    ])
  })

  it('tells every fault with its line and column', async () => {
    const path = await file(
      'bad.yaml',
      `sources:
  - url: cards
    timezone: America/Sao_Paulo
    channel: left
    deployments:
      - prefix: a/
        site: lagoa
        timeZone: Brazil/Nowhere
      - pattern: '{recorder}/...'
      - prefix: b/
        pattern: 'b/...'
        site: x
`,
    )
    expect(faults(path)).toEqual([
      expect.stringMatching(/^4:5: sources\.0\.channel: must be "mix"/),
      expect.stringMatching(/^8:9: sources\.0\.deployments\.0\.timeZone: must be an IANA time zone/),
      expect.stringMatching(/^9:9: sources\.0\.deployments\.1: must have a site, or a pattern with \{site\}/),
      expect.stringMatching(/^10:9: sources\.0\.deployments\.2: must have either a prefix or a pattern/),
      expect.stringMatching(/^3:5: sources\.0\.timezone: .*timezone/),
    ])
  })

  it('tells where JSON breaks off, where a member stands twice, and which source is declared twice', async () => {
    expect(faults(await file('broken.json', '{\n  "sources": [\n    { "url": "a" \n  "sites": []\n}'))[0]).toMatch(
      /^[345]:\d+: /,
    )
    expect(faults(await file('twice.json', '{"sources": [],\n "sources": []}'))[0]).toMatch(/^2:2: .*unique/)
    const same = await file('same.json', '{"sources": [{"url": "s3://a/b"},\n {"url": "s3://a/b/"}]}')
    expect(faults(same)).toEqual([expect.stringMatching(/^2:3: sources\.1\.url: this source is declared above/)])
    const kind = await file('kind.yaml', 'sources:\n  - url: https://me:hunter2@cloud/x\n')
    expect(faults(kind)).toEqual([expect.stringMatching(/^2:5: sources\.0\.url: https:/)])
    expect(faults(kind).join('')).not.toContain('hunter2')
  })

  it('runs nothing, and takes no keys instead of a reference to them', async () => {
    expect(faults(await file('tag.yaml', 'sources: !!js/function "() => 1"'))[0]).toMatch(/^1:10: /)
    const keys = await file(
      'keys.yaml',
      'sources:\n  - url: s3://a\n    credentials: { accessKeyId: AKIAHUNTER2, secretAccessKey: hunter2 }\n',
    )
    expect(faults(keys)).toEqual([
      '3:5: sources.0.credentials: must be {"env": PREFIX}, {"profile": NAME} or {"file": PATH}',
    ])
  })

  it('of one source is read alone', async () => {
    const path = await file('one.yaml', 'url: s3://a/b/\nname: one\n')
    expect(readSourceFile(path)).toEqual({ url: 's3://a/b', name: 'one', deployments: [], sites: [] })
  })
})

describe('findConfigFile', () => {
  it('finds the one in the working folder, and refuses two', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'coro-config-'))
    expect(findConfigFile(empty)).toBeNull()
    await writeFile(join(empty, 'coro.config.yaml'), '')
    expect(findConfigFile(empty)).toBe(join(empty, 'coro.config.yaml'))
    await writeFile(join(empty, 'coro.config.json'), '{}')
    expect(() => findConfigFile(empty)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    await rm(empty, { recursive: true })
  })
})
