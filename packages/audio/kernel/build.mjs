// node packages/audio/kernel/build.mjs [OUTPUT]: compiles the SIMD kernel to packages/audio/dist/kernel.wasm.
// The same source gives the same bytes on every machine.
import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import process, { argv } from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const assembly = join(here, 'assembly')
const defaultOutput = join(here, '../dist/kernel.wasm')

/** Whether the kernel is missing, or older than any of its sources. */
export function kernelIsStale() {
  const builtMs = statSync(defaultOutput, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const sources = [fileURLToPath(import.meta.url), ...readdirSync(assembly).map((name) => join(assembly, name))]
  return sources.some((path) => statSync(path).mtimeMs > builtMs)
}

async function build(output) {
  const { main } = await import('assemblyscript/asc')
  mkdirSync(dirname(output), { recursive: true })
  const flags = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd']
  const files = [relative('', join(assembly, 'kernel.ts')), '--outFile', relative('', output)]
  const { error } = await main([...files, ...flags], { stderr: process.stderr })
  if (error === null) return
  console.error(error.message)
  process.exitCode = 1
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) await build(argv[2] ?? defaultOutput)
