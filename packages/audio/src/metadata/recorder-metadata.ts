/** Where a claim about the start comes from. */
export type ClaimSource = 'audiomoth' | 'guano' | 'wamd' | 'bext' | 'vorbis' | 'opensoundscape' | 'filename' | 'info'

/** What one source says about the instant at which a recording begins. */
export interface TimeClaim {
  source: ClaimSource
  /** Wall clock of the recorder: YYYY-MM-DDTHH:MM:SS, with .sss where it is known. A real date. */
  local: string
  /** Minutes east of UTC; null = the source does not say. */
  utcOffsetMin: number | null
  /** 0..1: how far to trust it, against other claims about the same recording. */
  confidence: number
}

/** What the recorder says about itself. Every field is absent where it is silent. */
export interface RecorderDevice {
  /** Its serial, or what stands for one. */
  recorderId?: string
  /** The name that its owner gave it, and that it puts in front of its files'. */
  recorderName?: string
  make?: string
  model?: string
  firmware?: string
  /** As written: "medium", "2", "24.0". */
  gain?: string
  batteryV?: number
  /** The battery is below or above `batteryV`, which is a limit of the gauge. */
  batteryBound?: 'below' | 'above'
  temperatureC?: number
  position?: { latitude: number; longitude: number }
  /** Recorded on a trigger: quiet periods may be missing, so times within the file are uncertain. */
  triggered?: boolean
  /** What it waits for, as written: "Amplitude threshold was 4% with 5s minimum trigger duration". */
  trigger?: string
  /** The recorder's own filter, as written: "high-pass 15.0kHz". */
  filter?: string
  /** Written so many times slower than it sounded: its times and frequencies are not those of the file. */
  timeExpansion?: number
  /** Why the recording ended early. */
  stoppedReason?: string
  /** AudioMoth's deployment id. */
  deploymentId?: string
  externalMicrophone?: boolean
}

/** Two sources that cannot both be right. */
export type MetadataConflict =
  | { kind: 'time'; between: [ClaimSource, ClaimSource]; differenceS: number }
  | { kind: 'recorder'; values: [string, string] }

export interface RecorderMetadata {
  claims: TimeClaim[]
  device: RecorderDevice
  /** Absent where the sources agree. */
  conflicts?: MetadataConflict[]
}

/** Nothing known. */
export function emptyMetadata(): RecorderMetadata {
  return { claims: [], device: {} }
}

/**
 * Add `more` where `target` is silent: sources are read in order of trust. Claims are all kept; serial numbers that
 * differ are a conflict.
 */
export function mergeMetadata(target: RecorderMetadata, more: RecorderMetadata | null): void {
  if (more === null) return
  target.claims.push(...more.claims)
  const [known, other] = [target.device.recorderId, more.device.recorderId]
  if (known !== undefined && other !== undefined && areOtherSerials(known, other)) {
    target.conflicts = [...(target.conflicts ?? []), { kind: 'recorder', values: [known, other] }]
  }
  target.device = { ...more.device, ...target.device }
}

/**
 * Serials of one make, alone or in a name around them: AudioMoth's 16 hex digits; Wildlife Acoustics' three characters
 * and five digits (S4A03895); Frontier Labs' eight digits (a day such as
 * 20260110 is none).
 */
const serialForms = [
  /(?<![0-9A-Z])(?=[A-F]*[0-9])[0-9A-F]{16}(?![0-9A-Z])/i,
  /(?<![0-9A-Z])(?=[0-9]{0,2}[A-Z])[A-Z0-9]{3}[0-9]{5}(?![0-9A-Z])/i,
  /(?<![0-9A-Z])(?!19|20)[0-9]{8}(?![0-9A-Z])/i,
]

/**
 * What AudioMoth's first firmware (1.0 and 1.1) writes: where the serial stands in memory instead of the serial, the same
 * on each of them.
 */
const sharedSerial = '0FE081F80FE081F0'

/**
 * Whether two names hold serials of the same form that differ, in whatever case and with whatever around them; a
 * person's name for a recorder conflicts with nothing.
 */
export function areOtherSerials(a: string, b: string): boolean {
  if (a === sharedSerial || b === sharedSerial) return false
  return serialForms.some((form) => {
    const [one, other] = [a, b].map((name) => form.exec(name)?.[0].toUpperCase())
    return one !== undefined && other !== undefined && one !== other
  })
}
