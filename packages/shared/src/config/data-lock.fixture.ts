// A process that tries to take a data folder, for the tests: `node data-lock.fixture.js FOLDER GO`. It waits for the
// file GO, so that several begin at once, says `locked` or the error's code, and holds the lock until its input ends.
import { existsSync } from 'node:fs'
import { lockDataDir } from './data-lock.js'

const [folder = '', go = ''] = process.argv.slice(2)
process.stdout.write('ready\n')
while (!existsSync(go)) {
  // Closer together than timers would bring them.
}
let lock: Disposable | null = null
try {
  lock = lockDataDir(folder)
  process.stdout.write('locked\n')
} catch (error) {
  process.stdout.write(`${(error as { code?: string }).code ?? String(error)}\n`)
}
process.stdin.resume().once('end', () => lock?.[Symbol.dispose]())
