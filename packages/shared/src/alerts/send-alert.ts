import { readSecret, readSmtpUrl, type AlertSettings } from '../config/alert-settings.js'
import { alertChannels, type Alert, type AlertChannel } from './alert.js'
import { sendMail } from './send-mail.js'
import { sendWebhook } from './send-webhook.js'

/** Where alerts go, by the configuration. */
export const configuredChannels = (settings: AlertSettings): AlertChannel[] =>
  alertChannels.filter((channel) => settings[channel] !== null)

/** Send over one channel. Throws ALERT_UNDELIVERED, CONFIG_INVALID. */
export async function sendAlert({ webhook, mail }: AlertSettings, channel: AlertChannel, alert: Alert): Promise<void> {
  if (channel === 'webhook' && webhook) {
    await sendWebhook(webhook.url, webhook.secretFile === null ? null : readSecret(webhook.secretFile), alert)
  }
  if (channel === 'mail' && mail) await sendMail(readSmtpUrl(mail.smtpUrlFile), mail, alert)
}
