import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CoroError } from '@coro/shared/errors'
import { sha256OfFile } from './checksum.js'
import type { ModelManifest } from './manifest.js'

/** The reason of a failed fetch: undici hides the one that matters in `cause`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

/**
 * Fetch a network once: to a temporary name beside `path`, renamed when its checksum is right, so that neither a broken
 * connection nor a second process leaves half a file there.
 * Errors: MODEL_MISSING when it cannot be fetched, MODEL_CHECKSUM when other bytes came; both `crash`.
 */
export async function downloadModel(manifest: ModelManifest, url: string, path: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.part`
  await mkdir(dirname(path), { recursive: true })
  try {
    const response = await fetch(url)
    if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`)
    await pipeline(Readable.fromWeb(response.body), createWriteStream(temporary))
    const actual = await sha256OfFile(temporary)
    if (actual !== manifest.sha256) {
      throw new CoroError(
        'MODEL_CHECKSUM',
        `${url} gave a file with sha256 ${actual}, but the manifest of ${manifest.name} wants ${manifest.sha256}`,
        { disposition: 'crash', details: { model: manifest.name, url, actual, expected: manifest.sha256 } },
      )
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    if (error instanceof CoroError) throw error
    throw new CoroError(
      'MODEL_MISSING',
      `model ${manifest.name} could not be fetched from ${url} (${reasonOf(error)}). On a machine without that ` +
        `connection, put the file with sha256 ${manifest.sha256} at ${path} by other means, or choose a built-in model`,
      { disposition: 'crash', cause: error, details: { model: manifest.name, url, path } },
    )
  }
}
