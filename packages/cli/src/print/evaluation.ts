import type { EvaluationAnswer } from '../commands/evaluate.js'
import { type Output, table } from './output.js'

const share = (value: number): string => value.toFixed(3)

/** The paper's table, and what to think of it. */
export function printEvaluation(output: Output, answer: EvaluationAnswer): void {
  const { rows, recall, stored, queries, recordings, leftOut, model, splits, seed } = answer
  output.say(
    `${model}: ${recordings === 1 ? '1 recording' : `${recordings} recordings`}, ${stored} windows stored and ${queries} queries a split, ${splits} splits (seed ${seed})`,
  )
  if (leftOut === 1) output.say('1 recording has one window only and is left out.')
  else if (leftOut > 0) output.say(`${leftOut} recordings have one window only and are left out.`)
  if (recordings === 1) output.say('With one recording every answer is right: these figures say nothing.')
  output.say()
  output.say(
    table(
      ['search', 'variant', 'Top-1', 'Top-5', 'P@5', 'P@5 ceiling', 'query ms', '+-'],
      rows.map((row) => [
        row.algorithm,
        row.variant,
        share(row.top1),
        share(row.top5),
        share(row.p5),
        share(row.p5Ceiling),
        row.queryMsMean.toFixed(2),
        row.queryMsSd.toFixed(2),
      ]),
    ),
  )
  output.say()
  output.say(`Recall@10 of HNSW against exact search: mean ${share(recall.mean)}, least ${share(recall.min)}`)
  output.say()
  const channel = Object.entries(answer.controlByVariant)
  if (channel.length === 0) {
    output.say(
      'The recording channel cannot be judged: the prepared audio of these spaces is gone, or made anew since.',
    )
  } else {
    output.say('By the recording channel alone (mean spectrum of the quietest fifth of each window, 64 numbers):')
  }
  for (const [variant, scores] of channel) {
    output.say(
      `  ${variant.padEnd(8)}  Top-1 ${share(scores.top1)}  Top-5 ${share(scores.top5)}  P@5 ${share(scores.p5)}`,
    )
  }
  const labelled = Object.entries(answer.otherRecordingsByVariant ?? {})
  if (answer.otherRecordingsByVariant && labelled.length === 0) {
    output.say(
      'The same label in other recordings cannot be judged: no label is of windows of two of these recordings.',
    )
  } else if (labelled.length > 0) {
    output.say('The same label in other recordings, with what drawing lots would score:')
    for (const [variant, scores] of labelled) {
      output.say(
        `  ${variant.padEnd(8)}  Top-1 ${share(scores.top1)}  P@5 ${share(scores.p5)}  chance ${share(scores.chance)}  (${scores.queries} queries a split)`,
      )
    }
  }
  output.say()
  output.say(
    'What it means: a window counts as found when its neighbours are of the same recording, so background and equipment ' +
      'help as much as the animal; the channel line tells how much they alone would score, and only the labels in other ' +
      'recordings tell whether the sound itself is found.',
  )
}
