import { createHmac } from 'node:crypto'
import { CoroError } from '../errors.js'
import type { Alert } from './alert.js'

const timeoutMs = 10_000

/**
 * POST an alert as JSON. With a secret, `x-coro-signature: sha256=<hex>` is the HMAC-SHA256 of the timestamp in
 * `x-coro-timestamp` (seconds), a dot, and the body: the receiver can tell that it is genuine, and how old it is.
 * Throws ALERT_UNDELIVERED.
 */
export async function sendWebhook(url: string, secret: string | null, alert: Alert): Promise<void> {
  const body = JSON.stringify(alert)
  const timestamp = String(Math.floor(Date.now() / 1000))
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-coro-timestamp': timestamp }
  if (secret !== null) headers['x-coro-signature'] = signatureOf(secret, timestamp, body)
  let status: number
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    })
    await answer.body?.cancel()
    status = answer.status
  } catch (cause) {
    // Not the address: it may hold a token.
    const why = cause instanceof Error ? (cause.cause instanceof Error ? cause.cause.message : cause.message) : ''
    throw new CoroError('ALERT_UNDELIVERED', `the webhook does not answer: ${why}`, { disposition: 'wait', cause })
  }
  if (status >= 200 && status < 300) return
  throw new CoroError('ALERT_UNDELIVERED', `the webhook answered ${status}`, { disposition: 'wait' })
}

export function signatureOf(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`
}
