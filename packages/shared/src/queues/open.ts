import type { Database } from '../database/open.js'
import { connectQueues } from './connection.js'
import { startConsumer, type Consumer, type ConsumerOptions } from './consumer.js'
import { createProducer, type Producer, type QueueCounts } from './producer.js'
import { queueNames, type QueueName } from './registry.js'

/** All queues of one process. */
export interface Queues extends AsyncDisposable {
  readonly prepare: Producer<'prepare'>
  readonly embed: Producer<'embed'>
  readonly query: Producer<'query'>
  readonly scan: Producer<'scan'>
  consume<N extends QueueName>(options: ConsumerOptions<N>): Consumer
  counts(): Promise<Record<QueueName, QueueCounts>>
  /** `recallAstray` of every queue. */
  recallAstray(latestMs: number): Promise<number>
  /** Throws where the queue server does not answer. */
  check(): Promise<void>
}

/** Connect and make a producer for every queue. Throws QUEUE_UNAVAILABLE. */
export async function openQueues(url: string, database: Database): Promise<Queues> {
  const connection = await connectQueues(url, database)
  const prepare = createProducer('prepare', connection)
  const embed = createProducer('embed', connection)
  const query = createProducer('query', connection)
  const scan = createProducer('scan', connection)
  const all = { prepare, embed, query, scan }
  return {
    ...all,
    consume: (options) => startConsumer(options, connection),
    async counts() {
      const entries = await Promise.all(queueNames.map(async (name) => [name, await all[name].counts()] as const))
      return Object.fromEntries(entries) as Record<QueueName, QueueCounts>
    },
    async recallAstray(latestMs) {
      const recalled = await Promise.all(queueNames.map((name) => all[name].recallAstray(latestMs)))
      return recalled.reduce((sum, n) => sum + n, 0)
    },
    check: () => connection.check(),
    async [Symbol.asyncDispose]() {
      await Promise.all(queueNames.map((name) => all[name][Symbol.asyncDispose]()))
      await connection[Symbol.asyncDispose]()
    },
  }
}
