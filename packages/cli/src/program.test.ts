import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coro-cli-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Run the built command with nothing in its environment but what it needs. */
function coro(...args: string[]) {
  const program = fileURLToPath(import.meta.resolve('@coro/cli/main'))
  const answer = spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: 'utf8', env: {} })
  return { code: answer.status, out: answer.stdout, err: answer.stderr }
}

describe('coro', () => {
  it('explains itself', () => {
    const { code, out } = coro('--help')
    expect(code).toBe(0)
    for (const command of [
      'demo',
      'start',
      'scan',
      'status',
      'search',
      'detections',
      'sample',
      'compare',
      'export',
      'import',
      'recordings',
      'quarantine',
      'space',
      'why',
      'pause',
      'resume',
      'backlog',
      'retime',
      'check',
      'denoise',
      'spectrogram',
      'migrate',
    ]) {
      expect(out).toContain(command)
    }
  })

  it.each([
    ['an unknown command', ['sing']],
    ['an unknown option', ['status', '--loud']],
    ['a k that is none', ['search', '--segment', '1', '-k', '0']],
    ['nothing to search by', ['search']],
    ['two things to search by', ['search', '--segment', '1', '--clip', 'x.wav']],
    ['a threshold that is none', ['detections', '--segment', '1', '--threshold', '1.5']],
    ['detections without a threshold', ['detections', '--segment', '1']],
    ['everything by the index', ['search', '--segment', '1', '--min-similarity', '0.5', '--mode', 'hnsw']],
    ['segments of recordings that were not asked for', ['search', '--segment', '1', '--per-recording', '3']],
    ['a sample of nothing', ['sample']],
    ['a sample to judge without its file', ['sample', 'judge']],
    ['a sample to judge by no label', ['sample', 'judge', '7']],
    ['an import into no space', ['import', 'x.csv']],
    ['a column of nothing', ['import', 'x.csv', '--space', 'a', '--column', 'key']],
    ['a column of what there is not', ['import', 'x.csv', '--space', 'a', '--column', 'kee=file']],
    ['an export to nowhere', ['export', 'recordings']],
    ['an export in a format that nothing says', ['export', 'recordings', '--out', 'recordings.xlsx']],
    ['a filter of what has none', ['export', 'recordings', '--site', 'lagoa', '--out', 'r.csv']],
    [
      'labels of several recordings in one file',
      ['export', 'search', '--segment', '1', '--format', 'audacity', '--out', 'a.txt'],
    ],
    ['a folder of tables', ['export', 'search', '--segment', '1', '--format', 'csv', '--out', 'a/']],
    [
      'two things on standard output',
      ['export', 'search', '--segment', '1', '--format', 'csv', '--out', '-', '--json'],
    ],
    ['a comparison with nothing', ['compare', '--a', 'site=lagoa']],
    ['a comparison by what there is not', ['compare', '--a', 'sight=lagoa', '--b', 'site=mata']],
    ['a size that is none', ['spectrogram', 'a.wav', '--size', '800']],
    ['a span of a segment', ['spectrogram', '1', '--start', '2']],
    ['a picture over its recording', ['spectrogram', 'a.wav', '--out', './a.wav']],
    ['an unknown action', ['quarantine', 'burn']],
    ['a retiming of nothing', ['retime']],
    ['a list and a retiming at once', ['retime', '--list', '--site', 'lagoa']],
    ['an offset that is none', ['retime', '--site', 'lagoa', '--offset', '1h']],
    ['an instant without its zone', ['retime', '--site', 'lagoa', '--drift', '2', '--since', '2026-01-01T00:00:00']],
    ['half a reference', ['retime', '--site', 'lagoa', '--at', '2026-01-01T00:00:00Z']],
    ['a retry of nobody knows what', ['quarantine', 'retry']],
  ])('answers %s with exit code 2, and nothing on standard output', (_, args) => {
    const { code, out, err } = coro(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).not.toContain('    at ')
  })

  it('refuses input that it cannot read with exit code 3, in JSON where asked', () => {
    writeFileSync(join(folder, 'bad.npy'), 'abcde')
    const { code, out, err } = coro('search', '--vector', 'bad.npy', '--json')
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'VECTOR_INVALID' } })
    expect(coro('search', '--clip', 'nowhere.wav').code).toBe(3)
  })

  it('checks files: one line each, or a list in JSON; exit code 3 when one is refused', () => {
    writeFileSync(join(folder, '20240903_202615.WAV'), 'no sound')
    const refused = coro('check', '20240903_202615.WAV', 'nowhere.wav', '--json', '--time-zone', 'Europe/Berlin')
    expect(refused.code).toBe(3)
    expect(JSON.parse(refused.out)).toEqual([
      {
        file: '20240903_202615.WAV',
        verdict: 'reject',
        code: 'AUDIO_NOT_AUDIO',
        message: expect.any(String),
        format: null,
        durationS: null,
        sampleRateHz: null,
        channels: null,
        startedAt: '2024-09-03T18:26:15.000Z',
        utcOffset: '+02:00',
        timeSource: 'filename',
        recorder: null,
        timeConfidence: 0.6,
        device: {},
        conflicts: [],
        warnings: [],
      },
      expect.objectContaining({ file: 'nowhere.wav', verdict: 'reject', code: 'AUDIO_IO' }),
    ])
    const wav = Buffer.alloc(48)
    wav.write(
      'RIFF\x28\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\0\x7d\0\0\0\xfa\0\0\x02\0\x10\0data\x04\0\0\0\x01\x01',
      'latin1',
    )
    writeFileSync(join(folder, 'a.wav'), wav)
    const fine = coro('check', 'a.wav')
    expect(fine).toMatchObject({ code: 0, err: '' })
    expect(fine.out).toContain('a.wav: ok, 0.0 s, pcm_s16le at 32000 Hz')
    expect(coro('check', 'a.wav', '--time-zone', 'Mars').code).toBe(2)
    const [checked] = JSON.parse(coro('check', 'a.wav', '--channel', '2', '--json').out) as [{ code: string }]
    expect(checked).toMatchObject({ verdict: 'reject', code: 'AUDIO_NO_CHANNEL', channels: null })
  })

  it("tells all that a recorder's header says, in JSON and in words", () => {
    const comment = Buffer.from(
      'Recorded at 20:26:15 03/09/2024 (UTC+1) by AudioMoth 24E144055E080032 at medium gain while battery was less than 2.5V and temperature was -9.3C. Recording stopped due to low voltage.\0',
    )
    const list = Buffer.alloc(20)
    list.write('LIST\0\0\0\0INFOICMT', 'latin1')
    list.writeUInt32LE(12 + comment.length, 4)
    list.writeUInt32LE(comment.length, 16)
    const data = Buffer.alloc(44_100)
    for (let n = 0; n < 22_050; n += 1) data.writeInt16LE(Math.round(9000 * Math.sin(n / 2)), 2 * n)
    const header = Buffer.from(
      'RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x44\xac\0\0\x88\x58\x01\0\x02\0\x10\0data\x88\x58\x01\0',
      'latin1',
    )
    const name = '24E144055E080033_20240903_212615.WAV'
    writeFileSync(join(folder, name), Buffer.concat([header.subarray(0, 36), list, comment, header.subarray(36), data]))
    const { code, out } = coro('check', name, '--json')
    expect(code).toBe(0)
    const conflicts = [
      { kind: 'recorder', values: ['24E144055E080032', '24E144055E080033'] },
      { kind: 'time', between: ['audiomoth', 'filename'], differenceS: 3600 },
    ]
    expect(JSON.parse(out)).toEqual([
      {
        file: name,
        verdict: 'warn',
        code: 'AUDIO_TRUNCATED',
        message:
          'the data chunk claims 88200 bytes (1.0 s); the file ends after 44100 bytes (0.5 s) of them, which are used',
        format: 'wav',
        durationS: 0.5,
        sampleRateHz: 44_100,
        channels: 1,
        startedAt: '2024-09-03T19:26:15.000Z',
        utcOffset: '+01:00',
        timeSource: 'audiomoth',
        recorder: '24E144055E080032',
        timeConfidence: 0.95,
        device: {
          make: 'Open Acoustic Devices',
          model: 'AudioMoth',
          recorderId: '24E144055E080032',
          gain: 'medium',
          batteryV: 2.5,
          batteryBound: 'below',
          temperatureC: -9.3,
          stoppedReason: 'low voltage',
        },
        conflicts,
        warnings: [{ code: 'AUDIO_TRUNCATED', message: expect.any(String) as string }],
      },
    ])
    const words = coro('check', name).out
    expect(words).toContain(
      'recorder 24E144055E080032, gain medium, battery below 2.5 V, -9.3 °C, stopped: low voltage',
    )
    expect(words).toContain('conflict: recorder 24E144055E080032 or 24E144055E080033')
    expect(words).toContain('conflict: audiomoth and filename tell times 3600 s apart')
  })

  it('denoises one channel with the front end that is asked for', () => {
    // One second at 32 kHz: left a click of one sample in silence, right nothing.
    const data = Buffer.alloc(4 * 32_000)
    data.writeInt16LE(16_000, 4 * 16_000)
    const header = Buffer.alloc(44)
    header.write('RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0\0\x7d\0\0\0\xf4\x01\0\x04\0\x10\0data', 'latin1')
    header.writeUInt32LE(36 + data.length, 4)
    header.writeUInt32LE(data.length, 40)
    writeFileSync(join(folder, 'stereo.wav'), Buffer.concat([header, data]))
    const denoise = (...options: string[]) => {
      const { code } = coro('denoise', 'stereo.wav', 'out.wav', '--mode', 'off', ...options)
      if (code !== 0) return code
      const samples = readFileSync(join(folder, 'out.wav')).subarray(44)
      return Array.from({ length: samples.length / 2 }, (_, n) => samples.readInt16LE(2 * n))
    }
    const around = (samples: number | null | number[]) => (samples as number[]).slice(15_999, 16_002)
    expect(around(denoise())).toEqual([0, 8000, 0])
    expect(around(denoise('--channel', '1'))).toEqual([0, 16_000, 0])
    expect(around(denoise('--channel', '2'))).toEqual([0, 0, 0])
    expect(denoise('--channel', '3')).toBe(3)
    expect(denoise('--channel', '0')).toBe(2)
    // A click through a half-band filter: its middle tap is one half.
    const [, middle] = around(denoise('--channel', '1', '--band-pass', '0-8000'))
    expect(Math.abs((middle ?? 0) - 8000)).toBeLessThan(100)
    expect(denoise('--band-pass', '8000-200')).toBe(2)
    expect(denoise('--band-pass', 'low')).toBe(2)
    expect(denoise('--gate-order', 'after', '--resampler', 'scipy')).toHaveLength(32_000)
  })

  it('draws a file, or a part of it, and says what it wrote', () => {
    const wav = Buffer.alloc(44 + 32_000)
    wav.write(
      'RIFF\x24\x7d\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data\0\x7d\0\0',
      'latin1',
    )
    for (let n = 0; n < 16_000; n += 1) wav.writeInt16LE(Math.round(9000 * Math.sin(n / 2)), 44 + 2 * n)
    writeFileSync(join(folder, 'tone.wav'), wav)
    const whole = coro('spectrogram', 'tone.wav', '--json')
    expect(whole.err).toBe('')
    const answer = JSON.parse(whole.out) as { bytes: number }
    expect(answer).toEqual({
      file: 'tone.wav',
      sampleRateHz: 16_000,
      durationS: 1,
      output: 'tone.png',
      width: 800,
      height: 400,
      bytes: expect.any(Number),
    })
    expect(readFileSync(join(folder, 'tone.png')).length).toBe(answer.bytes)
    const part = coro(
      'spectrogram',
      'tone.wav',
      '--out',
      'b.png',
      '--start',
      '0.25',
      '--end',
      '0.5',
      '--size',
      '90x60',
      '--json',
    )
    expect(JSON.parse(part.out)).toMatchObject({ output: 'b.png', durationS: 0.25, width: 90, height: 60 })
    expect(readFileSync(join(folder, 'b.png')).readUInt32BE(16)).toBe(90)
    expect(coro('spectrogram', 'tone.wav', '--start', '3')).toMatchObject({
      code: 3,
      err: expect.stringContaining('1 s long') as string,
    })
    expect(coro('spectrogram', 'tone.wav', '--max-hz', '9000')).toMatchObject({
      code: 3,
      err: expect.stringContaining('up to 8000 Hz') as string,
    })
  })
})
