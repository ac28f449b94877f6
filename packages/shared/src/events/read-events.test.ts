import { describe, expect, it } from 'vitest'
import { readEvents } from './read-events.js'

const s3 = (key: string, bucket = 'cards') => ({ s3: { bucket: { name: bucket }, object: { key, eTag: '"x"' } } })
const records = (...keys: string[]) => ({ Records: keys.map((key) => ({ eventSource: 'aws:s3', ...s3(key) })) })
const one = (...keys: string[]) => [{ bucket: 'cards', keys }]

describe('readEvents', () => {
  it('reads keys both ways, since nobody says how they are written', () => {
    expect(readEvents(records('a/x.wav'))).toEqual(one('a/x.wav'))
    expect(readEvents(records('mata+ciliar/%C3%A1.wav'))).toEqual(one('mata+ciliar/%C3%A1.wav', 'mata ciliar/á.wav'))
    expect(readEvents(records('100%.wav'))).toEqual(one('100%.wav'))
    expect(readEvents(records('a.wav', 'b.wav'))).toHaveLength(2)
  })

  it('reads what wraps them', () => {
    const detail = { bucket: { name: 'cards' }, object: { key: 'x.wav' } }
    const wrapped = [
      { Type: 'Notification', Message: JSON.stringify(records('x.wav')) },
      { source: 'aws.s3', 'detail-type': 'Object Created', detail },
      { specversion: '1.0', type: 'x', source: 'y', id: '1', data: records('x.wav') },
      { specversion: '1.0', source: 'y', data: { eventName: 'ObjectCreated', ...s3('x.wav') } },
      { specversion: '1.0', source: 'y', data: detail },
      {
        specversion: '1.0',
        source: 'y',
        data_base64: Buffer.from(JSON.stringify(records('x.wav'))).toString('base64'),
      },
      { specversion: '1.0', type: 'x', source: 'urn:storage/cards', subject: 'x.wav' },
      [{ specversion: '1.0', source: '//storage.example.org/cards/', subject: 'x.wav', data: {} }],
    ]
    for (const body of wrapped) expect(readEvents(body), JSON.stringify(body)).toEqual(one('x.wav'))
  })

  it('takes a test event and an empty list for what they are', () => {
    expect(readEvents({ Service: 'S3', Event: 's3:TestEvent', Bucket: 'cards' })).toEqual([])
    expect(readEvents({ Records: [] })).toEqual([])
    expect(readEvents({ Records: [{ eventSource: 'aws:sns' }] })).toEqual([])
  })

  it.each([null, 'text', 1, {}, [{}], { Type: 'Notification', Message: 'no JSON' }, { specversion: '1.0', data: 1 }])(
    'refuses %j',
    (body) => {
      expect(readEvents(body)).toBeNull()
    },
  )
})
