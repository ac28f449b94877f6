import { expect, it } from 'vitest'
import { noise } from '../fixtures/signals.js'
import { readAll } from '../fixtures/read-all.js'
import { temporaryFolder } from '../fixtures/temporary-folder.js'

async function read(bytes: Uint8Array) {
  using folder = temporaryFolder()
  return await readAll(folder.file('a.wav', bytes))
}

it.each([
  ['PK\x03\x04', /a ZIP archive/],
  ['\x1f\x8b\x08', /a gzip archive/],
  ['\xff\xd8\xff\xe0\0\x10JFIF', /a JPEG picture/],
  ['\x89PNG\r\n\x1a\n', /a PNG picture/],
  ['%PDF-1.4', /a PDF/],
  ['SQLite format 3\0', /a SQLite database/],
  ['<!DOCTYPE html><html>', /a page of HTML or XML/],
  ['\ufeff<?xml version="1.0"?><Error>', /a page of HTML or XML/],
  ['{"error": "expired"}', /text/],
  ['Recorder 7, lagoa: many frogs\nñandú\n', /text/],
])('says what %j is', async (start, what) => {
  const filler = /[\x80-\xff\0]/.test(start) && !start.includes('ñ') && !start.startsWith('\ufeff')
  const bytes = Buffer.concat([
    Buffer.from(start, filler ? 'latin1' : 'utf8'),
    filler ? Buffer.from(noise(500, 1).buffer) : Buffer.from(' and so on\n'.repeat(40)),
  ])
  await expect(read(bytes)).rejects.toMatchObject({
    code: 'AUDIO_NOT_AUDIO',
    message: expect.stringMatching(what) as string,
  })
})

it('says that a file was reserved and never written', async () => {
  await expect(read(Buffer.alloc(131_072))).rejects.toMatchObject({
    code: 'AUDIO_NO_SAMPLES',
    message: expect.stringMatching(/zero/) as string,
  })
})

it('does not take a picture for MP3 because of what its bytes happen to be', async () => {
  // A header of MP3 (320 kbit/s at 32 kHz: frames of 1440 bytes) at the end of what is looked at.
  const bytes = Buffer.from(
    new Uint8Array(new Uint32Array(Float64Array.from({ length: 50_000 }, (_, n) => n * 7919)).buffer),
  )
  bytes.write('\xff\xd8\xff\xe0', 0, 'latin1')
  bytes.write('\xff\xfb\xe8\x64', 65_000, 'latin1')
  await expect(read(bytes)).rejects.toMatchObject({ message: expect.stringMatching(/JPEG/) as string })
})

it('does not take two bytes for MPEG audio or AAC', async () => {
  const junk = Buffer.from(noise(20_000, 1, 5).buffer)
  for (const start of ['fffd90c4', 'fff15080', 'fffb9064', 'fff98000']) {
    const bytes = Buffer.concat([Buffer.from(start, 'hex'), junk])
    await expect(read(bytes), start).rejects.toMatchObject({
      code: expect.stringMatching(/NOT_AUDIO|NO_SAMPLES/) as string,
    })
  }
})
