import type { IncidentView } from '@coro/api/routes/incidents'
import { readSecret, readSmtpUrl } from '@coro/shared/config/alert-settings'
import { testAlert } from '@coro/shared/alerts/alert'
import { configuredChannels, sendAlert } from '@coro/shared/alerts/send-alert'
import { CoroError, errorFacts } from '@coro/shared/errors'
import { commandContext, type CommandContext, type CommonOptions } from '../command-context.js'
import { exitCodes } from '../exit-codes.js'
import { table } from '../print/output.js'
import { openClient } from '../system/client.js'

/** `coro alert [list | test]` */
export async function alert(action: string, options: CommonOptions & { limit: number }): Promise<void> {
  const context = commandContext(options)
  if (action === 'test') return testChannels(context)
  if (action !== 'list') {
    throw new CoroError('USAGE', `there is no "alert ${action}": list or test`, { disposition: 'reject' })
  }
  const { config, output } = context
  await using client = await openClient(config, [])
  const { incidents } = await client.get<{ incidents: IncidentView[] }>('/v1/incidents', { limit: options.limit })
  output.result(incidents, () => {
    if (incidents.length === 0) return output.say('No incident (yet).')
    output.say(
      table(
        ['began (UTC)', 'ended (UTC)', 'what', 'told', 'message'],
        incidents.map((one) => [
          clock(one.beganAt),
          one.endedAt === null ? 'lasts' : clock(one.endedAt),
          one.kind,
          Object.keys(one.toldBegan).join(', ') || (one.lastError ?? 'nobody'),
          one.message,
        ]),
      ),
    )
  })
}

/** Over every configured channel, from this process, with its environment. Ends with 4 where one does not take it. */
async function testChannels({ config, output }: CommandContext): Promise<void> {
  const channels = configuredChannels(config.alerts)
  if (channels.length === 0) {
    throw new CoroError('CONFIG_INVALID', 'Nobody is to be told: set CORO_ALERT_WEBHOOK, or CORO_ALERT_MAIL_TO.', {
      disposition: 'crash',
    })
  }
  // What stands in files is wrong before anything is sent: said as every wrong configuration.
  if (config.alerts.mail) readSmtpUrl(config.alerts.mail.smtpUrlFile)
  if (config.alerts.webhook?.secretFile) readSecret(config.alerts.webhook.secretFile)
  const answers: { channel: string; sent: boolean; error: { code: string; message: string } | null }[] = []
  for (const channel of channels) {
    const error = await sendAlert(config.alerts, channel, testAlert).then(
      () => null,
      (failure: unknown) => errorFacts(failure),
    )
    answers.push({ channel, sent: error === null, error: error && { code: error.code, message: error.message } })
  }
  output.result(answers, () => {
    output.say("With the CORO_ALERT_* of this command's own environment; a Coro that runs elsewhere has its own.")
    for (const { channel, error } of answers)
      output.say(`${nameOf(config.alerts, channel)}: ${error ? `${error.code}: ${error.message}` : 'sent'}`)
  })
  if (answers.some(({ sent }) => !sent)) process.exitCode = exitCodes.unavailable
}

/** A webhook's address may hold a token: its server alone is named. */
function nameOf({ webhook, mail }: CommandContext['config']['alerts'], channel: string): string {
  if (channel === 'mail' && mail) return `mail to ${mail.to}`
  return channel === 'webhook' && webhook ? `webhook at ${new URL(webhook.url).host}` : channel
}

const clock = (at: string) => at.replace('T', ' ').slice(0, 16)
