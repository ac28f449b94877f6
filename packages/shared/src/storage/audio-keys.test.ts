import { describe, expect, it } from 'vitest'
import { looksLikeAudio } from './audio-keys.js'

describe('looksLikeAudio', () => {
  it.each(['a.wav', 'A/B.WAV', 'x.flac', 'x.mp3', 'x.m4a', 'no.date/20260110_190000.Wav'])('takes %s', (key) => {
    expect(looksLikeAudio(key)).toBe(true)
  })
  it.each(['CONFIG.TXT', 'wav', 'x.wav.part', 'x.wav/', 'x.wavx', 'summary.csv', 'x.jpg'])('passes over %s', (key) => {
    expect(looksLikeAudio(key)).toBe(false)
  })
})
