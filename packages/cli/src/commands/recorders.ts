import type { RecorderDetails, RecorderView } from '@coro/api/routes/recorders'
import { commandContext, type CommonOptions } from '../command-context.js'
import { exitCodes } from '../exit-codes.js'
import { table, type Output } from '../print/output.js'
import { openClient } from '../system/client.js'

/** `coro recorders [RECORDER] [--silent-after H] [--days N]` */
export async function recorders(
  name: string | undefined,
  options: CommonOptions & { silentAfter?: number; days: number },
): Promise<void> {
  const { config, output } = commandContext(options)
  await using client = await openClient(config, [])
  if (name !== undefined) {
    const details = await client.get<RecorderDetails>(`/v1/recorders/${encodeURIComponent(name)}`, {
      days: options.days,
    })
    output.result(details, () => printOne(output, name, details))
    return
  }
  const { recorders: all } = await client.get<{ recorders: RecorderView[] }>('/v1/recorders', {
    silentAfterH: options.silentAfter,
    days: options.days,
  })
  output.result(all, () => {
    if (all.length > 0) output.say(recorderTable(all))
    else output.say(options.silentAfter === undefined ? 'No recorder was heard yet.' : 'No recorder is overdue.')
  })
  if (options.silentAfter !== undefined && all.length > 0) process.exitCode = exitCodes.rejected
}

function recorderTable(all: RecorderView[]): string {
  return table(
    [
      'recorder',
      'site',
      'last heard (UTC)',
      'due (UTC)',
      'schedule',
      'nights',
      'h/night',
      'of',
      'missing h',
      'clock',
      'V',
      '°C',
      'gain',
      'clipped',
      'silent',
    ],
    all.map((one) => [
      one.recorder,
      one.site ?? '-',
      clock(one.lastHeard),
      one.dueAt === null ? '-' : clock(one.dueAt),
      one.schedule === null ? '-' : `${one.schedule}${one.scheduleDeclared ? '' : ' (usual)'}`,
      `${one.nights}/${one.allNights}`,
      one.hoursPerNight,
      one.expectedHours,
      one.missingHours,
      one.clockJumps === 0 ? 'fine' : `${one.clockJumps} jumps`,
      one.batteryV === null ? '-' : `${one.batteryV}${signed(one.batteryChangeV)}`,
      one.temperatureMinC === null ? '-' : `${one.temperatureMinC}..${one.temperatureMaxC}`,
      one.gain === null ? '-' : `${one.gain}${one.gainChanges === 0 ? '' : `, ${one.gainChanges} changes`}`,
      percent(one.clippedShare),
      percent(one.silentShare),
    ]),
  )
}

function printOne(output: Output, name: string, { recorder, nights, jumps }: RecorderDetails): void {
  if (recorder) output.say(recorderTable([recorder]))
  else output.say(`None of the recordings of ${name} says when it began.`)
  if (nights.length > 0) {
    output.say()
    output.say(
      table(
        ['night', 'recordings', 'hours', 'of', 'missing'],
        nights.map((night) => [night.night, night.recordings, night.hours, night.expectedHours, night.missingHours]),
      ),
    )
  }
  if (jumps.length === 0) return
  output.say()
  output.say(
    table(
      ['recording', 'started (UTC)', 'clock', 'by s', 'key', 'after'],
      jumps.map((jump) => [
        jump.recordingId,
        clock(jump.startedAt),
        jump.kind,
        jump.seconds === null ? null : Math.round(jump.seconds),
        jump.key,
        jump.previousKey ?? '-',
      ]),
    ),
  )
  output.say('To correct a clock: coro retime --help')
}

const clock = (at: string) => at.replace('T', ' ').slice(0, 16)
const signed = (change: number | null) =>
  change === null || change === 0 ? '' : ` (${change > 0 ? '+' : ''}${change})`
const percent = (share: number) => `${Math.round(share * 1000) / 10} %`
