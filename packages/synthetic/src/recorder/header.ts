/** What a recorder knows of a recording when it writes the header. */
export interface RecordingFacts {
  readonly startedAt: Date
  /** How the recorder's clock is set. */
  readonly offsetMin: number
  /** Serial number, for AudioMoth 16 hexadecimal digits. */
  readonly serial: string
  readonly fileName: string
  readonly sampleRateHz: number
  readonly durationS: number
  readonly batteryV: number
  readonly temperatureC: number
  readonly latitude: number
  readonly longitude: number
}
