import { addSource, openTestDatabase } from '@coro/shared/database/database.fixture'
import type { InspectedAudio } from '@coro/audio/inspect-audio'
import type { RecorderMetadata } from '@coro/audio/metadata/recorder-metadata'
import { insertCorrection, markUndone, type CorrectionDraft } from '@coro/shared/database/clock-corrections'
import { listRecordings } from '@coro/shared/database/listing'
import type { Database } from '@coro/shared/database/open'
import { loadWork, type RecordingWork } from '@coro/shared/database/recording-work'
import { insertRecording } from '@coro/shared/database/recordings'
import { recorderIdOf, siteIdOf } from '@coro/shared/database/sources'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keepFacts, recordingFacts } from './recording-facts.js'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const serial = '24E144055E080032'
const otherSerial = '24E144055E080033'

function inspected(metadata: RecorderMetadata): InspectedAudio {
  const header = { format: 'wav', codec: 'pcm_s16le', sampleRateHz: 48_000, channels: 1, bitsPerSample: 16 }
  return { header: { ...header, frames: 48_000, durationS: 1 }, metadata, warnings: [] }
}

const named = (local: string, device: RecorderMetadata['device'] = {}): RecorderMetadata => ({
  claims: [{ source: 'filename', local, utcOffsetMin: null, confidence: 0.6 }],
  device,
})

/** A recording at a site of its own; pathRecorder: what its folder or deployment calls the recorder. */
async function work(pathRecorder: string | null, timeZone: string | null = null): Promise<RecordingWork> {
  const { id: sourceId } = await addSource(database, timeZone === null ? {} : { timeZone })
  const object = { key: 'lagoa/A1/x.wav', version: 'v', sizeBytes: 1000, modifiedAt: new Date() }
  const id = await insertRecording(database.pool, sourceId, object, {
    deploymentId: null,
    siteId: await siteIdOf(database.pool, 'lagoa'),
    recorderId: pathRecorder === null ? null : await recorderIdOf(database.pool, pathRecorder),
  })
  return (await loadWork(database.pool, id as number)) as RecordingWork
}

async function shown(of: RecordingWork, metadata: RecorderMetadata) {
  await keepFacts(database.pool, of.id, await recordingFacts(database.pool, of, inspected(metadata)))
  const [view] = await listRecordings(database.pool, { id: of.id, limit: 1 })
  return view
}

describe('the recorder', () => {
  it("is the path's where it names one, and the header's otherwise", async () => {
    expect((await shown(await work('A1'), named('2026-01-10T06:00:00', { recorderId: serial })))?.recorder).toBe('A1')
    expect((await shown(await work(null), named('2026-01-10T06:00:00', { recorderId: serial })))?.recorder).toBe(serial)
  })

  it.each([
    ['another serial', otherSerial, [serial, otherSerial]],
    [
      'another serial in words of their own',
      `AudioMoth-${otherSerial.toLowerCase()}`,
      [serial, `AudioMoth-${otherSerial.toLowerCase()}`],
    ],
    ['the same serial', serial, null],
    ['the same serial in small letters', serial.toLowerCase(), null],
    ['the same serial with more around it', `AM_${serial} (lagoa)`, null],
    ['a name of their own', 'A1', null],
    ['a serial of another make', 'S4A03895', null],
  ])('in a path that says %s', async (_, path, values) => {
    const view = await shown(await work(path), named('2026-01-10T06:00:00', { recorderId: serial }))
    expect(view?.conflicts).toEqual(values === null ? [] : [{ kind: 'recorder', values }])
  })
})

describe('the start', () => {
  it("is settled by the place's zone, and what contradicts it then is told", async () => {
    const claims: RecorderMetadata['claims'] = [
      { source: 'audiomoth', local: '2026-01-10T06:00:00', utcOffsetMin: 0, confidence: 0.95 },
      { source: 'filename', local: '2026-01-10T06:00:00', utcOffsetMin: null, confidence: 0.6 },
    ]
    const view = await shown(await work(null, 'America/Manaus'), { claims, device: {} })
    expect(view).toMatchObject({ startedAt: '2026-01-10T06:00:00.000Z', timeSource: 'audiomoth' })
    expect(view?.conflicts).toEqual([{ kind: 'time', between: ['audiomoth', 'filename'], differenceS: 4 * 3600 }])
    expect((await shown(await work(null), { claims, device: {} }))?.conflicts).toEqual([])
  })
})

describe('a correction of the clock', () => {
  const hour = { offsetS: 3600, driftSPerDay: 0, referenceAt: null, timeZone: null }
  const from = new Date('2026-01-10T00:00:00Z')
  const draft = (sourceId: number, rule: Partial<CorrectionDraft> = hour): CorrectionDraft => ({
    sourceId,
    prefix: 'lagoa/A1/',
    siteId: null,
    recorderId: null,
    fromAt: from,
    toAt: null,
    offsetS: null,
    driftSPerDay: null,
    referenceAt: null,
    timeZone: null,
    note: null,
    madeBy: null,
    ...rule,
  })
  const sourceOf = async ({ id }: RecordingWork) => {
    const { rows } = await database.pool.query<{ source: number }>(
      'select source_id as source from coro.recording where id = $1',
      [id],
    )
    return rows[0]?.source as number
  }

  it('holds for what is taken in later, within its range, once however often it is prepared', async () => {
    const later = await work(null)
    await insertCorrection(database.pool, draft(await sourceOf(later)))
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(await shown(later, named('2026-01-10T06:00:00'))).toMatchObject({
        startedAt: '2026-01-10T07:00:00.000Z',
        claimedAt: '2026-01-10T06:00:00.000Z',
      })
    }
    expect(await shown(later, named('2026-01-09T06:00:00'))).toMatchObject({
      startedAt: '2026-01-09T06:00:00.000Z',
      claimedAt: null,
    })
    const elsewhere = await work(null)
    expect((await shown(elsewhere, named('2026-01-10T06:00:00')))?.claimedAt).toBeNull()
  })

  it('no longer holds once it is undone', async () => {
    const later = await work(null)
    const { id } = await insertCorrection(database.pool, draft(await sourceOf(later)))
    await markUndone(database.pool, id, null)
    expect((await shown(later, named('2026-01-10T06:00:00')))?.startedAt).toBe('2026-01-10T06:00:00.000Z')
  })

  it('may be the zone, whatever the place says', async () => {
    const later = await work(null, 'Europe/Berlin')
    await insertCorrection(database.pool, draft(await sourceOf(later), { timeZone: 'America/Sao_Paulo' }))
    expect(await shown(later, named('2026-01-10T06:00:00'))).toMatchObject({
      startedAt: '2026-01-10T09:00:00.000Z',
      utcOffset: '-03:00',
      claimedAt: '2026-01-10T05:00:00.000Z',
    })
  })
})
