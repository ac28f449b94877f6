import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readConfig } from '@coro/shared/config/read-config'
import { createLogger } from '@coro/shared/log/logger'
import { openPlatform, type Platform } from '@coro/shared/process/platform'
import type { Hono } from 'hono'
import { createApp } from './app.js'
import { createPainter } from './spectrogram/painter.js'

export interface TestApi extends AsyncDisposable {
  platform: Platform
  app: Hono
}

/** The API over an empty database in memory and a store in a folder of its own. */
export async function openTestApi(): Promise<TestApi> {
  const folder = await mkdtemp(join(tmpdir(), 'coro-api-'))
  const config = readConfig({
    CORO_DATABASE_URL: 'pglite:memory',
    CORO_DATA: folder,
    CORO_STORE_URL: pathToFileURL(join(folder, 'store')).href,
  })
  const platform = await openPlatform(config, createLogger({ level: 'silent' }))
  const painter = createPainter()
  return {
    platform,
    app: createApp(platform, painter),
    async [Symbol.asyncDispose]() {
      await painter[Symbol.asyncDispose]()
      await platform[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}
