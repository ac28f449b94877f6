// What the linter does not see: folders that are dumps, barrel files (both fail), and files that have grown long
// (only reported: one in twenty may).
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const dumps = new Set(['utils', 'util', 'helpers', 'common', 'misc', 'lib'])
const longFrom = 251

/** The folders that hold source text: `src` of every workspace, and the tests. */
function sourceFolders() {
  const below = (folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name, 'src'))
  return [...below('packages'), ...below('services'), join(root, 'models/src'), join(root, 'test')]
}

function* filesBelow(folder) {
  let entries
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (error.code === 'ENOENT') return
    throw error
  }
  for (const entry of entries) {
    const path = join(folder, entry.name)
    yield { path, name: entry.name, isFolder: entry.isDirectory() }
    if (entry.isDirectory()) yield* filesBelow(path)
  }
}

const wrong = []
const long = []
let files = 0
for (const folder of sourceFolders()) {
  for (const { path, name, isFolder } of filesBelow(folder)) {
    const shown = relative(root, path)
    const stem = name.replace(/\..*$/, '')
    if (dumps.has(stem)) wrong.push(`${shown}: name it after the idea it holds`)
    if (isFolder || !/\.[cm]?[jt]s$/.test(name)) continue
    files += 1
    if (stem === 'index') wrong.push(`${shown}: a barrel; packages export their files by subpath`)
    const lines = readFileSync(path, 'utf8').split('\n').length - 1
    if (lines >= longFrom) long.push(`${shown}: ${lines} lines`)
  }
}

if (long.length > 0) console.error(`${long.length} of ${files} files are over 250 lines:\n  ${long.join('\n  ')}`)
if (wrong.length > 0) {
  console.error(`Names that say nothing:\n  ${wrong.join('\n  ')}`)
  process.exitCode = 1
}
