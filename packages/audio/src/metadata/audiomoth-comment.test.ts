import { describe, expect, it } from 'vitest'
import { parseAudioMothComment } from './audiomoth-comment.js'

describe('AudioMoth comments of all firmware', () => {
  it.each([
    [
      'Recorded at 09:32:00 04/05/2018 (UTC) by AudioMoth 0FE081F80FE081F0 at gain setting 2 while battery state was 4.3V',
      { local: '2018-05-04T09:32:00', utcOffsetMin: 0 },
      { recorderId: '0FE081F80FE081F0', gain: '2', batteryV: 4.3 },
    ],
    [
      'Recorded at 12:00:00 01/02/2018 by AudioMoth 24F319055FDF2205 at gain setting 3 while battery state was > 4.9V',
      { local: '2018-02-01T12:00:00', utcOffsetMin: 0 },
      { gain: '3', batteryV: 4.9, batteryBound: 'above' },
    ],
    [
      // 1.0: the gauge's ends as signs.
      'Recorded at 12:00:00 01/02/2018 by AudioMoth 24F319055FDF2205 at gain setting 0 while battery state was < 3.6V',
      { local: '2018-02-01T12:00:00', utcOffsetMin: 0 },
      { gain: '0', batteryV: 3.6, batteryBound: 'below' },
    ],
    [
      // 1.2.1: an end of its own.
      'Recorded at 23:30:00 31/12/2019 (UTC+10) by AudioMoth 24F319055FDF2205 at gain setting 4 while battery state was less than 3.6V. Recording cancelled before completion due to low battery voltage.',
      { local: '2019-12-31T23:30:00', utcOffsetMin: 600 },
      { gain: '4', batteryV: 3.6, batteryBound: 'below', stoppedReason: 'low battery voltage' },
    ],
    [
      // 1.2.2 wrote half an hour without its hours: nothing tells the sign.
      'Recorded at 10:00:00 05/11/2019 (UTC:30) by AudioMoth 24F319055FDF2205 at gain setting 2 while battery state was 4.5V.',
      { local: '2019-11-05T10:00:00', utcOffsetMin: null },
      { batteryV: 4.5 },
    ],
    [
      // 1.4: gain in words, a threshold without a duration, a filter in other words.
      'Recorded at 18:00:00 15/06/2020 (UTC-3) by AudioMoth 24F319055FDF2205 at medium-high gain setting while battery state was greater than 4.9V and temperature was 21.4C. Amplitude threshold was 512. Band-pass filter applied with cut-off frequencies of 1.0kHz and 8.0kHz. Recording cancelled before completion due to change of switch position.',
      { local: '2020-06-15T18:00:00', utcOffsetMin: -180 },
      {
        gain: 'medium-high',
        batteryV: 4.9,
        batteryBound: 'above',
        temperatureC: 21.4,
        triggered: true,
        trigger: 'Amplitude threshold was 512',
        filter: 'band-pass 1.0kHz and 8.0kHz',
        stoppedReason: 'change of switch position',
      },
    ],
    [
      // Since 1.5 a deployment's id stands in the recorder's place.
      'Recorded at 05:10:00 31/12/2021 (UTC-0:30) during deployment 1A2B3C4D5E6F7081 using external microphone at high gain while battery was 3.9V and temperature was -0.4C.',
      { local: '2021-12-31T05:10:00', utcOffsetMin: -30 },
      {
        model: 'AudioMoth',
        deploymentId: '1A2B3C4D5E6F7081',
        externalMicrophone: true,
        gain: 'high',
        temperatureC: -0.4,
      },
    ],
    [
      'Recorded at 20:26:15 03/09/2024 (UTC) by AudioMoth 24E144055E080032 at low gain while battery was 4.2V and temperature was 9.3C. Amplitude threshold was -48 dB with 10s minimum trigger duration.',
      { local: '2024-09-03T20:26:15', utcOffsetMin: 0 },
      { triggered: true, trigger: 'Amplitude threshold was -48 dB with 10s minimum trigger duration' },
    ],
    [
      'Recorded at 20:26:15 03/09/2024 (UTC+1) by AudioMoth 24E144055E080032 at medium gain while battery was 4.2V and temperature was -9.3C. High-pass filter with frequency of 15.0kHz applied. Amplitude threshold was 4% with 5s minimum trigger duration.',
      { local: '2024-09-03T20:26:15', utcOffsetMin: 60 },
      {
        gain: 'medium',
        temperatureC: -9.3,
        triggered: true,
        trigger: 'Amplitude threshold was 4% with 5s minimum trigger duration',
        filter: 'high-pass 15.0kHz',
      },
    ],
    [
      'Recorded at 05:10:00 31/12/2021 (UTC-3:30) during deployment 1A2B3C4D5E6F7081 by AudioMoth 24F319055FDF2205 using external microphone at low-medium gain while battery was less than 2.5V and temperature was 3.0C. Recording stopped due to switch position change.',
      { local: '2021-12-31T05:10:00', utcOffsetMin: -210 },
      {
        deploymentId: '1A2B3C4D5E6F7081',
        externalMicrophone: true,
        gain: 'low-medium',
        batteryV: 2.5,
        batteryBound: 'below',
        stoppedReason: 'switch position change',
      },
    ],
    [
      'Recorded at 05:10:00 31/12/2019 (UTC-5) by AudioMoth 24F319055FDF2205 at medium-high gain while battery was greater than 4.9V. Recording cancelled before completion due to low voltage.',
      { local: '2019-12-31T05:10:00', utcOffsetMin: -300 },
      { gain: 'medium-high', batteryV: 4.9, batteryBound: 'above', stoppedReason: 'low voltage' },
    ],
    [
      'opso_metadata{"x": 1, "comment": "Recorded at 10:00:00 28/05/2024 (UTC) by AudioMoth 243B1F026488F56E at medium gain while battery was 3.8V and temperature was 12.8C. Recording stopped by magnetic switch."}',
      { local: '2024-05-28T10:00:00', utcOffsetMin: 0 },
      { recorderId: '243B1F026488F56E', stoppedReason: 'magnetic switch' },
    ],
    [
      'Recorded at 23:59:59 31/12/2022 (UTC+5:45) by AudioMoth 24F319055FDF2205 at high gain while battery was less than 3.6V and temperature was -12.5C. Frequency trigger (20.0kHz and window length of 32 samples) threshold was 3.0% with 1s minimum trigger duration. Recording stopped due to file size limit.',
      { local: '2022-12-31T23:59:59', utcOffsetMin: 345 },
      {
        gain: 'high',
        batteryV: 3.6,
        batteryBound: 'below',
        temperatureC: -12.5,
        triggered: true,
        trigger:
          'Frequency trigger (20.0kHz and window length of 32 samples) threshold was 3.0% with 1s minimum trigger duration',
        stoppedReason: 'file size limit',
      },
    ],
    [
      'Recorded at 00:00:00 29/02/2020 (UTC-11) by AudioMoth 24F319055FDF2205 at low gain while battery was 4.0V and temperature was 0.0C. Band-pass filter with frequencies of 1.0kHz and 8.0kHz applied. Recording stopped due to SD card write error.',
      { local: '2020-02-29T00:00:00', utcOffsetMin: -660 },
      { gain: 'low', temperatureC: 0, stoppedReason: 'SD card write error' },
    ],
    [
      'Recorded at 06:00:00 01/06/2021 (UTC+12:45) by AudioMoth 24F319055FDF2205 at medium gain while battery was 3.9V and temperature was 8.1C. Low-pass filter with frequency of 4.0kHz applied. Recording stopped due to microphone change.',
      { local: '2021-06-01T06:00:00', utcOffsetMin: 765 },
      { stoppedReason: 'microphone change' },
    ],
  ])('%s', (text, claim, device) => {
    const found = parseAudioMothComment(text)
    expect(found?.claims).toEqual([expect.objectContaining({ source: 'audiomoth', ...claim })])
    expect(found?.device).toMatchObject(device)
  })

  it('does not take a filter for a trigger', () => {
    const text =
      'Recorded at 06:00:00 01/06/2021 (UTC) by AudioMoth 24F319055FDF2205 at low gain while battery was 4.0V.'
    expect(
      parseAudioMothComment(`${text} Low-pass filter with frequency of 4.0kHz applied.`)?.device,
    ).not.toHaveProperty('triggered')
  })

  it('makes no claim of an impossible date', () => {
    const found = parseAudioMothComment(
      'Recorded at 10:00:00 30/02/2024 (UTC) by AudioMoth 243B1F026488F56E at high gain',
    )
    expect(found?.claims).toEqual([])
    expect(found?.device.gain).toBe('high')
  })

  it('ignores other comments', () => {
    expect(parseAudioMothComment('Recorded with Audacity')).toBeNull()
    expect(parseAudioMothComment('Recorded at 10:00:00 01/02/2024 by a friend')).toBeNull()
  })
})
