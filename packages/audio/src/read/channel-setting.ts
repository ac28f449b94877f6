import { AudioError } from '../audio-error.js'
import type { ChannelChoice } from './audio-reader.js'

/**
 * A channel as people write it, `mix` or 1 for the first, as the readers take it (0 for the first).
 * Errors: AUDIO_BAD_PARAMETER.
 */
export function channelOfSetting(setting: string): ChannelChoice {
  if (setting === 'mix') return 'mix'
  if (/^[1-9]\d{0,2}$/.test(setting)) return Number(setting) - 1
  throw new AudioError('AUDIO_BAD_PARAMETER', `channel ${setting} is none: give mix, or 1 for the first channel`)
}
