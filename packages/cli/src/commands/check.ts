import type { MetadataConflict, RecorderDevice } from '@coro/audio/metadata/recorder-metadata'
import { checkAudio, type CheckedAudio } from '@coro/audio/check-audio'
import { channelOfSetting } from '@coro/audio/read/channel-setting'
import type { CommonOptions } from '../command-context.js'
import { exitCodes } from '../exit-codes.js'
import { createOutput } from '../print/output.js'

interface CheckOptions extends CommonOptions {
  timeZone?: string
  channel: string
}

/** `coro check FILE...`: what Coro would do with each file, by packages/audio alone: no database, no queue. */
export async function check(files: string[], options: CheckOptions): Promise<void> {
  const output = createOutput(options.json === true)
  const answers = []
  for (const file of files) {
    const checked = await checkAudio(file, {
      channel: channelOfSetting(options.channel),
      ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone }),
    })
    answers.push(toAnswer(file, checked))
    if (!output.json) output.say(inWords(file, checked))
  }
  output.result(answers, () => undefined)
  if (answers.some(({ verdict }) => verdict === 'reject')) process.exitCode = exitCodes.rejected
}

function toAnswer(file: string, checked: CheckedAudio) {
  const { verdict, code, message, format, header, durationS, start, metadata, warnings } = checked
  return {
    file,
    verdict,
    code,
    message,
    format,
    durationS,
    sampleRateHz: header?.sampleRateHz ?? null,
    channels: header?.channels ?? null,
    startedAt: start.startedAt?.toISOString() ?? null,
    utcOffset: start.utcOffsetMin === null ? null : formatOffset(start.utcOffsetMin),
    timeSource: start.timeSource,
    recorder: metadata.device.recorderId ?? null,
    timeConfidence: start.confidence,
    device: metadata.device,
    conflicts: metadata.conflicts ?? [],
    warnings,
  }
}

/** "+01:00" from minutes east of UTC. */
function formatOffset(minutes: number): string {
  const size = Math.abs(minutes)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

function inWords(file: string, checked: CheckedAudio): string {
  const { verdict, code, message, header, durationS, start, metadata, warnings } = checked
  if (verdict === 'reject') return `${file}: rejected, ${code}: ${message}`
  const sound = `${durationS?.toFixed(1)} s, ${header?.codec} at ${header?.sampleRateHz} Hz, ${header?.channels} channel(s)`
  const offset = start.utcOffsetMin === null ? 'offset unknown' : `recorded at UTC${formatOffset(start.utcOffsetMin)}`
  const time =
    start.startedAt === null
      ? 'start unknown'
      : `from ${start.startedAt.toISOString()} (${start.timeSource}, ${offset})`
  const notes = [
    ...warnings.map((warning) => `${warning.code}: ${warning.message}`),
    ...(metadata.conflicts ?? []).map((conflict) => `conflict: ${conflictInWords(conflict)}`),
  ]
  return [[`${file}: ${verdict}`, sound, time, ...deviceInWords(metadata.device)].join(', '), ...notes].join('\n  ')
}

function deviceInWords(device: RecorderDevice): string[] {
  const { recorderId, gain, batteryV, batteryBound, temperatureC, position, filter, stoppedReason } = device
  const bound = batteryBound === undefined ? '' : `${batteryBound} `
  return [
    recorderId === undefined ? '' : `recorder ${recorderId}`,
    gain === undefined ? '' : `gain ${gain}`,
    batteryV === undefined ? '' : `battery ${bound}${batteryV} V`,
    temperatureC === undefined ? '' : `${temperatureC} °C`,
    position === undefined ? '' : `at ${position.latitude} ${position.longitude}`,
    filter === undefined ? '' : `filter ${filter}`,
    stoppedReason === undefined ? '' : `stopped: ${stoppedReason}`,
  ].filter((words) => words !== '')
}

function conflictInWords(conflict: MetadataConflict): string {
  return conflict.kind === 'recorder'
    ? `recorder ${conflict.values.join(' or ')}`
    : `${conflict.between.join(' and ')} tell times ${Math.round(conflict.differenceS)} s apart`
}
