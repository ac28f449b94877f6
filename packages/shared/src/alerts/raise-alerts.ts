import type { AlertSettings } from '../config/alert-settings.js'
import { noteIncidents, noteTold, releaseIncident, takeUntold, type Incident } from '../database/incidents.js'
import type { Database } from '../database/open.js'
import { errorFacts } from '../errors.js'
import type { Logger } from '../log/logger.js'
import type { Alert } from './alert.js'
import { configuredChannels, sendAlert } from './send-alert.js'

/**
 * Look what is wrong, and tell of it: each incident once when it begins and once when it is over, over every configured
 * channel. What cannot be delivered is told at the next call. The state is in the database: a restart repeats nothing.
 */
export async function raiseAlerts(database: Database, settings: AlertSettings, log: Logger): Promise<void> {
  const changed = await noteIncidents(database.pool, settings)
  if (changed.began + changed.ended > 0) log.info(changed, 'incidents')
  const channels = configuredChannels(settings)
  if (channels.length === 0) return
  for (const incident of await takeUntold(database.pool, channels, settings.sweepMin)) {
    const alert = alertOf(incident)
    let failure: string | null = null
    for (const channel of channels) {
      if (!isToTell(incident, channel)) continue
      try {
        await sendAlert(settings, channel, alert)
        await noteTold(database.pool, incident.id, alert.event, channel)
        log.warn(
          { incident: incident.id, kind: incident.kind, subject: incident.subject, channel },
          `alert ${alert.event}`,
        )
      } catch (error) {
        const { code, message } = errorFacts(error)
        failure = `${channel}: ${code}: ${message}`
        log.error({ incident: incident.id, channel, code, reason: message }, 'alert not delivered')
      }
    }
    await releaseIncident(database.pool, incident.id, failure)
  }
}

/** An end is told where the begin was. */
const isToTell = ({ endedAt, toldBegan, toldEnded }: Incident, channel: string): boolean =>
  endedAt === null ? !(channel in toldBegan) : channel in toldBegan && !(channel in toldEnded)

function alertOf({ id, kind, subject, message, details, beganAt, endedAt }: Incident): Alert {
  return {
    alert: kind,
    event: endedAt === null ? 'began' : 'ended',
    incidentId: id,
    subject,
    message: endedAt === null ? message : `It is over: ${endings[kind](subject)}`,
    beganAt: beganAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    details,
  }
}

const endings: Record<Incident['kind'], (subject: string) => string> = {
  'recorder silent': (recorder) => `recorder ${recorder} was heard again.`,
  'sweep failing': (source) => `${source} was swept again.`,
  'quarantine growing': () => 'the quarantine does not grow any more as it did.',
}
