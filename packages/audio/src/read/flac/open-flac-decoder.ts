import { hasKernel } from '../../kernel/load-kernel.js'
import type { FlacDecoder } from './flac-decoder.js'
import { kernelFlacDecoder } from './kernel-flac-decoder.js'
import { portableFlacDecoder } from './portable/portable-flac-decoder.js'

/** The SIMD kernel's decoder, or where that does not run the portable one. inputBytes: first length of `input`. */
export function openFlacDecoder(inputBytes: number): FlacDecoder {
  return hasKernel() ? kernelFlacDecoder(inputBytes) : portableFlacDecoder(inputBytes)
}
