import { expect, it } from 'vitest'
import { parseOpsoMetadata } from './opso-metadata.js'

const sentence =
  'Recorded at 10:00:00 28/05/2024 (UTC) by AudioMoth 243B1F026488F56E at medium gain while battery was 3.8V and temperature was 12.8C.'

it("reads opensoundscape's JSON and the sentence within", () => {
  const fields = {
    comment: sentence,
    frames: 691200000,
    recording_start_time: '2024-05-28T10:00:00+00:00',
    device_id: 'AudioMoth 243B1F026488F56E',
  }
  expect(parseOpsoMetadata(`opso_metadata${JSON.stringify(fields)}`)).toMatchObject({
    claims: [
      { source: 'audiomoth', local: '2024-05-28T10:00:00', utcOffsetMin: 0 },
      { source: 'opensoundscape', local: '2024-05-28T10:00:00', utcOffsetMin: 0 },
    ],
    device: { recorderId: '243B1F026488F56E', gain: 'medium', batteryV: 3.8, temperatureC: 12.8 },
  })
})

it('reads one without a sentence', () => {
  const text =
    'opso_metadata{"recording_start_time": "2021-09-24T06:52:00+00:00", "battery_state": 4.1, "gain_setting": 2}'
  expect(parseOpsoMetadata(text)).toEqual({
    claims: [{ source: 'opensoundscape', local: '2021-09-24T06:52:00', utcOffsetMin: 0, confidence: 0.9 }],
    device: { gain: '2', batteryV: 4.1 },
  })
})

it('is null for other text, and for JSON that is damaged', () => {
  expect(parseOpsoMetadata(sentence)).toBeNull()
  expect(parseOpsoMetadata('opso_metadata{"comment": "Recor')).toBeNull()
})
