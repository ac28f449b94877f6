import type { MpegFrameHeader } from './mpeg-frame-header.js'

/** What an encoder wrote into the first frame, which holds no sound then. */
export interface XingHeader {
  /** Frames of the stream; null = not said. */
  streamFrames: number | null
  /** Samples that the encoder put in front and behind; null = not said. */
  delay: { front: number; behind: number } | null
}

/**
 * Read the header of Xing ("Xing", "Info") with LAME's extension, or of Fraunhofer ("VBRI"). Null: a frame of sound.
 * Sources: "MP3 VBR header" (G. Walden, multimedia.cx wiki), LAME's "Mp3 Info Tag rev 1" (G. Bouvigne).
 */
export function parseXingHeader(frame: Uint8Array, header: MpegFrameHeader): XingHeader | null {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.length)
  if (bytes.length >= 54 && bytes.toString('latin1', 36, 40) === 'VBRI') {
    return { streamFrames: bytes.readUInt32BE(50), delay: null }
  }
  let at = 4 + header.sideInfoBytes
  const name = bytes.toString('latin1', at, at + 4)
  if ((name !== 'Xing' && name !== 'Info') || bytes.length < at + 12) return null
  const flags = bytes.readUInt32BE(at + 4)
  at += 8
  const streamFrames = (flags & 1) !== 0 ? bytes.readUInt32BE(at) : null
  at +=
    ((flags & 1) !== 0 ? 4 : 0) +
    ((flags & 2) !== 0 ? 4 : 0) +
    ((flags & 4) !== 0 ? 100 : 0) +
    ((flags & 8) !== 0 ? 4 : 0)
  const encoder = bytes.toString('latin1', at, at + 4)
  if (bytes.length < at + 24 || !/^(?:LAME|Lav[cf])/.test(encoder)) return { streamFrames, delay: null }
  const packed = bytes.readUIntBE(at + 21, 3)
  return { streamFrames, delay: { front: packed >> 12, behind: packed & 0xfff } }
}
