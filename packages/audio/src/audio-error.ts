/** What the caller does with a failure: `reject` = bad input, never retry; `retry` = costs an attempt;
 *  `wait` = the surroundings are at fault; `crash` = a wrong call or configuration of ours. */
export type AudioDisposition = 'reject' | 'retry' | 'wait' | 'crash'

/**
 * Every code this package throws, with its disposition.
 *
 * | code | meaning |
 * |---|---|
 * | AUDIO_EMPTY | the file holds no byte |
 * | AUDIO_NOT_AUDIO | the content is no audio format that we know |
 * | AUDIO_UNSUPPORTED | a known format or coding that Coro does not read; the message names it |
 * | AUDIO_TRUNCATED_HEADER | the file ends inside its header |
 * | AUDIO_BAD_HEADER | the header contradicts itself or claims something impossible |
 * | AUDIO_NO_SAMPLES | a right header, and nothing that can be decoded behind it |
 * | AUDIO_DAMAGED | data that cannot be decoded in bounded time |
 * | AUDIO_NON_FINITE | float samples, none of which is a finite number |
 * | AUDIO_TOO_LONG | a query clip beyond the longest allowed |
 * | AUDIO_NO_PART | a part of a query clip that lies beyond it |
 * | AUDIO_NO_CHANNEL | the channel asked for does not exist |
 * | AUDIO_IO | the file cannot be opened or read |
 * | AUDIO_UNWRITABLE | what is made of a file cannot be written: nothing is wrong with the file |
 * | AUDIO_BAD_PARAMETER | a parameter outside its range |
 * | AUDIO_ABORTED | the caller's signal fired |
 */
export const audioErrorDispositions = {
  AUDIO_EMPTY: 'reject',
  AUDIO_NOT_AUDIO: 'reject',
  AUDIO_UNSUPPORTED: 'reject',
  AUDIO_TRUNCATED_HEADER: 'reject',
  AUDIO_BAD_HEADER: 'reject',
  AUDIO_NO_SAMPLES: 'reject',
  AUDIO_DAMAGED: 'reject',
  AUDIO_NON_FINITE: 'reject',
  AUDIO_TOO_LONG: 'reject',
  AUDIO_NO_PART: 'reject',
  AUDIO_NO_CHANNEL: 'reject',
  AUDIO_IO: 'retry',
  AUDIO_UNWRITABLE: 'wait',
  AUDIO_BAD_PARAMETER: 'crash',
  AUDIO_ABORTED: 'wait',
} as const satisfies Record<string, AudioDisposition>

export type AudioErrorCode = keyof typeof audioErrorDispositions

/** A failure of this package. The message says what is wrong, where, and what can be done. */
export class AudioError extends Error {
  readonly code: AudioErrorCode
  readonly disposition: AudioDisposition
  /** The format of the file that was refused, where its first bytes told it: `wav`, `wac`, ... */
  format?: string

  constructor(code: AudioErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'AudioError'
    this.code = code
    this.disposition = audioErrorDispositions[code]
  }
}
