import { describe, expect, it } from 'vitest'
import { checkAudio } from './check-audio.js'
import { noise } from './fixtures/signals.js'
import { temporaryFolder } from './fixtures/temporary-folder.js'
import { chunk, commentList, fmt, int16Bytes, riff, simpleWav } from './fixtures/wav-bytes.js'

const sound = Array.from(noise(3200, 0.3), (value) => Math.round(value * 32767))

async function check(name: string, bytes: Uint8Array) {
  using folder = temporaryFolder()
  return await checkAudio(folder.file(name, bytes))
}

describe('checkAudio', () => {
  it('has nothing to say about a good file', async () => {
    const text = 'Recorded at 09:32:00 04/05/2018 (UTC+1) by AudioMoth 0FE081F80FE081F0 at gain setting 2'
    const found = await check('a.wav', riff([commentList(text), fmt(), chunk('data', int16Bytes(sound))]))
    expect(found).toMatchObject({
      verdict: 'ok',
      code: null,
      durationS: 0.1,
      start: { startedAt: new Date('2018-05-04T08:32:00Z'), utcOffsetMin: 60, timeSource: 'audiomoth' },
      metadata: { device: { recorderId: '0FE081F80FE081F0', gain: '2' } },
    })
  })

  it('names the format of what it refuses, where the first bytes tell it', async () => {
    const formats = await Promise.all([
      check('a.wac', Buffer.concat([Buffer.from('WAac'), Buffer.alloc(100)])),
      check('a.wav', simpleWav([])),
      check('a.wav', Buffer.from('site notes: many frogs')),
    ])
    expect(formats.map(({ format }) => format)).toEqual(['wac', 'wav', null])
  })

  it.each([
    ['a dead microphone', simpleWav(new Int16Array(3200)), 'AUDIO_SILENT'],
    ['a stuck converter', simpleWav(new Int16Array(3200).fill(99)), 'AUDIO_CONSTANT'],
    ['clipping', simpleWav(sound.map((value) => (value > 0 ? 32767 : -32768))), 'AUDIO_CLIPPED'],
    [
      'a copy that was cut off',
      riff([fmt(), chunk('data', int16Bytes(sound), { claimedBytes: 1e9 })]),
      'AUDIO_TRUNCATED',
    ],
  ])('warns of %s', async (_, bytes, code) => {
    expect(await check('a.wav', bytes)).toMatchObject({ verdict: 'warn', code, durationS: 0.1 })
  })

  it.each([
    ['nothing', Buffer.alloc(0), 'AUDIO_EMPTY'],
    ['a header alone', simpleWav([]), 'AUDIO_NO_SAMPLES'],
    ['a text', Buffer.from('site notes: many frogs'), 'AUDIO_NOT_AUDIO'],
  ])('refuses %s, and reads its name all the same', async (_, bytes, code) => {
    const found = await check('S4A03895_20190522_000000.wav', bytes)
    expect(found).toMatchObject({ verdict: 'reject', code, header: null })
    expect(found.metadata.device.recorderId).toBe('S4A03895')
    expect(found.start.timeSource).toBe('filename')
  })

  it('refuses what is not there', async () => {
    expect(await checkAudio('/nowhere/a.wav')).toMatchObject({ verdict: 'reject', code: 'AUDIO_IO' })
  })
})
