import { readEvents } from '@coro/shared/events/read-events'
import { sourcesOfBucket } from '@coro/shared/database/source-list'
import { saveHints } from '@coro/shared/database/watching/object-hints'
import { CoroError } from '@coro/shared/errors'
import { z } from 'zod'
import { requireReporter } from '../events/require-reporter.js'
import { route } from '../route.js'

const body = { type: 'object', description: 'Records of S3, or a CloudEvent around them' }

export const eventsRoute = route({
  method: 'post',
  path: '/v1/events',
  tag: 'sources',
  summary:
    'Report that objects of a bucket came, changed or went: S3 notifications and CloudEvents. Events are hints: the ' +
    'watcher looks at the keys that they name. Needs the shared secret of CORO_EVENTS_SECRET_FILE (Authorization: ' +
    'Bearer, or token); without such a file, only this machine may report',
  query: z.object({ token: z.string().optional().describe('the shared secret, where no header can be set') }),
  bodyTypes: {
    'application/json': body,
    'application/cloudevents+json': body,
    'application/cloudevents-batch+json': { type: 'array', items: body },
  },
  answer: z.object({
    objects: z.number().int().describe('objects that the events named'),
    hints: z.number().int().describe('keys of sources of Coro that will be looked at'),
  }),
  async handle({ query: { token }, request, client, platform: { config, database } }) {
    await requireReporter(config.eventsSecretFile, { request, token: token ?? null, client })
    const events = readEvents(withAttributes(request.headers, JSON.parse((await request.text()) || 'null')))
    if (events === null) {
      throw new CoroError('EVENTS_INVALID', 'The body is neither a notification of S3 nor a CloudEvent with one.', {
        disposition: 'reject',
      })
    }
    const hints: { sourceId: number; key: string }[] = []
    for (const { bucket, keys } of events) {
      for (const { id: sourceId, base } of await sourcesOfBucket(database.pool, bucket)) {
        for (const key of keys) {
          // Postgres has no zero bytes, and no key that Coro knows has one.
          if (key.startsWith(base) && key.length > base.length && !key.includes('\0')) {
            hints.push({ sourceId, key: key.slice(base.length) })
          }
        }
      }
    }
    await saveHints(database.pool, hints)
    return { objects: events.length, hints: hints.length }
  },
})

/** A CloudEvent in binary mode has its attributes in headers, and its data as the body. */
function withAttributes(headers: Headers, data: unknown): unknown {
  const specversion = headers.get('ce-specversion')
  if (specversion === null) return data
  const attribute = (name: string) => {
    const value = headers.get(`ce-${name}`)
    return value === null ? undefined : decodeURIComponent(value)
  }
  return { specversion, source: attribute('source'), subject: attribute('subject'), data }
}
