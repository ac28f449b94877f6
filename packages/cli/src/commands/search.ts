import type { SearchAnswer } from '@coro/api/schemas'
import { commandContext, type CommonOptions } from '../command-context.js'
import { printMatches } from '../print/matches.js'
import { printSearch } from '../print/results.js'
import { searchRequest, type SearchOptions } from '../search-request.js'
import { readSubject } from '../search-subject.js'
import { openClient } from '../system/client.js'

/** `coro search` */
export async function search(options: CommonOptions & SearchOptions): Promise<void> {
  const { config, output } = commandContext(options)
  const { kind, fields } = searchRequest(options)
  const subject = await readSubject(options)
  await using client = await openClient(config, subject.roles)
  if (kind === 'matches') {
    await printMatches(output, subject.lines(client, '/v1/matches', fields))
    return
  }
  const answer = await subject.post<SearchAnswer>(client, '/v1/search', fields)
  output.result(answer, () => printSearch(output, answer))
}
