import { examine } from '@coro/shared/doctor/examine'
import { errorFacts } from '@coro/shared/errors'
import type { Platform } from '@coro/shared/process/platform'
import { z } from 'zod'
import { route } from '../route.js'

const progress = z.object({ part: z.string(), done: z.number().int(), total: z.number().int() })
export type DoctorProgress = z.infer<typeof progress>

const end = z.object({
  done: z.literal(true),
  findings: z.array(
    z.object({
      code: z.string(),
      sentence: z.string().describe('what it means, and what a repair does'),
      count: z.number().int(),
      examples: z.array(z.string()).describe('at most five'),
      repaired: z.number().int(),
    }),
  ),
})
export type DoctorEnd = z.infer<typeof end>

export const doctorRoute = route({
  method: 'post',
  path: '/v1/doctor',
  tag: 'operation',
  summary:
    'Compare database, store and queue with each other, and mend what can be mended; progress and findings as lines',
  body: z.object({
    repair: z.boolean().default(false).describe('mend what can be mended safely'),
    deep: z.boolean().default(false).describe('read every byte: originals and prepared audio against their hashes'),
  }),
  answer: 'application/x-ndjson',
  line: z.union([
    progress.describe('how far it has come'),
    end.describe('the last line'),
    z.object({ error: z.object({ code: z.string(), message: z.string() }) }).describe('the last line, where it failed'),
  ]),
  async handle({ body: { repair, deep }, request, platform }) {
    const asked = { repair, deep, signal: request.signal }
    return new Response(ReadableStream.from(encoded(lines(platform, asked))), {
      headers: { 'content-type': 'application/x-ndjson' },
    })
  },
})

async function* lines(platform: Platform, asked: Parameters<typeof examine>[1]): AsyncGenerator<object> {
  try {
    const steps = examine(platform, asked)
    let told = 0
    for (;;) {
      const step = await steps.next()
      if (step.done === true) {
        yield { done: true, findings: step.value } satisfies DoctorEnd
        return
      }
      if (Date.now() - told < 200) continue
      told = Date.now()
      yield step.value
    }
  } catch (error) {
    const { code, message } = errorFacts(error)
    platform.log.error({ err: error, code }, 'doctor broken off')
    yield { error: { code, message: code === 'UNEXPECTED' ? 'Something went wrong; the log knows what.' : message } }
  }
}

async function* encoded(values: AsyncGenerator<object>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const value of values) yield encoder.encode(`${JSON.stringify(value)}\n`)
}
