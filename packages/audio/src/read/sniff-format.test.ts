import { describe, expect, it } from 'vitest'
import { sniffFormat } from './sniff-format.js'

const name = (bytes: number[] | string) => {
  const buffer = Buffer.concat([Buffer.from(bytes as string, 'latin1'), Buffer.alloc(32)])
  const found = sniffFormat(buffer).name
  return found !== null && typeof found === 'object' ? found.unsupported : found
}

describe('sniffFormat', () => {
  it('knows what it reads', () => {
    expect(name('RIFF\0\0\0\0WAVE')).toBe('wav')
    expect(name('RF64\0\0\0\0WAVE')).toBe('wav')
    expect(name('RIFX\0\0\0\0WAVE')).toBe('wav')
    expect(name('FORM\0\0\0\0AIFF')).toBe('aiff')
    expect(name('fLaC')).toBe('flac')
    expect(name('OggS')).toBe('ogg')
    expect(name('\xff\xfb\x90\x64')).toBe('mp3')
  })

  it('names what it does not read', () => {
    expect(name('WAac')).toContain('WAC')
    expect(name('\0\0\0\x20ftypM4A ')).toBe('MP4/M4A')
    expect(name('\x1aE\xdf\xa3')).toBe('Matroska/WebM')
    expect(name('#!AMR\n')).toBe('AMR')
    expect(name('\x0b\x77')).toBe('AC-3')
    expect(name('TTA1')).toBe('True Audio (TTA)')
    expect(name('DSD ')).toBe('DSD (DSF)')
  })

  it('does not guess', () => {
    expect(name('hello')).toBeNull()
    expect(name('\xff\xff\xff\xff')).toBeNull()
  })

  it('looks behind an ID3 tag', () => {
    expect(sniffFormat(Buffer.from('ID3\x04\0\0\0\0\x01\x00', 'latin1'))).toEqual({ name: null, offset: 138 })
  })
})
