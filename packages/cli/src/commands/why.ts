import { commandContext, type CommonOptions } from '../command-context.js'
import { exitCodes } from '../exit-codes.js'
import type { Output } from '../print/output.js'
import { printable } from '../print/printable.js'
import { openClient, type Client } from '../system/client.js'

interface Story {
  recordingId: number
  key: string
  state: string
  searchable: boolean
  sentences: string[]
  toDo: string | null
}

interface Why {
  key: string
  recordings: Story[]
  unknown: { sentences: string[]; toDo: string | null } | null
}

/**
 * `coro why RECORDING|KEY`: the story of one file. Ends with 0 where it is searchable, 3 where it is known and not
 * searchable, 4 where nothing is known of it.
 */
export async function why(what: string, options: CommonOptions): Promise<void> {
  const { config, output } = commandContext(options)
  await using client = await openClient(config, [])
  const answer = await ask(client, what)
  output.result(answer, () => {
    for (const [i, story] of answer.recordings.entries()) {
      if (i > 0) output.say('')
      output.say(`Recording ${story.recordingId}, ${printable(story.key)}: ${story.state}`)
      tell(output, story)
    }
    if (answer.unknown) tell(output, answer.unknown)
  })
  process.exitCode = answer.recordings.some(({ searchable }) => searchable)
    ? exitCodes.fine
    : answer.recordings.length > 0
      ? exitCodes.rejected
      : exitCodes.unavailable
}

/** A number is a recording's id where there is such a recording, else a key like any other. */
async function ask(client: Client, what: string): Promise<Why> {
  if (/^\d+$/.test(what)) {
    try {
      return { key: what, recordings: [await client.get<Story>(`/v1/recordings/${what}/why`)], unknown: null }
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'RECORDING_UNKNOWN') throw error
    }
  }
  return client.get<Why>('/v1/why', { key: what })
}

function tell(output: Output, { sentences, toDo }: { sentences: string[]; toDo: string | null }): void {
  for (const sentence of sentences) output.say(`  ${printable(sentence)}`)
  if (toDo !== null) output.say(`  What to do: ${printable(toDo)}`)
}
