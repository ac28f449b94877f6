import type { DoctorEnd, DoctorProgress } from '@coro/api/routes/doctor'
import { CoroError } from '@coro/shared/errors'
import { commandContext, type CommonOptions } from '../command-context.js'
import { exitCodes } from '../exit-codes.js'
import { createProgress } from '../print/progress.js'
import type { Output } from '../print/output.js'
import { openClient } from '../system/client.js'

interface DoctorOptions extends CommonOptions {
  repair?: boolean
  deep?: boolean
}

type Line = DoctorProgress | DoctorEnd | { error: { code: string; message: string } }

/** `coro doctor [--repair] [--deep]`: ends with 3 where something is wrong and stays so. */
export async function doctor(options: DoctorOptions): Promise<void> {
  const { config, output } = commandContext(options)
  await using client = await openClient(config, [])
  using progress = createProgress(output, 'doctor')
  const asked = { repair: options.repair === true, deep: options.deep === true }
  for await (const line of client.lines<Line>('/v1/doctor', asked)) {
    if ('error' in line) throw new CoroError(line.error.code, line.error.message, { disposition: 'retry' })
    if ('part' in line) {
      progress.update(line.done, Math.max(line.total, 1), line.part)
      continue
    }
    progress[Symbol.dispose]()
    const clean = line.findings.every(({ count, repaired }) => repaired === count)
    output.result({ clean, findings: line.findings }, () => print(output, line, asked))
    if (!clean) process.exitCode = exitCodes.rejected
    return
  }
  throw new CoroError('DOCTOR_CUT_OFF', 'the answer ended before its end', { disposition: 'retry' })
}

function print(output: Output, { findings }: DoctorEnd, { repair, deep }: { repair: boolean; deep: boolean }): void {
  const what = deep ? 'Database, store, queue, and every byte' : 'Database, store and queue'
  if (findings.length === 0) {
    output.say(`${what}: nothing is wrong.`)
    return
  }
  for (const { code, sentence, count, examples, repaired } of findings) {
    const mended = repair ? `, ${repaired} mended` : ''
    output.say(`${code}  ${count}${mended}: ${sentence}`)
    for (const example of examples) output.say(`  ${example}`)
    if (count > examples.length) output.say(`  and ${count - examples.length} more`)
  }
  if (!repair) output.say('Nothing was changed: coro doctor --repair mends what can be mended.')
}
