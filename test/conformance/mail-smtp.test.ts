import type { AddressInfo } from 'node:net'
import { RetryableError } from '@carillon/contract'
import sendmail from '@carillon/sender-mail'
import { type PushOverrides, createSender, pushFor, exerciseSender, waitFor } from '@carillon/testkit'
import PostalMime from 'postal-mime'
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const data = { subject: 'Hello {{.NickName}} 🔔', text: 'Hello\n.\nBye' }

interface Arrived {
  session: SMTPServerSession
  source: Buffer
}

let server: SMTPServer
let arrived: Arrived[]
beforeEach(() => listen({}))
afterEach(() => new Promise<void>((resolve) => server.close(resolve)))

/** Replaces the server by one with other manners. */
async function listen(manners: SMTPServerOptions): Promise<void> {
  arrived = []
  const onData: SMTPServerOptions['onData'] = (stream, session, callback) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      arrived.push({ session: { ...session, envelope: { ...session.envelope } }, source: Buffer.concat(chunks) })
      callback()
    })
  }
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    closeTimeout: 10,
    onData,
    ...manners,
  })
  server.on('error', () => {}) // a client that hangs up
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
}

async function relisten(manners: SMTPServerOptions): Promise<void> {
  await new Promise<void>((resolve) => server.close(resolve))
  await listen(manners)
}

function create(credentials = '') {
  const { port } = server.server.address() as AddressInfo
  return createSender(sendmail, {
    SMTP_URL: `smtp://${credentials}127.0.0.1:${port}`,
    MAIL_FROM: 'bell@example.com',
    MAIL_FROM_NAME: 'Bell',
  })
}

async function send(push: PushOverrides = {}, credentials = '') {
  const sender = await create(credentials)
  try {
    return await sender.send(await pushFor(sender, { data, ...push }))
  } finally {
    await sender.close?.()
  }
}

function reply(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode })
}

exerciseSender(create, {
  push: { data },
  nonsense: ['text', {}, { subject: 'Hello' }],
  refused: { data, pusher: { email: '' } },
})

describe('a mail', () => {
  it('arrives', async () => {
    const outcome = await send({ pusher: { nickname: 'Лупино' } })
    const [{ session, source }] = arrived as [Arrived]
    expect(session.envelope.mailFrom).toMatchObject({ address: 'bell@example.com' })
    expect(session.envelope.rcptTo).toMatchObject([{ address: 'lupino@example.com' }])
    const { subject, from, to, text, html, messageId } = await PostalMime.parse(source)
    expect({ subject, from, to }).toEqual({
      subject: 'Hello Лупино 🔔',
      from: { name: 'Bell', address: 'bell@example.com' },
      to: [{ name: 'Лупино', address: 'lupino@example.com' }],
    })
    expect([text?.trim(), html?.trim(), messageId]).toEqual([
      'Hello\n.\nBye',
      'Hello<br>\n.<br>\nBye',
      expect.stringMatching(/^<[0-9a-f]{32}@example\.com>$/),
    ])
    expect(outcome).toEqual({ done: true, messageId: messageId?.slice(1, -1) })
  })

  it('has one recipient, and the headers that it should, whatever the nickname', async () => {
    await send({ pusher: { nickname: 'a\r\nBcc: x@example.com' } })
    const [{ session, source }] = arrived as [Arrived]
    expect(session.envelope.rcptTo).toHaveLength(1)
    const { bcc, subject } = await PostalMime.parse(source)
    expect([bcc, subject]).toEqual([undefined, 'Hello a Bcc: x@example.com 🔔'])
  })

  it('arrives with credentials', async () => {
    await relisten({
      authOptional: false,
      onAuth: ({ username, password }, _, callback) => callback(null, { user: `${username}:${password}` }),
    })
    expect(await send({}, 'bell:p%40ss@')).toMatchObject({ done: true })
    expect(arrived[0]?.session.user).toBe('bell:p@ss')
  })

  it('shares a connection with the next', async () => {
    const sender = await create()
    await sender.send(await pushFor(sender, { data }))
    await sender.send(await pushFor(sender, { data }))
    await sender.close?.()
    const [first, second] = arrived
    expect(first?.session.id).toBe(second?.session.id)
  })
})

describe('copies', () => {
  const copied = { ...data, cc: 'cc@example.com', bcc: 'bcc@example.com' }

  it('go to the server, and the hidden ones are in no header', async () => {
    await send({ data: copied })
    const [{ session, source }] = arrived as [Arrived]
    const recipients = session.envelope.rcptTo.map(({ address }) => address)
    expect(recipients).toEqual(['lupino@example.com', 'cc@example.com', 'bcc@example.com'])
    expect(source.toString()).not.toContain('bcc@example.com')
  })

  const refusing = (refused: string, code: number): SMTPServerOptions => ({
    onRcptTo: ({ address }, _, callback) => callback(address === refused ? reply(code, 'Not here') : null),
  })

  it('do not make up for the recipient, whom the server refuses', async () => {
    await relisten(refusing('lupino@example.com', 550))
    expect(await send({ data: copied })).toEqual({ giveUp: 'the mail server refused it: 550 Not here' })
    await relisten(refusing('lupino@example.com', 450))
    await expect(send({ data: copied })).rejects.toThrow('the mail server says: 450 Not here')
  })

  it('that are refused do not delay the others', async () => {
    await relisten(refusing('cc@example.com', 550))
    expect(await send({ data: copied })).toMatchObject({ done: true })
  })
})

describe('a refusal', () => {
  it.each<[string, SMTPServerOptions, string]>([
    ['the recipient', { onRcptTo: (_a, _s, callback) => callback(reply(550, 'No such user')) }, '550 No such user'],
    [
      'the content',
      { onData: (stream, _, callback) => void stream.resume().on('end', () => callback(reply(554, 'Spam'))) },
      '554 Spam',
    ],
  ])('of %s is final', async (_, manners, said) => {
    await relisten(manners)
    expect(await send()).toEqual({ giveUp: `the mail server refused it: ${said}` })
  })
})

describe('trouble that passes', () => {
  it.each<[string, SMTPServerOptions, string, string?]>([
    [
      'a busy mailbox',
      { onRcptTo: (_a, _s, callback) => callback(reply(450, 'Mailbox busy')) },
      'the mail server says: 450 Mailbox busy',
    ],
    [
      'a busy disk',
      { onData: (stream, _, callback) => void stream.resume().on('end', () => callback(reply(452, 'Full'))) },
      'the mail server says: 452 Full',
      'SMTP 452',
    ],
    [
      'a sender that is refused',
      { onMailFrom: (_a, _s, callback) => callback(reply(550, 'Not you')) },
      'the mail server says: 550 Not you',
      'SMTP 550',
    ],
    ['a login that is asked for', { authOptional: false }, 'the mail server refused the credentials (530)', 'SMTP 530'],
    [
      'a login that is asked for late',
      { onRcptTo: (_a, _s, callback) => callback(reply(530, 'Log in')) },
      'the mail server refused the credentials (530)',
      'SMTP 530',
    ],
    [
      'a server that is closed',
      { onConnect: (_, callback) => callback(reply(554, 'Go away')) },
      'the mail server says: 554 Go away',
      'SMTP 554',
    ],
    [
      'a server that closes down',
      { onRcptTo: (_a, _s, callback) => callback(reply(421, 'Closing')) },
      'the mail server says: 421 Closing',
      'SMTP 421',
    ],
  ])('is %s', async (_, manners, message, outage) => {
    await relisten(manners)
    const error: unknown = await send().catch((thrown: unknown) => thrown)
    const needsOperator = outage !== undefined && outage >= 'SMTP 5'
    expect(error).toEqual(new RetryableError(message, { sent: 'no', outage, needsOperator }))
  })

  it('is a failed login, reported without the password', async () => {
    await relisten({
      authOptional: false,
      onAuth: (_auth, _session, callback) => callback(reply(535, 'Wrong: secret')),
    })
    const error: unknown = await send({}, 'bell:secret@').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ message: 'the mail server refused the credentials (535)', sent: 'no' })
    expect(error).toHaveProperty('cause', undefined)
  })

  it('is a server that is not there', async () => {
    const sender = await create()
    await new Promise<void>((resolve) => server.close(resolve))
    const told = {
      message: 'the mail server of SMTP_URL cannot be reached (ECONNREFUSED)',
      sent: 'no',
      outage: 'ECONNREFUSED',
    }
    await expect(sender.send(await pushFor(sender, { data }))).rejects.toMatchObject(told)
    await sender.close?.()
  })

  it('may have accepted the email when the connection breaks instead of a reply', async () => {
    let hangUp = () => {}
    await relisten({ onData: (stream) => void stream.resume().on('end', () => hangUp()) })
    server.server.on('connection', (socket) => (hangUp = () => socket.destroy()))
    await expect(send()).rejects.toMatchObject({ sent: 'maybe', outage: 'ECONNECTION' })
  })

  it('is a reply that does not come before the signal', async () => {
    let isWaiting = false
    await relisten({ onRcptTo: () => void (isWaiting = true) })
    const stop = new AbortController()
    const sending = send({ signal: stop.signal }).catch((error: unknown) => error)
    await waitFor(() => isWaiting)
    stop.abort()
    expect(await sending).toMatchObject({ message: 'the mail server did not answer in time', sent: 'no' })
  })
})
