// Loaded before a service (NODE_OPTIONS=--import): its clock is off by what the file CORO_TEST_CLOCK_FILE says, milliseconds.
// libfaketime would reach native code too, but not every machine has it, and Coro reads the clock by Date alone.
import { readFileSync } from 'node:fs'

// oxlint-disable-next-line node/no-process-env -- the service under test has its own
const path = process.env['CORO_TEST_CLOCK_FILE']
const Real = Date
let offsetMs = 0
const read = () => {
  try {
    offsetMs = Number(readFileSync(path, 'utf8')) || 0
  } catch {
    // As it was.
  }
}
read()
setInterval(read, 100).unref()

globalThis.Date = class Date extends Real {
  constructor(...given) {
    if (given.length === 0) super(Real.now() + offsetMs)
    else super(...given)
  }
  static now() {
    return Real.now() + offsetMs
  }
}
