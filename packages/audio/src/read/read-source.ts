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

/** Errors: AUDIO_NO_CHANNEL when the chosen channel does not exist; its message counts from 1, as settings do. */
export function checkChannel(channel: ChannelChoice, channels: number): void {
  if (channel === 'mix' || (Number.isInteger(channel) && channel >= 0 && channel < channels)) return
  throw new AudioError(
    'AUDIO_NO_CHANNEL',
    `channel ${channel + 1} was asked for and the file has ${channels}: correct the deployment's setting`,
  )
}
