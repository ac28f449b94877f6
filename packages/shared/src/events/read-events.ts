import { z } from 'zod'

/** An object that an event names. */
export interface ObjectEvent {
  bucket: string
  /**
   * What its key may be. AWS encodes keys as URLs do, with + for a space; versitygw and moto do not, and nothing in the
   * event tells which it is. Since an event is only a reason to look, both are looked at.
   */
  keys: string[]
}

const s3Object = z.object({ bucket: z.object({ name: z.string() }), object: z.object({ key: z.string() }) })
const record = z.object({ s3: s3Object })

/**
 * The objects that a notification names, whatever sent it: `Records` of S3 (AWS, versitygw, moto and others), the same in
 * an SNS message, a detail of EventBridge, and CloudEvents (structured, or several in an array) around any of them. A test
 * event names none. Resolves to null for what is no notification at all.
 */
export function readEvents(payload: unknown): ObjectEvent[] | null {
  if (Array.isArray(payload)) {
    const all = payload.map((one) => readEvents(one))
    return all.every((events) => events !== null) ? all.flat() : null
  }
  if (typeof payload !== 'object' || payload === null) return null
  const body = payload as Record<string, unknown>
  if (body['Event'] === 's3:TestEvent') return []
  if (Array.isArray(body['Records'])) return body['Records'].flatMap((one) => eventOf(record.safeParse(one).data?.s3))
  if (body['Type'] === 'Notification' && typeof body['Message'] === 'string') return readEvents(parsed(body['Message']))
  const detail = s3Object.safeParse(body['detail'])
  if (detail.success) return eventOf(detail.data)
  if (typeof body['specversion'] === 'string') return ofCloudEvent(body)
  const single = record.safeParse(body)
  if (single.success) return eventOf(single.data.s3)
  const bare = s3Object.safeParse(body)
  return bare.success ? eventOf(bare.data) : null
}

/** The data of a CloudEvent, where it is one of the above; else its subject is the key and its source ends with the bucket. */
function ofCloudEvent(event: Record<string, unknown>): ObjectEvent[] | null {
  const data = event['data_base64']
  const inner = typeof data === 'string' ? parsed(Buffer.from(data, 'base64').toString()) : event['data']
  const within = readEvents(typeof inner === 'string' ? parsed(inner) : inner)
  if (within !== null) return within
  const { source, subject } = event
  if (typeof source !== 'string' || typeof subject !== 'string') return null
  const bucket = /([^/.:]+)\/?$/.exec(source)?.[1]
  return bucket === undefined ? null : [{ bucket, keys: readings(subject) }]
}

function eventOf(s3: z.infer<typeof s3Object> | undefined): ObjectEvent[] {
  return s3 ? [{ bucket: s3.bucket.name, keys: readings(s3.object.key) }] : []
}

function readings(key: string): string[] {
  try {
    return [...new Set([key, decodeURIComponent(key.replaceAll('+', ' '))])]
  } catch {
    return [key]
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}
