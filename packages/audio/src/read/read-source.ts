import { AudioError } from '../audio-error.js'
import type { ChannelChoice } from './audio-reader.js'
import type { ByteFile } from './byte-file.js'

/** What a format's reader is given. */
export interface ReadSource {
  file: ByteFile
  /** The recording's own name, which may carry its start. */
  fileName: string
  channel: ChannelChoice
}

/** Errors: AUDIO_NO_CHANNEL when the chosen channel does not exist. */
export function checkChannel(channel: ChannelChoice, channels: number): void {
  if (channel === 'mix' || (Number.isInteger(channel) && channel >= 0 && channel < channels)) return
  throw new AudioError(
    'AUDIO_NO_CHANNEL',
    `channel ${channel} was asked for and the file has ${channels} (the first is 0): correct the deployment's setting`,
  )
}
