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
      { gain: '3' },
    ],
    [
      'Recorded at 20:26:15 03/09/2024 (UTC+1) by AudioMoth 24E144055E080032 at medium gain while battery was 4.2V and temperature was -9.3C. High-pass filter with frequency of 15.0kHz applied. Amplitude threshold was 4% with 5s minimum trigger duration.',
      { local: '2024-09-03T20:26:15', utcOffsetMin: 60 },
      { gain: 'medium', temperatureC: -9.3, triggered: true },
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
  ])('%s', (text, claim, device) => {
    const found = parseAudioMothComment(text)
    expect(found?.claims).toEqual([expect.objectContaining({ source: 'audiomoth', ...claim })])
    expect(found?.device).toMatchObject(device)
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
  })
})
