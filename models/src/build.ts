import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildModel } from './logmel-stats-1280.js'
import { modelManifest } from './model-manifest.js'
import { modelName } from './spec.js'

// Writes the built-in model and its manifest: `npm run model:build`. The results are committed.
const folder = join(import.meta.dirname, '..', modelName)
const model = buildModel()
const manifest = modelManifest(model)
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'model.onnx'), model)
// Lists on one line, as the formatter has them.
const text = JSON.stringify(manifest, undefined, 2).replaceAll(/\[\s[^\]]*\]/g, (list) =>
  JSON.stringify(JSON.parse(list)).replaceAll(',', ', '),
)
writeFileSync(join(folder, 'manifest.json'), `${text}\n`)
process.stdout.write(`${modelName}: ${model.byteLength} bytes, sha256 ${String(manifest['sha256'])}\n`)
