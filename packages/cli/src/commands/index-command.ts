import { CoroError } from '@coro/shared/errors'
import { setTimeout as sleep } from 'node:timers/promises'
import { commandContext, type CommonOptions } from '../command-context.js'
import { createProgress, type Progress } from '../print/progress.js'
import { openClient, type Client } from '../system/client.js'

interface IndexOptions extends CommonOptions {
  space?: string
  variant?: string
  again?: boolean
  graph?: string
}

/** `coro index build [--space NAME | --variant V] [--graph G] [--again]`, `coro index sweep` */
export async function indexCommand(action: string, options: IndexOptions): Promise<void> {
  if (action !== 'build' && action !== 'sweep') {
    throw new CoroError('USAGE', `there is no "index ${action}": build or sweep`, { disposition: 'reject' })
  }
  const { config, output } = commandContext(options)
  await using client = await openClient(config, [])
  const { space, variant, again, graph } = options
  const choice = { ...(space === undefined ? {} : { space }), ...(variant === undefined ? {} : { variant }) }
  using progress = createProgress(output, 'index')
  if (action === 'sweep') {
    const answer = await whileWatching(client, progress, choice, () =>
      client.post<{ segments: number; vectors: number; reindexed: string[] }>('/v1/index/sweep', {}),
    )
    output.result(answer, () => {
      if (answer.segments === 0) output.say('Nothing is marked as deleted.')
      else output.say(`Swept ${answer.segments} segments: ${answer.vectors} vectors are deleted.`)
      if (answer.reindexed.length > 0) output.say(`Built again: the index of ${answer.reindexed.join(', ')}.`)
    })
    return
  }
  const answer = await whileWatching(client, progress, choice, () =>
    client.post<{ space: string; built: boolean; seconds: number }>('/v1/index/build', {
      ...choice,
      ...(graph === undefined ? {} : { graph }),
      ...(again === true ? { again: true } : {}),
    }),
  )
  output.result(answer, () =>
    output.say(
      answer.built
        ? `Built the index of ${answer.space} in ${answer.seconds} s.`
        : `${answer.space} has its index already.`,
    ),
  )
}

/** Do it, and show how far it has come: marks that are left, or vectors in the graph. (PGlite tells nothing meanwhile.) */
async function whileWatching<T>(
  client: Client,
  progress: Progress,
  choice: { space?: string; variant?: string },
  work: () => Promise<T>,
): Promise<T> {
  const ended = new AbortController()
  let most = 0
  const watching = (async () => {
    while (!ended.signal.aborted) {
      await sleep(2000, undefined, { signal: ended.signal }).catch(() => undefined)
      if (ended.signal.aborted) return
      const now = await client
        .get<{ progress: { phase: string; done: number; total: number } | null; unswept: number }>(
          '/v1/index/progress',
          choice,
        )
        .catch(() => null)
      if (now?.progress) progress.update(now.progress.done, now.progress.total, now.progress.phase)
      else if (now && now.unswept > 0) {
        most = Math.max(most, now.unswept)
        progress.update(most - now.unswept, most, 'deleting')
      }
    }
  })()
  try {
    return await work()
  } finally {
    ended.abort()
    await watching
  }
}
