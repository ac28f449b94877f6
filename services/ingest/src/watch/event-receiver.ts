import { setTimeout as sleep } from 'node:timers/promises'
import { sourcesOfBucket } from '@coro/shared/database/source-list'
import type { Queryable } from '@coro/shared/database/open'
import { readEvents, type ObjectEvent } from '@coro/shared/events/read-events'
import type { Logger } from '@coro/shared/log/logger'
import type { EventQueue, QueuedMessage } from '@coro/shared/storage/event-queue'
import { backoffMs } from './backoff.js'

/** Looks at keys of a source that is watched here; resolves when what they came to is committed. */
export type Look = (sourceId: number, keys: string[]) => Promise<void>

/** The keys that events name, by source. */
export async function keysOfEvents(queryable: Queryable, events: ObjectEvent[]): Promise<Map<number, string[]>> {
  const keys = new Map<number, string[]>()
  const byBucket = new Map<string, string[]>()
  for (const event of events) byBucket.set(event.bucket, [...(byBucket.get(event.bucket) ?? []), ...event.keys])
  for (const [bucket, named] of byBucket) {
    for (const { id, base } of await sourcesOfBucket(queryable, bucket)) {
      const own = named.filter((key) => key.startsWith(base)).map((key) => key.slice(base.length))
      if (own.length > 0) keys.set(id, [...(keys.get(id) ?? []), ...own])
    }
  }
  return keys
}

/**
 * Take the notifications of a queue of SQS for as long as the signal lets. A message is deleted once what its keys came to
 * is committed; one whose look failed comes again by itself.
 */
export async function receiveEvents(
  queryable: Queryable,
  queue: EventQueue,
  look: Look,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted;) {
    try {
      const messages = await queue.receive(signal)
      await takeMessages(queryable, messages, look, log)
      await queue.delete(messages)
      failures = 0
    } catch (error) {
      if (signal.aborted) return
      failures++
      log.warn({ err: error }, 'events are not received; sweeps go on')
      await sleep(backoffMs(failures), undefined, { signal }).catch(() => undefined)
    }
  }
}

async function takeMessages(queryable: Queryable, messages: QueuedMessage[], look: Look, log: Logger): Promise<void> {
  const events = messages.flatMap(({ body }) => {
    const read = readEvents(parse(body))
    // It would come again for ever.
    if (read === null) log.warn({ characters: body.length }, 'a message that is no notification of a bucket is dropped')
    return read ?? []
  })
  for (const [sourceId, keys] of await keysOfEvents(queryable, events)) await look(sourceId, keys)
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown
  } catch {
    return null
  }
}
