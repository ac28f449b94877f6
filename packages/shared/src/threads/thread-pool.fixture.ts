import { setTimeout as sleep } from 'node:timers/promises'
import { CoroError } from '../errors.js'
import { threadTask } from './thread-task.js'

export type TestTask =
  | { kind: 'double'; samples: Float32Array }
  | { kind: 'reject' }
  | { kind: 'system error'; code: string }
  | { kind: 'exit' }
  | { kind: 'sleep' }

/** What the tests of the pool let a thread do. */
export default threadTask(async (task: TestTask): Promise<Float32Array> => {
  switch (task.kind) {
    case 'double':
      return task.samples.map((x) => x * 2)
    case 'reject':
      throw new CoroError('AUDIO_UNSUPPORTED', '24-bit ADPCM', { disposition: 'reject' })
    case 'system error':
      throw Object.assign(new Error('from the system'), { code: task.code })
    case 'exit':
      return process.exit(7)
    case 'sleep':
      await sleep(600_000)
      return new Float32Array()
  }
})
