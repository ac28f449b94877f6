import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openDatabase, type Database } from '@coro/shared/database/open'
import { makeDeployment } from '@coro/synthetic/deployment'
import { parseCsv } from '@coro/shared/csv/read-csv'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { coro, coroJson, temporaryFolder, type TemporaryFolder } from './coro-process.js'

interface Answer {
  rows: {
    algorithm: string
    variant: 'raw' | 'denoised'
    top1: number
    top5: number
    p5: number
    p5Ceiling: number
    queryMsMean: number
    queryMsSd: number
  }[]
  recall: { mean: number; min: number }
  control: { top1: number; top5: number; p5: number }
  otherRecordings: { top1: number; p5: number; chance: number; queries: number } | null
  stored: number
  queries: number
  recordings: number
  model: string
  splits: number
  seed: number
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Who is what in one split, as `--out` tells it, and vectors by segment, as the database has them. */
async function recompute(database: Database, csv: string, variant: string, split: number) {
  const { rows: spaces } = await database.pool.query<{ id: number }>(
    'select id from coro.embedding_space where variant = $1',
    [variant],
  )
  const { rows } = await database.pool.query<{ segment_id: number; e: number[] }>(
    `select segment_id, e from coro.embedding_${spaces[0]?.id}`,
  )
  const vectors = new Map(rows.map(({ segment_id: id, e }) => [id, e]))
  const roles = parseCsv(csv, ['split', 'role', 'variant'], 'roles.csv')
    .map(({ values }) => values)
    .filter((row) => row['variant'] === variant && Number(row['split']) === split)
    .map((row) => ({ id: Number(row['segment_id']), recording: row['recording'] ?? '', role: row['role'] }))
  const stored = roles.filter(({ role }) => role === 'stored')
  const results = roles
    .filter(({ role }) => role === 'query')
    .map((query) => {
      const mine = vectors.get(query.id)
      const ranked = stored
        .flatMap((other) => {
          const theirs = vectors.get(other.id)
          if (!mine || !theirs) return []
          return [{ other, score: mine.reduce((sum, x, i) => sum + x * (theirs[i] ?? 0), 0) }]
        })
        .sort((a, b) => b.score - a.score)
        .slice(0, 5)
        .map(({ other }) => other.recording === query.recording)
      const ours = stored.filter(({ recording }) => recording === query.recording).length
      return { first: ranked[0] === true, hits: ranked.filter(Boolean).length, ceiling: Math.min(5, ours) / 5 }
    })
  return {
    top1: mean(results.map(({ first }) => Number(first))),
    top5: mean(results.map(({ hits }) => Number(hits > 0))),
    p5: mean(results.map(({ hits }) => hits / 5)),
    p5Ceiling: mean(results.map(({ ceiling }) => ceiling)),
    queries: results.length,
    stored: stored.length,
    roles,
  }
}

describe('coro evaluate', () => {
  let folder: TemporaryFolder
  let data: string
  let csv: string
  let answer: Answer

  beforeAll(async () => {
    folder = await temporaryFolder()
    data = join(folder.path, 'store')
    csv = join(folder.path, 'roles.csv')
    const { sourceDir, files } = await makeDeployment({ dir: folder.path, recordings: 12 })
    const labels = files.flatMap(({ key, species }) => species.map((name) => `${key},${name}`))
    await writeFile(join(folder.path, 'labels.csv'), ['key,label', ...labels, ''].join('\n'))
    answer = await coroJson<Answer>([
      'evaluate',
      '--source',
      sourceDir,
      '--data',
      data,
      '--splits',
      '2',
      '--seed',
      '7',
      '--labels',
      join(folder.path, 'labels.csv'),
      '--out',
      csv,
    ])
  })
  afterAll(async () => folder[Symbol.asyncDispose]())

  it("prints the paper's table, which anyone can recompute from --out and the vectors", async () => {
    expect(answer.rows.map(({ algorithm, variant }) => `${algorithm} ${variant}`)).toEqual([
      'exact raw',
      'exact denoised',
      'hnsw raw',
      'hnsw denoised',
    ])
    expect(answer).toMatchObject({ model: 'logmel-stats-1280', splits: 2, seed: 7 })
    expect(answer.recall.min).toBeGreaterThan(0.9)
    const text = await readFile(csv, 'utf8')
    await using database = await openDatabase(`pglite:${join(data, 'database')}`)
    for (const variant of ['raw', 'denoised'] as const) {
      const splits = [await recompute(database, text, variant, 1), await recompute(database, text, variant, 2)]
      const row = answer.rows.find((one) => one.algorithm === 'exact' && one.variant === variant)
      expect(splits.map(({ queries }) => queries)).toEqual([answer.queries, answer.queries])
      expect(splits.map(({ stored }) => stored)).toEqual([answer.stored, answer.stored])
      for (const measure of ['top1', 'top5', 'p5', 'p5Ceiling'] as const) {
        expect(row?.[measure]).toBeCloseTo(mean(splits.map((split) => split[measure])), 6)
      }
      expect(splits[0]?.roles).not.toEqual(splits[1]?.roles)
    }
  })

  it('draws floor(0.3 n + 0.5) queries a recording, by a hash that any database agrees on', async () => {
    const rows = parseCsv(await readFile(csv, 'utf8'), ['key'], 'roles.csv').map(({ values }) => values)
    const first = rows.filter((row) => row['split'] === '1' && row['variant'] === 'raw')
    for (const key of new Set(first.map((row) => row['key']))) {
      const windows = first.filter((row) => row['key'] === key)
      const drawn = windows
        .map(({ index, role }) => ({
          role,
          digest: createHash('sha256').update(`7/1/${key}/${key}/${index}`).digest('hex'),
        }))
        .sort((a, b) => (a.digest < b.digest ? -1 : 1))
        .map(({ role }) => role)
      const queries = Math.floor(0.3 * windows.length + 0.5)
      expect(drawn).toEqual(windows.map((_, place) => (place < queries ? 'query' : 'stored')))
    }
  })

  it('judges labels in other recordings, and the channel alone', () => {
    expect(answer.otherRecordings?.queries).toBeGreaterThan(0)
    expect(answer.otherRecordings?.chance).toBeGreaterThan(0)
    expect(answer.otherRecordings?.chance).toBeLessThan(1)
    expect(answer.control.top1).toBeGreaterThan(0)
    expect(answer.control.top1).toBeLessThanOrEqual(1)
  })

  it('is the same in SQL: evaluate_retrieval()', async () => {
    await using database = await openDatabase(`pglite:${join(data, 'database')}`)
    for (const variant of ['raw', 'denoised']) {
      const { rows } = await database.pool.query<{ top1: number; top5: number; p5: number; p5_ceiling: number }>(
        `select r.* from coro.embedding_space s, coro.evaluate_retrieval(s.name, 2, 7) r where s.variant = $1`,
        [variant],
      )
      const row = answer.rows.find((one) => one.algorithm === 'exact' && one.variant === variant)
      expect(mean(rows.map(({ top1 }) => top1))).toBeCloseTo(row?.top1 ?? -1, 9)
      expect(mean(rows.map(({ top5 }) => top5))).toBeCloseTo(row?.top5 ?? -1, 9)
      expect(mean(rows.map(({ p5 }) => p5))).toBeCloseTo(row?.p5 ?? -1, 9)
      expect(mean(rows.map((one) => one.p5_ceiling))).toBeCloseTo(row?.p5Ceiling ?? -1, 9)
    }
  })

  it('joins files of one original, and refuses what it cannot use', async () => {
    const rows = parseCsv(await readFile(csv, 'utf8'), ['key'], 'roles.csv').map(({ values }) => values['key'] ?? '')
    const keys = [...new Set(rows)]
    const groups = join(folder.path, 'groups.csv')
    await writeFile(groups, ['key,recording', ...keys.map((key) => `${key},all`), ''].join('\n'))
    const alone = join(folder.path, 'alone.csv')
    await writeFile(alone, `key,label\n${keys[0]},alone\n`)
    const asked = ['evaluate', '--data', data, '--splits', '1', '--groups', groups, '--labels', alone]
    const joined = await coroJson<Answer>(asked)
    expect(joined.otherRecordings).toBe(null)
    const words = (await coro(asked)).stdout
    expect(words).toMatch(/With one recording every answer is right/)
    expect(words).toMatch(/cannot be judged: no label is of windows of two/)
    expect(words).not.toContain('NaN')
    expect(joined.recordings).toBe(1)
    expect(joined.rows[0]).toMatchObject({ top1: 1, top5: 1, p5: 1, p5Ceiling: 1 })
    const typo = join(folder.path, 'typo.csv')
    await writeFile(typo, ['key,recording', 'no-such.wav,all', ''].join('\n'))
    const warned = await coro(['evaluate', '--data', data, '--splits', '1', '--groups', typo])
    expect(warned).toMatchObject({ code: 0 })
    expect(warned.stdout).toContain('1 key is of no searchable recording here (no-such.wav)')
    const wrong = await coro(['evaluate', '--data', data, '--groups', join(folder.path, 'labels.csv')])
    expect(wrong).toMatchObject({ code: 3 })
    expect((await coro(['evaluate', '--data', data, '--model', 'unheard-of'])).stderr).toContain('SPACE_UNKNOWN')
    const unwritable = await coro(['evaluate', '--data', data, '--out', join(folder.path, 'no/such/folder.csv')])
    expect(unwritable.stderr).toContain('OUTPUT_UNWRITABLE')
    const empty = await coro(['evaluate', '--data', join(folder.path, 'empty')])
    expect(empty.stderr).toContain('SPACE_UNKNOWN')
  })
})
