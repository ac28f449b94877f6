import { CoroError } from '@coro/shared/errors'
import { setTimeout as sleep } from 'node:timers/promises'
import { commandContext, type CommonOptions } from '../command-context.js'
import { createProgress } from '../print/progress.js'
import { openClient } from '../system/client.js'

interface IndexOptions extends CommonOptions {
  space?: string
  variant?: string
}

/** `coro index build [--space NAME | --variant V]` */
export async function indexCommand(action: string, options: IndexOptions): Promise<void> {
  if (action !== 'build') {
    throw new CoroError('USAGE', `there is no "index ${action}": build`, { disposition: 'reject' })
  }
  const { config, output } = commandContext(options)
  await using client = await openClient(config, [])
  const { space, variant } = options
  const choice = { ...(space === undefined ? {} : { space }), ...(variant === undefined ? {} : { variant }) }
  using progress = createProgress(output, 'index')
  const ended = new AbortController()
  const watching = (async () => {
    while (!ended.signal.aborted) {
      await sleep(2000, undefined, { signal: ended.signal }).catch(() => undefined)
      if (ended.signal.aborted) return
      const now = await client
        .get<{ progress: { phase: string; done: number; total: number } | null }>('/v1/index/progress', choice)
        .catch(() => null)
      if (now?.progress) progress.update(now.progress.done, now.progress.total, now.progress.phase)
    }
  })()
  try {
    const answer = await client.post<{ space: string; built: boolean; seconds: number }>('/v1/index/build', choice)
    output.result(answer, () =>
      output.say(
        answer.built
          ? `Built the index of ${answer.space} in ${answer.seconds} s.`
          : `${answer.space} has its index already.`,
      ),
    )
  } finally {
    ended.abort()
    await watching
  }
}
