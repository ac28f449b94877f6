import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SearchAnswer, StatusView } from '@coro/api/schemas'
import { makeDeployment } from '@coro/synthetic/deployment'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { coro, coroJson, startCoro, temporaryFolder, type RunningCoro, type TemporaryFolder } from './coro-process.js'

interface ImportAnswer {
  rows: number
  bad: number
  inserted: number
  unchanged: number
  recordings: { found: number; created: number }
  embeddings: number | null
}

const space = 'logmel-stats-1280/denoised'
const where = ({ key, startS, similarity }: SearchAnswer['results'][number]) => [key, startS, similarity]

describe('embeddings that leave one Coro and come into another', () => {
  let folder: TemporaryFolder
  let recordings: string
  let first: RunningCoro
  let second: RunningCoro
  let original: SearchAnswer
  const inFolder = (name: string) => join(folder.path, name)
  // Both run as servers: the command asks them.
  const ofFirst = () => ['--data', inFolder('first')]
  const ofSecond = () => ['--data', inFolder('second')]
  const search = (data: string[], ...how: string[]) => coroJson<SearchAnswer>(['search', '-k', '25', ...how, ...data])

  beforeAll(async () => {
    folder = await temporaryFolder()
    recordings = inFolder('set/recordings')
    await makeDeployment({ dir: inFolder('set'), seed: 5, recordings: 6 })
    await mkdir(inFolder('nothing'))
    first = await startCoro(['--source', recordings, ...ofFirst()])
    second = await startCoro(['--source', inFolder('nothing'), ...ofSecond()])
    await coroJson(['scan', '--wait', ...ofFirst()])
    for (const format of ['parquet', 'csv']) {
      await coroJson(['export', 'embeddings', '--space', space, '--out', inFolder(`e.${format}`), ...ofFirst()])
    }
    const line = (await readFile(inFolder('e.csv'), 'utf8')).split('\r\n').find((text) => text.startsWith('3,'))
    await writeFile(inFolder('query.json'), /"(\[.*\])"/.exec(line ?? '')?.[1] ?? '')
    original = await search(ofFirst(), '--space', space, '--vector', inFolder('query.json'))
  })
  afterAll(async () => {
    await first?.[Symbol.asyncDispose]()
    await second?.[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })

  it.each(['parquet', 'csv'])('answer every search as before (%s), without any sound', async (format) => {
    const name = `perch-${format}`
    const importing = ['import', inFolder(`e.${format}`), '--space', name, ...ofSecond()]
    const imported = await coroJson<ImportAnswer>(importing)
    expect(imported).toMatchObject({ bad: 0, inserted: imported.rows, unchanged: 0, embeddings: original.candidates })
    const again = await coroJson<ImportAnswer>(importing)
    expect(again).toMatchObject({ inserted: 0, unchanged: imported.rows, recordings: { created: 0 } })
    const found = await search(ofSecond(), '--space', name, '--vector', inFolder('query.json'))
    expect(found.results.map(where)).toEqual(original.results.map(where))
    expect(found.results.map(({ startedAt }) => startedAt)).toEqual(original.results.map(({ startedAt }) => startedAt))
    const { recordings: counts } = await second.get<StatusView>('/v1/status')
    expect(counts).toMatchObject({ imported: 6, searchable: 0, discovered: 0 })
  })

  it('leave again as they came', async () => {
    await coroJson(['export', 'embeddings', '--space', 'perch-parquet', '--out', inFolder('again.csv'), ...ofSecond()])
    const embeddings = async (name: string) =>
      [...(await readFile(inFolder(name), 'utf8')).matchAll(/"\[.*?\]"/g)].map(([text]) => text).sort()
    expect(await embeddings('again.csv')).toEqual(await embeddings('e.csv'))
  })

  it('join their recordings when the files come in: one recording, one segment, both embeddings', async () => {
    const before = await search(ofSecond(), '--space', 'perch-csv', '--segment', '3')
    // The folder that the embeddings' source names.
    await coroJson(['scan', recordings, '--wait', ...ofSecond()])
    const { recordings: counts, embeddings } = await second.get<StatusView>('/v1/status')
    expect(counts).toMatchObject({ imported: 0, searchable: 6 })
    expect(embeddings['perch-csv']).toBe(embeddings[space])
    expect((await search(ofSecond(), '--space', 'perch-csv', '--segment', '3')).results).toEqual(before.results)
    const own = await search(ofSecond(), '--space', space, '--segment', '3')
    expect(own.results.map(({ segmentId }) => segmentId)).toEqual(before.results.map(({ segmentId }) => segmentId))
  })

  it('and the matches of a search come with their sound, or as annotations beside their recordings', async () => {
    const matches = ['export', 'search', '--segment', '3', '--space', 'perch-csv', '-k', '5', ...ofSecond()]
    const zipped = await coroJson<Record<string, unknown>>([...matches, '--out', inFolder('matches.zip')])
    expect(zipped).toMatchObject({ format: 'zip', matches: 5, files: 1, remark: null })
    await coroJson([...matches, '--format', 'zip', '--out', inFolder('sounds/')])
    const names = (await readdir(inFolder('sounds'))).sort()
    expect(names).toHaveLength(6)
    expect(names[0]).toMatch(/^0001_1\.0000_.*\.wav$/)
    expect((await readFile(join(inFolder('sounds'), names[0] ?? ''))).subarray(0, 4).toString()).toBe('RIFF')
    const labels = await coroJson<{ files: number }>([...matches, '--format', 'audacity', '--out', inFolder('labels/')])
    const found = (await readdir(inFolder('labels'), { recursive: true })).filter((name) => name.endsWith('.txt'))
    expect(found).toHaveLength(labels.files)
    const printed = await coro([...matches, '--format', 'csv', '--out', '-'])
    expect([printed.code, printed.stdout.split('\r\n').length]).toEqual([0, 7])
    expect((await readdir(folder.path)).filter((name) => name.endsWith('.part'))).toEqual([])
  })
})

describe('what cannot be imported', () => {
  it('is told by row and line, and nothing is written; the rest goes in where that is asked for', async () => {
    await using folder = await temporaryFolder()
    const file = join(folder.path, 'bad.csv')
    const rows = [
      'a.wav,0,"[1,2,3]"',
      'a.wav,5,"[0,0,0]"',
      'a.wav,10,"[1,nan,3]"',
      'b.wav,0,"[1,2]"',
      'b.wav,x,"[1,2,3]"',
    ]
    await writeFile(file, ['key,start_s,embedding', ...rows, ''].join('\n'))
    const args = [
      'import',
      file,
      '--space',
      'bad',
      '--window',
      '5',
      '--source',
      folder.path,
      '--data',
      join(folder.path, 'data'),
    ]
    const refused = await coro([...args, '--json'])
    expect(refused.code).toBe(3)
    expect(JSON.parse(refused.stdout)).toMatchObject({
      rows: 5,
      bad: 4,
      inserted: 0,
      dryRun: true,
      problems: [
        { row: 2, line: 3 },
        { row: 3, line: 4 },
        { row: 4, line: 5 },
        { row: 5, line: 6 },
      ],
    })
    const status = await coroJson<StatusView>(['status', '--data', join(folder.path, 'data')])
    expect(status.embeddings).toEqual({})
    const imported = await coroJson<ImportAnswer>([...args, '--skip-bad'])
    expect(imported).toMatchObject({ bad: 4, inserted: 1, embeddings: 1 })
    const found = await coroJson<SearchAnswer>(['search', '--segment', '1', '--data', join(folder.path, 'data')])
    expect(found.results).toMatchObject([{ key: 'a.wav', source: pathToFileURL(folder.path).href, startS: 0, endS: 5 }])
    const wrong = await coro(['import', file, '--data', join(folder.path, 'data')])
    expect(wrong.code).toBe(2)
  })
})
