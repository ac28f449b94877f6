/**
 * Whether a key looks like a recording. Everything that claims to be audio goes in, formats that Coro cannot read too:
 * they end in quarantine with a reason, where a silent pass over them would look like a loss. Notes, pictures and
 * configuration files that lie beside recordings on a card are passed over.
 */
export function looksLikeAudio(key: string): boolean {
  return /\.(wav|wave|flac|rf64|w64|mp3|ogg|oga|opus|aif|aiff|aifc|m4a|mp4|aac|wma|wac|caf|au|snd)$/i.test(key)
}
