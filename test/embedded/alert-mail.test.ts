import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { coro, temporaryFolder, type TemporaryFolder } from './coro-process.js'
import { startMailServer } from './mail-server.js'
import { selfSigned } from './self-signed.js'

const identity = selfSigned()
let folder: TemporaryFolder
let certFile: string
beforeAll(async () => {
  folder = await temporaryFolder()
  certFile = join(folder.path, 'mail.pem')
  await writeFile(certFile, identity.cert)
})
afterAll(() => folder[Symbol.asyncDispose]())

/** `coro alert test` with a mail server's address in a file. */
async function testMail(smtpUrl: string, environment: Record<string, string> = {}) {
  const smtpUrlFile = join(folder.path, 'smtp')
  await writeFile(smtpUrlFile, `${smtpUrl}\n`)
  return coro(['alert', 'test'], {
    CORO_DATA: join(folder.path, 'data'),
    CORO_ALERT_MAIL_TO: 'field@example.org',
    CORO_SMTP_URL_FILE: smtpUrlFile,
    ...environment,
  })
}

it.each([
  ['smtps', 'tls'],
  ['smtp', 'starttls'],
] as const)(
  'by %s:// logs in and delivers over TLS, to a server whose certificate is trusted',
  async (scheme, kind) => {
    await using server = await startMailServer(kind, identity)
    const told = await testMail(`${scheme}://coro:p%40ss@localhost:${server.port}`, { NODE_EXTRA_CA_CERTS: certFile })
    expect(told).toMatchObject({ code: 0, stdout: expect.stringMatching(/mail to field@example\.org: sent/) as string })
    expect(told.stdout).toMatch(/this command's own environment/)
    expect(server.mails).toEqual([
      { secured: true, login: 'coro:p@ss', text: expect.stringContaining('Subject: Coro: test') as string },
    ])
    expect(server.logins).toEqual([{ login: 'coro:p@ss', secured: true }])
  },
)

it.each([
  ['smtps', 'tls'],
  ['smtp', 'starttls'],
] as const)('by %s:// tells nothing to a server whose certificate is not trusted', async (scheme, kind) => {
  await using server = await startMailServer(kind, identity)
  const told = await testMail(`${scheme}://coro:p%40ss@localhost:${server.port}`)
  expect(told.code).toBe(4)
  expect(told.stdout).toMatch(/ALERT_UNDELIVERED: .*self-signed certificate.*NODE_EXTRA_CA_CERTS/)
  expect(told.stdout + told.stderr).not.toMatch(/p%40ss|p@ss/)
  expect([server.mails, server.logins]).toEqual([[], []])
})

it('does not tell a password to a server that offers no STARTTLS, unless the address says so', async () => {
  await using server = await startMailServer('plain', identity)
  const told = await testMail(`smtp://coro:secret@localhost:${server.port}`)
  expect(told).toMatchObject({ code: 4, stdout: expect.stringMatching(/STARTTLS/) as string })
  expect([server.mails, server.logins]).toEqual([[], []])
  expect(await testMail(`smtp://coro:secret@localhost:${server.port}?requireTLS=false`)).toMatchObject({ code: 0 })
  expect(server.logins).toEqual([{ login: 'coro:secret', secured: false }])
  expect(await testMail(`smtp://localhost:${server.port}`)).toMatchObject({ code: 0 })
  expect(server.mails).toHaveLength(2)
})

it('says that the address in the file is none, and not what it is', async () => {
  const told = await testMail('mail.example.org:587 secret')
  expect(told.code).toBe(2)
  expect(told.stdout + told.stderr).toMatch(/CONFIG_INVALID: .*smtp: must hold smtp:\/\/ or smtps:\/\//)
  expect(told.stdout + told.stderr).not.toMatch(/secret/)
})
