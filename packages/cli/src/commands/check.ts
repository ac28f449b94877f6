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

function toAnswer(file: string, { verdict, code, message, header, durationS, start, recorderId }: CheckedAudio) {
  return {
    file,
    verdict,
    code,
    message,
    format: header?.format ?? null,
    durationS,
    sampleRateHz: header?.sampleRateHz ?? null,
    channels: header?.channels ?? null,
    startedAt: start.startedAt?.toISOString() ?? null,
    utcOffset: start.utcOffsetMin === null ? null : formatOffset(start.utcOffsetMin),
    timeSource: start.timeSource,
    recorder: recorderId,
  }
}

/** "+01:00" from minutes east of UTC. */
function formatOffset(minutes: number): string {
  const size = Math.abs(minutes)
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

function inWords(file: string, { verdict, code, header, durationS, start, recorderId, ...rest }: CheckedAudio): string {
  if (verdict === 'reject') return `${file}: rejected, ${code}: ${rest.message}`
  const sound = `${durationS?.toFixed(1)} s, ${header?.codec} at ${header?.sampleRateHz} Hz, ${header?.channels} channel(s)`
  const offset = start.utcOffsetMin === null ? 'offset unknown' : `recorded at UTC${formatOffset(start.utcOffsetMin)}`
  const time =
    start.startedAt === null
      ? 'start unknown'
      : `from ${start.startedAt.toISOString()} (${start.timeSource}, ${offset})`
  const recorder = recorderId === null ? '' : `, recorder ${recorderId}`
  const notes = rest.warnings.map((warning) => `\n  ${warning.code}: ${warning.message}`).join('')
  return `${file}: ${verdict}, ${sound}, ${time}${recorder}${notes}`
}
