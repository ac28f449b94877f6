import { userInfo } from 'node:os'
import { commandContext, type CommonOptions } from '../command-context.js'
import type { Output } from '../print/output.js'
import { sourceArgument } from '../source-argument.js'
import { openClient } from '../system/client.js'

interface PauseOptions extends CommonOptions {
  source?: string
  stage?: 'prepare' | 'embed'
  reason?: string
  by?: string
}

interface PauseView {
  source: string | null
  stage: string | null
}

/** `coro pause [--source S] [--stage prepare|embed] [--reason TEXT]` */
export async function pause(options: PauseOptions): Promise<void> {
  const { config, output } = commandContext(options)
  await using client = await openClient(config, [])
  const answer = await client.post<{ changed: boolean; pauses: PauseView[] }>('/v1/pause', {
    ...choiceOf(options),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    by: options.by ?? userInfo().username,
  })
  output.result(answer, () => {
    output.say(answer.changed ? 'Paused; what is in hand is finished.' : 'It was paused already.')
    sayPauses(output, answer.pauses)
  })
}

/** `coro resume [--source S] [--stage prepare|embed]` */
export async function resume(options: PauseOptions): Promise<void> {
  const { config, output } = commandContext(options)
  await using client = await openClient(config, [])
  const answer = await client.post<{ ended: number; pauses: PauseView[] }>('/v1/resume', choiceOf(options))
  output.result(answer, () => {
    output.say(answer.ended === 0 ? 'No such pause.' : `${answer.ended} pause${answer.ended === 1 ? '' : 's'} ended.`)
    sayPauses(output, answer.pauses)
  })
}

function choiceOf({ source, stage }: PauseOptions): { source?: string; stage?: string } {
  return {
    ...(source === undefined ? {} : { source: sourceArgument(source) }),
    ...(stage === undefined ? {} : { stage }),
  }
}

function sayPauses(output: Output, pauses: PauseView[]): void {
  for (const { source, stage } of pauses) {
    output.say(`  paused: ${source ?? 'all sources'}, ${stage === null ? 'every stage' : `stage ${stage}`}`)
  }
}
