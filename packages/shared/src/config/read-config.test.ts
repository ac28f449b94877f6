import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readConfig } from './read-config.js'

function failure(env: Record<string, string>): Error & { code?: string } {
  try {
    readConfig(env)
  } catch (error) {
    return error as Error
  }
  throw new Error('the configuration was taken')
}

describe('readConfig', () => {
  it('is embedded by default, everything below .coro', () => {
    const config = readConfig({})
    expect(config).toMatchObject({
      dataDir: resolve('.coro'),
      databaseUrl: `pglite:${resolve('.coro/database')}`,
      queueUrl: 'pglite',
      embedded: true,
      sources: [],
      http: { host: '127.0.0.1', port: 8080 },
      model: { name: 'logmel-stats-1280', variants: ['raw', 'denoised'], activeVariant: 'denoised' },
      jobs: { lockS: 10, stalledCheckS: 5, reconcileIntervalS: 30 },
    })
    expect(config.storeUrl).toMatch(/^file:\/\/\/.*\.coro\/store$/)
    expect(config.threads.embed).toBeGreaterThan(0)
  })

  it('treats an empty variable as not set', () => {
    expect(readConfig({ CORO_HTTP_PORT: '', CORO_DATABASE_URL: '' })).toMatchObject({
      embedded: true,
      http: { port: 8080 },
    })
  })

  it('names every bad variable and what it must be, never a value', () => {
    const bad = {
      CORO_DATABASE_URL: 'mysql://root:hunter2@db/coro',
      CORO_QUEUE_URL: 'amqp://hunter2',
      CORO_HTTP_PORT: 'hunter2',
      CORO_VARIANTS: 'raw,hunter2',
      CORO_S3_ENDPOINT: 'hunter2 not an address',
      CORO_S3_FORCE_PATH_STYLE: 'hunter2',
      CORO_LOG_LEVEL: 'hunter2',
      CORO_STORE_URL: '/hunter2',
      CORO_MAX_ATTEMPTS: '1',
    }
    const error = failure(bad)
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', disposition: 'crash' })
    for (const name of Object.keys(bad)) expect(error.message).toContain(name)
    expect(error.message).toContain('must be postgres://')
    expect(error.message).not.toContain('hunter2')
  })

  it('does not print a source address of a wrong kind either', () => {
    const error = failure({ CORO_SOURCES: 'https://someone:hunter2@cloud/recordings' })
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    expect(error.message).toContain('https://')
    expect(error.message).not.toContain('hunter2')
  })

  it('wants a queue server beside a database server, and no pglite queue there', () => {
    const server = { CORO_DATABASE_URL: 'postgres://coro@db/coro' }
    expect(failure(server).message).toContain('CORO_QUEUE_URL')
    expect(failure({ ...server, CORO_QUEUE_URL: 'pglite' }).message).toContain('CORO_QUEUE_URL')
    expect(readConfig({ ...server, CORO_QUEUE_URL: 'redis://valkey' })).toMatchObject({ embedded: false })
  })

  it('refuses an active variant that is not made, and a store inside a source', () => {
    expect(failure({ CORO_VARIANTS: 'raw' }).message).toContain('CORO_ACTIVE_VARIANT')
    expect(failure({ CORO_SOURCES: '/recordings', CORO_STORE_URL: 'file:///recordings/store' })).toMatchObject({
      code: 'CONFIG_OVERLAP',
    })
  })

  it('reads the choices of the front end, and refuses a band that cannot be', () => {
    expect(readConfig({}).frontEnd).toEqual({
      gateMode: 'stationary',
      gateOrder: 'before',
      bandPass: null,
      resampler: 'kaiser',
    })
    const chosen = { CORO_GATE_MODE: 'non-stationary', CORO_GATE_ORDER: 'after', CORO_RESAMPLER: 'scipy' }
    expect(readConfig({ ...chosen, CORO_BAND_PASS: '200-15000' }).frontEnd).toEqual({
      gateMode: 'non-stationary',
      gateOrder: 'after',
      bandPass: { lowHz: 200, highHz: 15_000 },
      resampler: 'scipy',
    })
    for (const band of ['0-8000', '20-15990', '2000-16000']) {
      expect(readConfig({ CORO_BAND_PASS: band }).frontEnd.bandPass).not.toBeNull()
    }
    for (const band of [
      '200',
      '8000-200',
      '10-8000',
      '200-15999',
      '200-20000',
      '0-16000',
      '-200-8000',
      '200-15000 Hz',
    ]) {
      expect(failure({ CORO_BAND_PASS: band }).message).toContain('CORO_BAND_PASS')
    }
  })

  it('takes the command line before the environment, and its sources besides', () => {
    const config = readConfig(
      { CORO_DATA: '/one', CORO_SOURCES: '/a, /b\n/a' },
      { dataDir: '/two', addSources: ['/c'] },
    )
    expect(config.dataDir).toBe('/two')
    expect(config.sources.map(({ url }) => url)).toEqual(['file:///a', 'file:///b', 'file:///c'])
  })
})
