import { paletteTables } from './palette-tables.js'

/** `grey` is black to white; the others are perceptually uniform colours. */
export const palettes = ['viridis', 'magma', 'inferno', 'grey'] as const
export type Palette = (typeof palettes)[number]

/** 256 colours, three bytes (red, green, blue) each, dark to bright. */
export function paletteBytes(palette: Palette): Uint8Array {
  if (palette === 'grey') return Uint8Array.from({ length: 768 }, (_, index) => Math.floor(index / 3))
  return Buffer.from(paletteTables[palette].join(''), 'hex')
}
