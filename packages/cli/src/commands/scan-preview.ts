import type { PreviewEnd, PreviewProgress } from '@coro/api/routes/scan-preview'
import { normaliseSourceUrl } from '@coro/shared/config/sources'
import { CoroError } from '@coro/shared/errors'
import { commandContext, type CommonOptions } from '../command-context.js'
import { exitCodes } from '../exit-codes.js'
import { printPreview } from '../print/scan-preview.js'
import { createProgress } from '../print/progress.js'
import { openClient } from '../system/client.js'

type Line = PreviewProgress | PreviewEnd | { error: { code: string; message: string } }

/**
 * `coro scan --dry-run [SOURCE]`: list and look, write nothing. Ends with 3 where something would be refused, or a card
 * seems to have been copied over another one.
 */
export async function scanPreview(
  source: string | undefined,
  options: CommonOptions & { sample: number },
): Promise<void> {
  const url = source === undefined ? undefined : normaliseSourceUrl(source, process.cwd())
  const { config, output } = commandContext(options, url === undefined ? {} : { addSources: [url] })
  await using client = await openClient(config, [])
  using progress = createProgress(output, 'look')
  const asked = { ...(url === undefined ? {} : { source: url }), sample: options.sample }
  for await (const line of client.lines<Line>('/v1/scan/preview', asked)) {
    if ('error' in line) throw new CoroError(line.error.code, line.error.message, { disposition: 'retry' })
    if (!('done' in line)) {
      progress.update(line.looked, Math.max(line.toLook, 1), `${line.listed} files listed`)
      continue
    }
    progress[Symbol.dispose]()
    output.result({ surveys: line.surveys, estimate: line.estimate }, () => printPreview(output, line))
    const bad = line.surveys.some(({ rejected, cardSwaps }) => rejected.length + cardSwaps.length > 0)
    if (bad) process.exitCode = exitCodes.rejected
    return
  }
  throw new CoroError('PREVIEW_CUT_OFF', 'the answer ended before its end', { disposition: 'retry' })
}
