import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { CoroError } from '@coro/shared/errors'
import { z } from 'zod'
import { sha256OfFile } from './checksum.js'
import { downloadModel } from './download-model.js'
import { builtInManifestPath, builtInModels } from './find-built-in.js'
import { modelManifestSchema, type ModelManifest, type ResolvedModel } from './manifest.js'

export type { ResolvedModel } from './manifest.js'

export interface ModelChoice {
  /** A built-in model's name, or the path of a manifest (ends in .json). */
  readonly model: string
  /** Folder for networks that a manifest's `url` names. */
  readonly cacheDir: string
}

function manifestPathOf(model: string): string {
  const path = model.endsWith('.json') ? resolve(model) : builtInManifestPath(model)
  if (path !== undefined && existsSync(path)) return path
  throw new CoroError(
    'MODEL_MISSING',
    `there is no model ${model}: give the path of a manifest (.json) or one of ${builtInModels().join(', ')}`,
    { disposition: 'crash', details: { model } },
  )
}

/**
 * Read and check a manifest. Unknown keys are refused, so that a misspelt setting is not silently the default.
 * Errors: MODEL_MANIFEST_INVALID (`crash`), naming every key that is wrong.
 */
export async function readManifest(path: string): Promise<ModelManifest> {
  const invalid = (reason: string, cause?: unknown): CoroError =>
    new CoroError('MODEL_MANIFEST_INVALID', `the model manifest ${path} is not usable:\n${reason}`, {
      disposition: 'crash',
      cause,
      details: { path },
    })
  let content: unknown
  try {
    content = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error), error)
  }
  const parsed = modelManifestSchema.safeParse(content)
  if (!parsed.success) throw invalid(z.prettifyError(parsed.error))
  return parsed.data
}

async function checkFile(manifest: ModelManifest, path: string): Promise<void> {
  if (!existsSync(path)) {
    throw new CoroError('MODEL_MISSING', `model ${manifest.name}: the file ${path} does not exist`, {
      disposition: 'crash',
      details: { model: manifest.name, path },
    })
  }
  const actual = await sha256OfFile(path)
  if (actual === manifest.sha256) return
  throw new CoroError(
    'MODEL_CHECKSUM',
    `model ${manifest.name}: ${path} has sha256 ${actual}, but its manifest wants ${manifest.sha256}`,
    { disposition: 'crash', details: { model: manifest.name, path, actual, expected: manifest.sha256 } },
  )
}

/**
 * Find a model's manifest and its network, fetched into `cacheDir` if need be, and prove the network's checksum.
 * Errors, all `crash`: MODEL_MISSING (no such model or file, or it cannot be fetched), MODEL_MANIFEST_INVALID,
 * MODEL_CHECKSUM.
 */
export async function resolveModel({ model, cacheDir }: ModelChoice): Promise<ResolvedModel> {
  const manifestPath = manifestPathOf(model)
  const manifest = await readManifest(manifestPath)
  if (manifest.file !== undefined) {
    const path = resolve(dirname(manifestPath), manifest.file)
    await checkFile(manifest, path)
    return { manifest, path }
  }
  const path = resolve(join(cacheDir, `${manifest.name}-${manifest.sha256.slice(0, 12)}.onnx`))
  const cached = existsSync(path) && (await sha256OfFile(path)) === manifest.sha256
  if (!cached && manifest.url !== undefined) await downloadModel(manifest, manifest.url, path)
  return { manifest, path }
}
