/** Decodes the packets of one stream to planar samples. */
export interface PacketDecoder extends Disposable {
  /** One array a channel, of equal length; empty packets and those that cannot be decoded give nothing. */
  decode(packets: Uint8Array[]): Promise<Float32Array[]>
  /** Packets that could not be decoded so far. */
  readonly failed: number
}

/** What the first packets of a stream say. */
export interface OggStreamInfo {
  codec: 'vorbis' | 'opus'
  sampleRateHz: number
  channels: number
  /** Samples to leave out at the beginning, counted by granules. */
  preSkip: number
  /** Packets of headers, before sound. */
  headerPackets: number
  /** Bytes before the comments in the second packet. */
  commentOffset: number
  /** headers: the first `headerPackets` packets. */
  createDecoder(headers: Uint8Array[]): Promise<PacketDecoder>
}
