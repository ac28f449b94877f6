// node packages/audio/kernel/build.mjs [FOLDER]: compiles the SIMD modules to packages/audio/dist: kernel.wasm (gate,
// resampler) and flac.wasm. The same source gives the same bytes on every machine.
import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import process, { argv } from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const assembly = join(here, 'assembly')
const defaultFolder = join(here, '../dist')
/** Where each module's exports stand, in assembly/. */
const modules = { 'kernel.wasm': 'kernel.ts', 'flac.wasm': 'flac/flac.ts' }

/** Whether a module is missing, or older than any of the sources. */
export function kernelIsStale() {
  const built = Object.keys(modules).map((name) => statSync(join(defaultFolder, name), { throwIfNoEntry: false }))
  const oldestMs = Math.min(...built.map((status) => status?.mtimeMs ?? 0))
  const sources = readdirSync(assembly, { recursive: true }).map((name) => join(assembly, name))
  return [fileURLToPath(import.meta.url), ...sources].some((path) => statSync(path).mtimeMs > oldestMs)
}

async function build(folder) {
  const { createMemoryStream, main } = await import('assemblyscript/asc')
  mkdirSync(folder, { recursive: true })
  const flags = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd']
  for (const [output, source] of Object.entries(modules)) {
    const files = [relative('', join(assembly, source)), '--outFile', relative('', join(folder, output))]
    // What it says of a build that succeeds is nothing to whoever waits for it.
    const said = createMemoryStream()
    const { error } = await main([...files, ...flags], { stderr: said })
    if (error === null) continue
    console.error(said.toString())
    console.error(error.message)
    process.exitCode = 1
  }
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) await build(argv[2] ?? defaultFolder)
