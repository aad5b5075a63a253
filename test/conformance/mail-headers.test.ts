import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sendmail from '@carillon/sender-mail'
import { type PushOverrides, createSender, pushFor, fakeProvider } from '@carillon/testkit'
import { outboxIn } from '../../apps/cli/senders/outbox.ts'
import PostalMime from 'postal-mime'
import { describe, expect, it, onTestFinished } from 'vitest'
import { scriptedSmtp, type SmtpScript } from '../services/scripted-smtp.ts'

const data = { subject: 'Hello', text: 'Hello' }
const MAIL_FROM = 'Bell <bell@bücher.example>'

async function bySmtp(push: PushOverrides, script: SmtpScript = () => undefined, from = MAIL_FROM) {
  const server = await scriptedSmtp(script)
  const sender = await createSender(sendmail, { SMTP_URL: server.url, MAIL_FROM: from })
  onTestFinished(async () => {
    await sender.close?.()
    await server.close()
  })
  const outcome: unknown = await sender.send(await pushFor(sender, { data, ...push })).catch((error: unknown) => error)
  return { outcome, server, source: server.taken[0]?.source ?? '' }
}

async function byOutbox(push: PushOverrides) {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-headers-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const sender = await createSender(sendmail, { MAIL_FROM }, { outbox: outboxIn(folder) })
  await sender.send(await pushFor(sender, { data, ...push }))
  const [name = ''] = await readdir(folder)
  return { source: await readFile(join(folder, name), 'latin1') }
}

const LONG = 'x'.repeat(2000)

describe.each([
  ['SMTP', bySmtp],
  ['the outbox', byOutbox],
])('through %s', (_, send) => {
  /** All lines that are too long, and what another program reads. */
  async function read(push: PushOverrides) {
    const { source } = await send(push)
    expect(source.split('\r\n').filter((line) => line.length > 998)).toEqual([])
    const end = source.indexOf('\r\n\r\n')
    // oxlint-disable-next-line no-control-regex -- what is beyond ASCII is just what is looked for
    expect(source.slice(0, end)).not.toMatch(/[^\u0000-\u007f]/)
    return PostalMime.parse(Buffer.from(source, 'latin1'))
  }

  it.each([
    ['a word that no line can hold', LONG],
    ['such a word among others', `Hello ${LONG} and more`],
    ['such a word beside letters beyond ASCII', `Grüße ${LONG} 🔔`],
    ['many letters beyond ASCII', '🔔ü'.repeat(500)],
    ['many words', 'some words '.repeat(300).trim()],
  ])('a subject arrives whole: %s', async (_name, subject) => {
    expect((await read({ data: { ...data, subject } })).subject).toBe(subject)
  })

  it.each([
    ['Ada, "the first" <x@example.com>'],
    ['Ada\r\nBcc: x@example.com', 'Ada Bcc: x@example.com'],
    ['Äda, "die Erste"'],
    ['Lovelace, Ada; \\ (Countess): x@y'],
    ['ü,"'.repeat(400)],
    [`${'n'.repeat(400)}${'n'.repeat(400)}`, `${'n'.repeat(400)} ${'n'.repeat(400)}`],
  ])('a name is a name: %s', async (nickname, name = nickname) => {
    const mail = await read({ pusher: { nickname } })
    expect(mail.to).toEqual([{ name, address: 'lupino@example.com' }])
    expect(mail.bcc).toBeUndefined()
  })

  it('a header of a list arrives whole, and others too', async () => {
    const url = `<https://example.com/leave?token=${LONG.slice(50)}>`
    const headers = {
      'List-Unsubscribe': `${url.slice(0, 1200)}>, <mailto:leave@example.com>`,
      'X-Note': LONG,
      'X-Umlauts': 'ü'.repeat(900),
    }
    const mail = await read({ data: { ...data, headers } })
    const valueOf = (key: string) => mail.headers.find((header) => header.key === key)?.value
    expect(valueOf('list-unsubscribe')?.replaceAll(/\s/g, '')).toBe(headers['List-Unsubscribe'].replaceAll(' ', ''))
  })

  it('a sender of an international domain has an envelope, an address and a Message-ID in ASCII', async () => {
    const mail = await read({})
    expect(mail.from).toEqual({ name: 'Bell', address: 'bell@xn--bcher-kva.example' })
    expect(mail.messageId).toMatch(/^<[0-9a-f]{32}@xn--bcher-kva\.example>$/)
  })
})

describe('an address with letters beyond ASCII before the @', () => {
  const push = { pusher: { email: 'jörg@example.com' } }
  const international: SmtpScript = (step) => (step === 'EHLO' ? { reply: '250-hello\r\n250 SMTPUTF8' } : undefined)

  it('is sent to where the mail server takes it', async () => {
    const { outcome, server } = await bySmtp(push, international)
    expect(outcome).toMatchObject({ done: true })
    expect(server.taken.map(({ to }) => Buffer.from(to[0]!, 'latin1').toString())).toEqual(['jörg@example.com'])
  })

  it('is given up where it does not, with a sentence', async () => {
    const { outcome, server } = await bySmtp(push)
    expect(outcome).toEqual({
      giveUp:
        'the mail server cannot accept it: it does not accept an address with non-ASCII characters before the @ (SMTPUTF8)',
    })
    expect(server.steps).not.toContain('MAIL')
  })

  it('kills no mail where it is the sender’s', async () => {
    const { outcome } = await bySmtp({}, undefined, 'glöckchen@example.com')
    expect(outcome).toMatchObject({ name: 'RetryableError', sent: 'no', outage: 'SMTPUTF8', needsOperator: true })
  })
})

it('a mail larger than the mail server takes is given up, with a sentence', async () => {
  const { outcome, server } = await bySmtp({ data: { ...data, text: LONG } }, (step) =>
    step === 'EHLO' ? { reply: '250-hello\r\n250 SIZE 1000' } : undefined,
  )
  expect(outcome).toEqual({ giveUp: 'the mail server cannot accept it: Message size larger than allowed 1000' })
  expect(server.steps).not.toContain('MAIL')
})

describe('a person that the mail server refuses, while it takes the copies,', () => {
  const copied = { data: { ...data, cc: 'copy@example.com' } }
  const refusing =
    (reply: string): SmtpScript =>
    (step, { line }) =>
      step === 'RCPT' && line.includes('lupino') ? { reply } : undefined

  it('is given up for good', async () => {
    const { outcome, server } = await bySmtp(copied, refusing('550 5.1.1 No such user'))
    expect(outcome).toEqual({ giveUp: 'the mail server refused it: 550 5.1.1 No such user' })
    expect(server.taken).toMatchObject([{ to: ['copy@example.com'] }])
  })

  it('may get it again, since the copies are out', async () => {
    const { outcome } = await bySmtp(copied, refusing('452 4.2.2 Mailbox full'))
    expect(outcome).toMatchObject({ name: 'RetryableError', sent: 'maybe', outage: undefined })
  })
})

it('SendGrid is given headers in ASCII', async () => {
  const provider = await fakeProvider({ status: 202, headers: { 'x-message-id': 'sg-1' }, body: '' })
  onTestFinished(() => provider.close())
  const sender = await createSender(sendmail, {
    SENDGRID_API_KEY: 'SG.secret',
    SENDGRID_BASE_URL: provider.url,
    MAIL_FROM,
  })
  const headers = { 'X-Note': 'Grüße', 'X-Plain': 'Hello' }
  await sender.send(await pushFor(sender, { data: { ...data, headers }, pusher: { nickname: 'Ada,\r\n"the" first' } }))
  expect(JSON.parse(provider.requests[0]?.body ?? '')).toMatchObject({
    from: { email: 'bell@xn--bcher-kva.example', name: 'Bell' },
    headers: { 'X-Note': '=?UTF-8?B?R3LDvMOfZQ==?=', 'X-Plain': 'Hello' },
    personalizations: [{ to: [{ email: 'lupino@example.com', name: '"Ada, the first"' }] }],
  })
})
