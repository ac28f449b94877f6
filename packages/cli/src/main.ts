import { createProgram } from './program.js'
import { reportError } from './exit-codes.js'

// From npm: `npm run coro -- ...` begins in the checkout's root; paths are meant from where the person stands.
// oxlint-disable-next-line node/no-process-env -- npm tells the caller's folder only here
const callerFolder = process.env['INIT_CWD']
if (callerFolder !== undefined && process.cwd() !== callerFolder && process.argv[1]?.includes('packages/cli')) {
  process.chdir(callerFolder)
}

// `coro recordings | head` ends the pipe early; that is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

try {
  await createProgram().parseAsync(process.argv)
} catch (error) {
  process.exitCode = reportError(error, process.argv.includes('--json'))
}
// Whatever a command left open (a thread of a library, an idle connection) must not keep the shell waiting.
setTimeout(() => process.exit(), 5000).unref()
