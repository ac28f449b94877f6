import { createTransport } from 'nodemailer'
import { CoroError } from '../errors.js'
import type { Alert } from './alert.js'

const timeoutMs = 15_000

/**
 * Send an alert as plain text. smtpUrl: `smtp://user:password@host:587` or `smtps://...`; of `smtp://` STARTTLS is used where
 * the server offers it, and where there is a password nothing is told to a server that does not (`?requireTLS=false` allows
 * it). Throws ALERT_UNDELIVERED.
 */
export async function sendMail(
  smtpUrl: string,
  { from, to }: { from: string; to: string },
  alert: Alert,
): Promise<void> {
  const { username, searchParams } = new URL(smtpUrl)
  const transport = createTransport({
    url: smtpUrl,
    ...(username !== '' && !searchParams.has('requireTLS') ? { requireTLS: true } : {}),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
  })
  try {
    await transport.sendMail({
      from,
      to,
      subject: subjectOf(alert),
      text: textOf(alert),
      // Begin and end of an incident are one conversation.
      ...(alert.incidentId === null ? {} : { headers: { 'X-Coro-Incident': String(alert.incidentId) } }),
    })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const hint = /certificate/i.test(why) ? ' (NODE_EXTRA_CA_CERTS=FILE names one more to trust)' : ''
    throw new CoroError('ALERT_UNDELIVERED', `the mail server did not take it: ${why}${hint}`, {
      disposition: 'wait',
      cause,
    })
  } finally {
    transport.close()
  }
}

function subjectOf({ alert, event, subject }: Alert): string {
  if (event === 'test') return 'Coro: test'
  return `Coro: ${event === 'ended' ? 'over: ' : ''}${alert}: ${subject}`.replaceAll(/[\r\n]+/g, ' ')
}

function textOf({ message, beganAt, endedAt, details }: Alert): string {
  const facts = Object.entries(details).map(([name, value]) => `${name}: ${String(value)}`)
  const times = [beganAt && `Began: ${beganAt}`, endedAt && `Ended: ${endedAt}`].filter(Boolean)
  return [message, '', ...times, ...facts].join('\n')
}
