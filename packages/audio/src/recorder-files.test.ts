import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { AudioError } from './audio-error.js'
import { sharedPath } from './fixtures/shared-folder.js'
import { temporaryFolder } from './fixtures/temporary-folder.js'
import { defaultFrontEnd } from './front-end.js'
import { inspectAudio } from './inspect-audio.js'
import { resolveStart } from './metadata/resolve-start.js'
import { prepareAudio } from './prepare-audio.js'

function filesOf(folder: string): string[] {
  const path = sharedPath(`recordings/${folder}`)
  return path === null ? [] : readdirSync(path).filter((name) => name !== 'manifest.csv')
}

/** What became of one file, when it is neither prepared nor refused with a code; otherwise null. */
async function surprise(path: string, fileName: string, output: string): Promise<string | null> {
  const run = prepareAudio({ path, fileName, outputs: { raw: output }, frontEnd: defaultFrontEnd })
  const outcome: unknown = await run.catch((error: unknown) => error)
  if (outcome instanceof AudioError && outcome.disposition === 'reject') return null
  return outcome instanceof Error ? `${fileName}: ${outcome.message}` : null
}

describe.each(['hostile', 'headers'])('every file of ../shared/recordings/%s (left out where absent)', (folder) => {
  const files = filesOf(folder)

  it.skipIf(files.length === 0)('is prepared, or refused with a code', { timeout: 120_000 }, async () => {
    using outputs = temporaryFolder()
    for (const fileName of files) {
      const path = sharedPath(`recordings/${folder}/${fileName}`)!
      expect(await surprise(path, fileName, outputs.path('raw.wav'))).toBeNull()
    }
  })
})

describe.skipIf(filesOf('headers').length === 0)("recorders' own words (left out without ../shared)", () => {
  it.each([
    ['20240903_202615T.WAV', '2024-09-03T19:26:15.000Z', 60, 'audiomoth', '24E144055E080032'],
    ['1min.wav', '2018-05-04T09:32:00.000Z', 0, 'audiomoth', '0FE081F80FE081F0'],
    ['audiomoth_gps.wav', '2024-05-28T10:00:00.000Z', 0, 'audiomoth', '243B1F026488F56E'],
    ['AUVIC_Railway_Pond-20231208_103700.wav', '2023-12-08T10:37:00.000Z', 0, 'audiomoth', '2453AC0263FAA6E6'],
    ['Echometer.wav', '2022-08-15T20:34:14.000Z', 60, 'guano', undefined],
    ['0166_20240531_223911.wav', '2024-05-31T22:39:11.000Z', null, 'guano', '22060166'],
    ['242A2604603691DD_20250503_031400.WAV', '2025-05-03T03:14:00.000Z', 0, 'audiomoth', '242A2604603691DD'],
    ['20240903_193130T.WAV', '2024-09-03T18:31:30.000Z', 60, 'audiomoth', '24E144055E080032'],
    ['metadata.wav', '2020-04-04T10:25:00.000Z', 0, 'audiomoth', '24526B065D325963'],
    ['LOCA_2021_09_24_652_3.wav', '2021-09-24T06:52:00.000Z', 0, 'opensoundscape', undefined],
    ['A101_1.WAV', '2018-12-31T12:40:00.000Z', null, 'bext', 'GR1112089007'],
    ['STE-000.wav', '2023-11-05T17:54:35.000Z', null, 'bext', undefined],
    ['dalby_bush_01_2980_703204_20210123_085630_30_0.wav', '2021-01-23T08:56:30.000Z', null, 'filename', undefined],
    ['20170701_213954-MYOMYS-LR_0_0.5.wav', '2017-07-01T21:39:54.000Z', null, 'filename', undefined],
    ['S4A03895_20190522_000000.wav', '2019-05-22T00:00:00.000Z', null, 'filename', 'S4A03895'],
    ['XC821730-Rhynchonycteris_naso-2016.02.17-CL01709.wav', '2016-02-17T19:27:55.000Z', null, 'bext', undefined],
    ['20220502T075930+1000_Minjerribah-Dry-B_1088507.flac', '2022-05-01T21:59:22.000Z', 600, 'vorbis', '00004024'],
  ])('%s', async (fileName, startedAt, utcOffsetMin, timeSource, recorderId) => {
    const { metadata } = await inspectAudio(sharedPath(`recordings/headers/${fileName}`)!, fileName)
    const resolved = resolveStart(metadata.claims)
    expect(resolved).toMatchObject({ startedAt: new Date(startedAt), utcOffsetMin, timeSource })
    expect(metadata.device.recorderId).toBe(recorderId)
  })

  it("keeps what Frontier Labs' name and comment say differently", async () => {
    const fileName = '20220502T075930+1000_Minjerribah-Dry-B_1088507.flac'
    const { metadata } = await inspectAudio(sharedPath(`recordings/headers/${fileName}`)!, fileName)
    expect(metadata.conflicts).toEqual([{ kind: 'time', between: ['vorbis', 'filename'], differenceS: 8 }])
  })

  it('finds no conflict elsewhere', async () => {
    const found: string[] = []
    for (const fileName of filesOf('headers')) {
      if (fileName.startsWith('20220502T') || fileName.endsWith('.wac')) continue
      const { metadata } = await inspectAudio(sharedPath(`recordings/headers/${fileName}`)!, fileName)
      if (metadata.conflicts !== undefined) found.push(`${fileName}: ${JSON.stringify(metadata.conflicts)}`)
    }
    expect(found).toEqual([])
  })
})
