import { readFileSync } from 'node:fs'
import { CoroError } from '../errors.js'

/** When alerts are raised and where they go. Secrets stay in their files until they are needed. */
export interface AlertSettings {
  webhook: { url: string; secretFile: string | null } | null
  mail: { to: string; from: string; smtpUrlFile: string } | null
  /** Hours past the time at which a recorder was due; 0 = never. */
  silentH: number
  /** Minutes for which the sweeps of a source have failed; 0 = never. */
  sweepMin: number
  /** Recordings that were quarantined within an hour; 0 = never. */
  quarantinePerHour: number
}

interface AlertEnvironment {
  CORO_ALERT_WEBHOOK?: string | undefined
  CORO_ALERT_WEBHOOK_SECRET_FILE?: string | undefined
  CORO_ALERT_MAIL_TO?: string | undefined
  CORO_ALERT_MAIL_FROM?: string | undefined
  CORO_SMTP_URL_FILE?: string | undefined
  CORO_ALERT_SILENT_H: number
  CORO_ALERT_SWEEP_MIN: number
  CORO_ALERT_QUARANTINE: number
}

/** Throws CONFIG_INVALID where mail is asked for and no server is named. */
export function readAlertSettings(e: AlertEnvironment): AlertSettings {
  if (e.CORO_ALERT_MAIL_TO !== undefined && e.CORO_SMTP_URL_FILE === undefined) {
    throw new CoroError('CONFIG_INVALID', 'CORO_SMTP_URL_FILE: must be set where CORO_ALERT_MAIL_TO is', {
      disposition: 'crash',
    })
  }
  return {
    webhook:
      e.CORO_ALERT_WEBHOOK === undefined
        ? null
        : { url: e.CORO_ALERT_WEBHOOK, secretFile: e.CORO_ALERT_WEBHOOK_SECRET_FILE ?? null },
    mail:
      e.CORO_ALERT_MAIL_TO === undefined || e.CORO_SMTP_URL_FILE === undefined
        ? null
        : {
            to: e.CORO_ALERT_MAIL_TO,
            from: e.CORO_ALERT_MAIL_FROM ?? 'coro@localhost',
            smtpUrlFile: e.CORO_SMTP_URL_FILE,
          },
    silentH: e.CORO_ALERT_SILENT_H,
    sweepMin: e.CORO_ALERT_SWEEP_MIN,
    quarantinePerHour: e.CORO_ALERT_QUARANTINE,
  }
}

/** A secret from its file, without the line's end. Throws CONFIG_INVALID, which names the file and never its content. */
export function readSecret(file: string): string {
  try {
    const secret = readFileSync(file, 'utf8').trim()
    if (secret !== '') return secret
  } catch {
    // said below
  }
  throw new CoroError('CONFIG_INVALID', `${file}: cannot be read, or is empty`, { disposition: 'crash' })
}

/** A mail server's address from its file. Throws CONFIG_INVALID, which names the file and never its content. */
export function readSmtpUrl(file: string): string {
  const url = readSecret(file)
  if (/^smtps?:\/\/[^/]/.test(url) && URL.canParse(url)) return url
  const form = 'smtp:// or smtps://, then user:password@host:port'
  throw new CoroError('CONFIG_INVALID', `${file}: must hold ${form} (characters such as @ in a password as %40)`, {
    disposition: 'crash',
  })
}
