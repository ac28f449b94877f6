import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The repository's models/ folder, looked for upwards from this file: it runs from src/ and from dist/. */
function modelsFolder(): string | undefined {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'models')
    if (existsSync(join(candidate, 'logmel-stats-1280/manifest.json'))) return candidate
  }
  return undefined
}

/** Names of the models that come with the repository. */
export function builtInModels(): string[] {
  const folder = modelsFolder()
  if (folder === undefined) return []
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'manifest.json')))
    .sort()
}

/** Path of a built-in model's manifest, or undefined where there is no model of that name. */
export function builtInManifestPath(name: string): string | undefined {
  const folder = modelsFolder()
  return folder !== undefined && builtInModels().includes(name) ? join(folder, name, 'manifest.json') : undefined
}
