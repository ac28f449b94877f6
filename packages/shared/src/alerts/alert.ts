/** One message: an incident that began or ended, or a test. */
export interface Alert {
  alert: 'recorder silent' | 'sweep failing' | 'quarantine growing' | 'test'
  event: 'began' | 'ended' | 'test'
  /** Of the incident: the same for its begin and its end; null for a test. */
  incidentId: number | null
  /** Recorder, or address of a source. */
  subject: string
  message: string
  /** ISO 8601 in UTC. */
  beganAt: string | null
  endedAt: string | null
  details: Record<string, unknown>
}

export const alertChannels = ['webhook', 'mail'] as const
export type AlertChannel = (typeof alertChannels)[number]

export const testAlert: Alert = {
  alert: 'test',
  event: 'test',
  incidentId: null,
  subject: 'coro',
  message: 'This is a test: alerts arrive.',
  beganAt: null,
  endedAt: null,
  details: {},
}
