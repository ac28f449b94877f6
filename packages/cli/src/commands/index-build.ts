import { CoroError } from '@coro/shared/errors'
import { commandContext, type CommonOptions } from '../command-context.js'
import { buildWithProgress } from '../system/build-index.js'
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
  const answer = await buildWithProgress(client, output, options)
  output.result(answer, () =>
    output.say(
      answer.built
        ? `Built the index of ${answer.space} in ${answer.seconds} s.`
        : `${answer.space} has its index already.`,
    ),
  )
}
