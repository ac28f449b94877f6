import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Recording } from '../answers.js'
import { coro, coroJson, startCoro, temporaryFolder } from './coro-process.js'

type Channelled = Recording & { channel: 'mix' | number | null }

const rateHz = 32_000
const seconds = 5

/** A WAV file of constant levels, one a channel, that no two files share: 16 bit, 5 s. */
function wav(levels: number[]): Buffer {
  const frames = rateHz * seconds
  const data = Buffer.alloc(frames * levels.length * 2)
  for (let n = 0; n < frames; n += 1) {
    levels.forEach((level, channel) => {
      data.writeInt16LE(n % 2 === 0 ? level : -level, (n * levels.length + channel) * 2)
    })
  }
  const header = Buffer.alloc(44)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(36 + data.length, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(levels.length, 22)
  header.writeUInt32LE(rateHz, 24)
  header.writeUInt32LE(rateHz * levels.length * 2, 28)
  header.writeUInt16LE(levels.length * 2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(data.length, 40)
  return Buffer.concat([header, data])
}

it("a deployment's channel is the one that is prepared; one that a file does not have is a reason", async () => {
  await using folder = await temporaryFolder()
  const data = join(folder.path, 'data')
  const source = join(folder.path, 'cards')
  const files = {
    'left/a.wav': [8000, 1000],
    'right/b.wav': [8001, 1001],
    'both/c.wav': [8002, 1002],
    'none/d.wav': [8003, 1003],
  }
  for (const [key, levels] of Object.entries(files)) {
    await mkdir(join(source, key, '..'), { recursive: true })
    await writeFile(join(source, key), wav(levels))
  }
  const config = join(folder.path, 'sources.json')
  const configure = (right: number) =>
    writeFile(
      config,
      JSON.stringify({
        sources: [
          {
            url: 'cards',
            channel: 3,
            deployments: [
              { prefix: 'left/', site: 's', channel: 1 },
              { prefix: 'right/', site: 's', channel: right },
              { prefix: 'both/', site: 's', channel: 'mix' },
            ],
          },
        ],
      }),
    )
  const env = { CORO_SETTLE_S: '0', CORO_CONFIG: config, CORO_LOG_LEVEL: 'silent' }
  await configure(2)
  await coro(['scan', '--wait', '--data', data], env)
  const listed = await coroJson<Channelled[]>(['recordings', '--data', data])
  const byKey = new Map(listed.map((recording) => [recording.key, recording]))
  expect(Object.fromEntries(listed.map(({ key, state, channel }) => [key, [state, channel]]))).toEqual({
    'both/c.wav': ['searchable', 'mix'],
    'left/a.wav': ['searchable', 1],
    'none/d.wav': ['quarantined', null],
    'right/b.wav': ['searchable', 2],
  })
  const reason = byKey.get('none/d.wav')?.reason
  expect(reason?.code).toBe('AUDIO_NO_CHANNEL')
  expect(reason?.message).toContain('channel 3 was asked for and the file has 2')

  // Another setting is for what comes: what is prepared stays, what was set aside can be taken up with it.
  await configure(1)
  await using server = await startCoro(['--data', data], env)
  const peak = async (key: string) => {
    const { segments } = await server.get<{ segments: { segmentId: number }[] }>(
      `/v1/recordings/${byKey.get(key)?.recordingId}/segments`,
    )
    const response = await fetch(`${server.url}/v1/segments/${segments[0]?.segmentId}/audio?variant=raw`)
    return Buffer.from(await response.arrayBuffer()).readInt16LE(44)
  }
  expect(await peak('left/a.wav')).toBe(8000)
  expect(await peak('right/b.wav')).toBe(1001)
  expect(await peak('both/c.wav')).toBe(4502)
  const after = await server.get<{ recordings: Channelled[] }>('/v1/recordings?key=right/b.wav')
  expect(after.recordings).toMatchObject([{ state: 'searchable', channel: 2 }])
})
