import type { DetectionsAnswer } from '@coro/api/routes/detections'
import { commandContext, type CommonOptions } from '../command-context.js'
import { table } from '../print/output.js'
import { sayLeftOut } from '../print/results.js'
import { readSubject, whereFields, type SubjectOptions, type WhereOptions } from '../search-subject.js'
import { openClient } from '../system/client.js'

interface DetectionsOptions extends CommonOptions, SubjectOptions, WhereOptions {
  threshold: number
  by: string
  empty?: boolean
}

/** `coro detections` */
export async function detections(options: DetectionsOptions): Promise<void> {
  const { config, output } = commandContext(options)
  const { threshold, by, empty = false } = options
  const subject = await readSubject(options)
  await using client = await openClient(config, subject.roles)
  const answer = await subject.post<DetectionsAnswer>(client, '/v1/detections', {
    ...whereFields(options),
    threshold,
    by,
    empty,
  })
  output.result(answer, () => {
    output.say(
      `${answer.detections} detections in ${answer.space} (similarity ${threshold} or more), everything compared in ${answer.queryMs.toFixed(1)} ms`,
    )
    sayLeftOut(output, answer.leftOut)
    if (answer.cells.length > 0) output.say(detectionTable(answer))
  })
}

function detectionTable({ by, cells }: DetectionsAnswer): string {
  return table(
    [...by, 'detections', 'recordings', 'recorded h', 'per hour', 'best'],
    cells.map((cell) => [
      ...by.map((name) => cell[name]),
      cell.detections,
      cell.recordings,
      Math.round(cell.recordedHours * 100) / 100,
      cell.perHour === null ? null : Math.round(cell.perHour * 100) / 100,
      cell.bestSimilarity?.toFixed(4) ?? '-',
    ]),
  )
}
