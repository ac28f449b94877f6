/** What a header needs to say. */
export interface WavHeaderFields {
  sampleRateHz: number
  /** Mono: 2 bytes (16-bit PCM) or 4 (float32). */
  bytesPerSample: 2 | 4
  dataBytes: number
  /** Room for 64-bit sizes. */
  wide: boolean
}

const maxNarrowBytes = 0xffffffff

/** Where the samples begin: behind the 44 bytes of a plain header, or 80 with room for 64-bit sizes. */
export function wavDataOffsetBytes(wide: boolean): number {
  return wide ? 80 : 44
}

/**
 * A mono WAV header. A wide one holds a JUNK chunk that becomes `ds64`, and RIFF becomes RF64, once the file is larger
 * than 32-bit sizes can say (EBU Tech 3306, section 3); a plain one then says 0xFFFFFFFF, "until the end of the file".
 */
export function wavHeader(fields: WavHeaderFields): Buffer {
  const { sampleRateHz, bytesPerSample, dataBytes, wide } = fields
  const offset = wavDataOffsetBytes(wide)
  const header = Buffer.alloc(offset)
  const riffBytes = offset - 8 + dataBytes + (dataBytes % 2)
  const tooLarge = riffBytes > maxNarrowBytes
  header.write(tooLarge && wide ? 'RF64' : 'RIFF', 0, 'latin1')
  header.writeUInt32LE(tooLarge ? maxNarrowBytes : riffBytes, 4)
  header.write('WAVE', 8, 'latin1')
  let at = 12
  if (wide) {
    header.write(tooLarge ? 'ds64' : 'JUNK', at, 'latin1')
    header.writeUInt32LE(28, at + 4)
    if (tooLarge) {
      header.writeBigUInt64LE(BigInt(riffBytes), at + 8)
      header.writeBigUInt64LE(BigInt(dataBytes), at + 16)
      header.writeBigUInt64LE(BigInt(dataBytes / bytesPerSample), at + 24)
    }
    at += 36
  }
  header.write('fmt ', at, 'latin1')
  header.writeUInt32LE(16, at + 4)
  header.writeUInt16LE(bytesPerSample === 4 ? 3 : 1, at + 8)
  header.writeUInt16LE(1, at + 10)
  header.writeUInt32LE(sampleRateHz, at + 12)
  header.writeUInt32LE(sampleRateHz * bytesPerSample, at + 16)
  header.writeUInt16LE(bytesPerSample, at + 20)
  header.writeUInt16LE(bytesPerSample * 8, at + 22)
  header.write('data', at + 24, 'latin1')
  header.writeUInt32LE(dataBytes > maxNarrowBytes || tooLarge ? maxNarrowBytes : dataBytes, at + 28)
  return header
}
