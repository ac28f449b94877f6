import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AlertSettings } from '../config/alert-settings.js'
import type { Database } from '@coro/shared/database/open'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openTestDatabase } from '../database/database.fixture.js'
import { listIncidents } from '../database/incidents.js'
import { addRecorder } from '../database/upkeep.fixture.js'
import { createLogger } from '../log/logger.js'
import type { Alert } from './alert.js'
import { raiseAlerts } from './raise-alerts.js'
import { signatureOf } from './send-webhook.js'

let database: Database
let folder: string
let web: Server
let smtp: TcpServer
/** What the webhook got, and what it is to answer. */
let posts: { alert: Alert; signature: string; timestamp: string; body: string }[]
let status: number
/** The mails, as they were sent. */
let mails: string[]
let settings: AlertSettings
const log = createLogger({ level: 'silent' })

beforeAll(async () => {
  database = await openTestDatabase()
  folder = mkdtempSync(join(tmpdir(), 'coro-alerts-'))
  web = createHttpServer((request, response) => {
    let body = ''
    request.on('data', (bytes: Buffer) => (body += bytes.toString()))
    request.on('end', () => {
      const of = (name: string) => String(request.headers[name])
      const got = { body, signature: of('x-coro-signature'), timestamp: of('x-coro-timestamp') }
      if (status < 300) posts.push({ alert: JSON.parse(body) as Alert, ...got })
      response.writeHead(status).end()
    })
  })
  smtp = mailServer((mail) => mails.push(mail))
  await Promise.all([web, smtp].map((server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done))))
  writeFileSync(join(folder, 'secret'), 'of the webhook\n')
  writeFileSync(join(folder, 'smtp'), `smtp://127.0.0.1:${(smtp.address() as AddressInfo).port}\n`)
})
afterAll(async () => {
  web.close()
  smtp.close()
  await database[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})
beforeEach(async () => {
  await database.pool.query(
    'truncate coro.recording, coro.deployment, coro.source, coro.recorder, coro.incident cascade',
  )
  posts = []
  mails = []
  status = 204
  settings = {
    webhook: { url: `http://127.0.0.1:${(web.address() as AddressInfo).port}/`, secretFile: join(folder, 'secret') },
    mail: { from: 'coro@example.org', to: 'field@example.org', smtpUrlFile: join(folder, 'smtp') },
    silentH: 24,
    sweepMin: 1e-9,
    quarantinePerHour: 4,
  }
})

/** The least of SMTP that takes a mail. */
function mailServer(onMail: (text: string) => void): TcpServer {
  return createTcpServer((socket) => {
    let text = ''
    let inData = false
    const say = (line: string) => socket.write(`${line}\r\n`)
    say('220 test')
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      text += bytes.toString()
      if (inData) {
        if (!text.endsWith('\r\n.\r\n')) return
        onMail(text)
        inData = false
        text = ''
        say('250 taken')
        return
      }
      for (let end = text.indexOf('\r\n'); end >= 0 && !inData; end = text.indexOf('\r\n')) {
        const command = text.slice(0, 4).toUpperCase()
        text = text.slice(end + 2)
        inData = command === 'DATA'
        say(command === 'DATA' ? '354 go on' : command === 'QUIT' ? '221 bye' : '250 fine')
      }
    })
  })
}

const hoursAgo = (h: number) => new Date(Date.now() - h * 3_600_000).toISOString()
const raise = () => raiseAlerts(database, settings, log)
const told = () => posts.map(({ alert: { alert, event, subject } }) => [alert, event, subject])

test('a recorder that falls silent is told once over each channel, whoever restarts, and once more when it is heard again', async () => {
  const { record } = await addRecorder(database, 'A1', { schedule: '00:00-24:00' })
  await record({ startedAt: hoursAgo(100), durationS: 3600 })
  await raise()
  await raise()
  expect(told()).toEqual([['recorder silent', 'began', 'A1']])
  expect(posts[0]?.alert.message).toMatch(/^Recorder A1 \(site of A1\) was last heard .* UTC, and was due .* UTC\.$/)
  expect(mails).toHaveLength(1)
  expect(mails[0]).toContain('Subject: Coro: recorder silent: A1')
  await record({ startedAt: hoursAgo(1), durationS: 3600 })
  await raise()
  await raise()
  expect(told().slice(1)).toEqual([['recorder silent', 'ended', 'A1']])
  expect(posts[1]?.alert.incidentId).toBe(posts[0]?.alert.incidentId)
  expect(mails).toHaveLength(2)
  expect(mails[1]).toContain('Subject: Coro: over: recorder silent: A1')
})

test('one that has been silent for months before alerts were set up is not told', async () => {
  const { record } = await addRecorder(database, 'retired', { schedule: '18:00-06:00' })
  await record({ startedAt: hoursAgo(24 * 90) })
  await raise()
  expect(told()).toEqual([])
})

test('a webhook is signed over time and body', async () => {
  const { url } = await addRecorder(database, 'A2')
  await database.pool.query(`update coro.source set last_sweep_error = 'STORAGE_DENIED: no' where url = $1`, [url])
  await raise()
  expect(told()).toEqual([['sweep failing', 'began', url]])
  const { body, timestamp, signature } = posts[0] as (typeof posts)[0]
  expect(signature).toBe(signatureOf('of the webhook', timestamp, body))
  expect(signature).not.toBe(signatureOf('another', timestamp, body))
})

test('what cannot be delivered is told later, over that channel alone', async () => {
  const { url } = await addRecorder(database, 'A3')
  await database.pool.query(`update coro.source set last_sweep_error = 'x'`)
  status = 503
  await raise()
  expect([posts.length, mails.length]).toEqual([0, 1])
  expect((await listIncidents(database.pool, 10))[0]?.lastError).toBe(
    'webhook: ALERT_UNDELIVERED: the webhook answered 503',
  )
  status = 204
  await raise()
  expect(told()).toEqual([['sweep failing', 'began', url]])
  expect(mails).toHaveLength(1)
})

test('sweeps that fail for a moment only are never told, neither begin nor end', async () => {
  settings.sweepMin = 10
  await addRecorder(database, 'A4')
  await database.pool.query(`update coro.source set last_sweep_error = 'x'`)
  await raise()
  await database.pool.query('update coro.source set last_sweep_error = null')
  await raise()
  expect(told()).toEqual([])
  expect((await listIncidents(database.pool, 10))[0]?.endedAt).not.toBeNull()
})

test('a quarantine that grows fast is one incident until it has slowed to half', async () => {
  const { record } = await addRecorder(database, 'A5', { schedule: '00:00-24:00' })
  for (const minute of [1, 2, 3]) await record({ startedAt: hoursAgo(minute / 60), state: 'quarantined' })
  await raise()
  expect(told()).toEqual([])
  await record({ startedAt: hoursAgo(0.1), state: 'quarantined' })
  await raise()
  await database.pool.query(
    `update coro.recording set changed_at = now() - interval '2 hours' where id = (select min(id) from coro.recording)`,
  )
  await raise()
  expect(told()).toEqual([['quarantine growing', 'began', 'quarantine']])
  await database.pool.query(`update coro.recording set changed_at = now() - interval '2 hours'`)
  await raise()
  expect(told().slice(1)).toEqual([['quarantine growing', 'ended', 'quarantine']])
})

test('two processes at once tell once', async () => {
  const { record } = await addRecorder(database, 'A6', { schedule: '00:00-24:00' })
  await record({ startedAt: hoursAgo(100) })
  await Promise.all([raise(), raise(), raise()])
  expect(told()).toEqual([['recorder silent', 'began', 'A6']])
  expect(mails).toHaveLength(1)
})
