import type { CompareAnswer } from '@coro/api/routes/compare'
import { commandContext, type CommonOptions } from '../command-context.js'
import { table } from '../print/output.js'
import { usage } from '../search-subject.js'
import { openClient } from '../system/client.js'

interface CompareOptions extends CommonOptions {
  a?: Record<string, unknown>
  b?: Record<string, unknown>
  k: number
  sampleSize: number
  seed: number
  space?: string
  variant?: string
}

/** `coro compare` */
export async function compare(options: CompareOptions): Promise<void> {
  const { config, output } = commandContext(options)
  const { a, b, k, sampleSize, seed, space, variant } = options
  if (!a || !b) throw usage('compare two sides, such as --a site=lagoa --b site=serra')
  await using client = await openClient(config, [])
  const answer = await client.post<CompareAnswer>('/v1/compare', {
    a,
    b,
    k,
    sampleSize,
    seed,
    ...(space === undefined ? {} : { space }),
    ...(variant === undefined ? {} : { variant }),
  })
  const figure = (x: number | null) => x?.toFixed(3) ?? '-'
  output.result(answer, () => {
    output.say(`a: ${said(a)}: ${answer.sampledA} of ${answer.segmentsA} segments`)
    output.say(`b: ${said(b)}: ${answer.sampledB} of ${answer.segmentsB} segments`)
    output.say()
    output.say(`Mean similarity of a segment of a and one of b: ${figure(answer.meanSimilarity)}`)
    output.say(`  within a: ${figure(answer.meanSimilarityA)}, within b: ${figure(answer.meanSimilarityB)}`)
    output.say(`Similarity of the centroids: ${figure(answer.centroidSimilarity)}`)
    output.say('Segments that have a mutual neighbour on the other side (each among the k nearest of the other):')
    output.say(
      table(
        ['k', 'share', 'if they were alike'],
        answer.mutual.map((row) => [row.k, figure(row.share), figure(row.shareIfAlike)]),
      ),
    )
  })
}

const said = (filter: Record<string, unknown>): string =>
  Object.entries(filter)
    .map(([name, value]) => `${name} ${[value].flat().join(' or ')}`)
    .join(', ')
