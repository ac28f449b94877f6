import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { SourceAccess } from '../config/sources.js'
import { credentialsOf } from './credentials.js'
import type { S3Settings } from './s3-storage.js'
import { unavailable } from './storage-errors.js'

export interface QueuedMessage {
  body: string
  /** What it is deleted by. */
  receipt: string
}

/** A queue of SQS that a bucket notifies. */
export interface EventQueue extends Disposable {
  /** Wait for messages, 20 s at most. Throws STORAGE_UNAVAILABLE. */
  receive(signal: AbortSignal): Promise<QueuedMessage[]>
  /** Messages that are not deleted come again after the queue's visibility timeout. */
  delete(messages: QueuedMessage[]): Promise<void>
}

/** Open a queue by its address, with the keys of the source that names it. */
export function openEventQueue(url: string, s3: S3Settings, access: SourceAccess): EventQueue {
  const client = new SQSClient({
    ...credentialsOf(access.credentials, s3.variable),
    region: access.region ?? s3.region,
    // The address says where it is: AWS, or a server of one's own.
    endpoint: new URL(url).origin,
    maxAttempts: 3,
  })
  return {
    async receive(abortSignal) {
      try {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 }),
          { abortSignal },
        )
        return Messages.map(({ Body = '', ReceiptHandle = '' }) => ({ body: Body, receipt: ReceiptHandle }))
      } catch (error) {
        abortSignal.throwIfAborted()
        throw unavailable(url, error)
      }
    },
    async delete(messages) {
      if (messages.length === 0) return
      const Entries = messages.map(({ receipt }, i) => ({ Id: String(i), ReceiptHandle: receipt }))
      try {
        await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }))
      } catch (error) {
        throw unavailable(url, error)
      }
    },
    [Symbol.dispose]() {
      client.destroy()
    },
  }
}
