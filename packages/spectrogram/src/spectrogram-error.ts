/** A picture that cannot be drawn so; the message names the parameter and what it must be. */
export class SpectrogramError extends Error {
  readonly code = 'SPECTROGRAM_INVALID'
  readonly disposition = 'reject'

  constructor(message: string) {
    super(message)
    this.name = 'SpectrogramError'
  }
}
