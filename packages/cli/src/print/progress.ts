import { SingleBar } from 'cli-progress'
import type { Output } from './output.js'

/** Shows how far something has come. */
export interface Progress extends Disposable {
  update(done: number, total: number, note?: string): void
}

/** A bar where a person watches; elsewhere a line every ten seconds. */
export function createProgress(output: Output, title: string): Progress {
  return output.watched ? bar(title) : lines(output, title)
}

function bar(title: string): Progress {
  const single = new SingleBar({
    format: `${title} [{bar}] {value}/{total} {note}`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    etaBuffer: 50,
  })
  let started = false
  return {
    update(done, total, note = '') {
      if (!started) single.start(total, done, { note })
      started = true
      single.setTotal(total)
      single.update(done, { note })
    },
    [Symbol.dispose]() {
      if (started) single.stop()
    },
  }
}

function lines(output: Output, title: string): Progress {
  let lastMs = Date.now()
  return {
    update(done, total, note = '') {
      if (Date.now() - lastMs < 10_000) return
      lastMs = Date.now()
      output.say(`${title} ${done}/${total} ${note}`.trimEnd())
    },
    [Symbol.dispose]() {},
  }
}
