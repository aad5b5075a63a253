import sendmail from '@carillon/sender-mail'
import { createSender, pushFor, waitFor } from '@carillon/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  type ScriptedSmtp,
  scriptedSmtp,
  type SmtpScript,
  type SmtpStep,
  type SmtpTurn,
} from '../services/scripted-smtp.ts'

const data = { subject: 'Hello', text: 'Hello' }
const done = { done: true, messageId: expect.any(String) }

async function start(script: SmtpScript, query = '', content: object = data) {
  const server = await scriptedSmtp(script)
  const lines: object[] = []
  const line = (fields: object, message?: string) => void lines.push({ ...fields, message })
  const log = { debug: line, info: line, warn: line, error: line }
  const sender = await createSender(
    sendmail,
    { SMTP_URL: `${server.url}/${query}`, MAIL_FROM: 'bell@example.com' },
    { log },
  )
  onTestFinished(async () => {
    await sender.close?.()
    await server.close()
  })
  let made = 0
  const next = (signal?: AbortSignal) =>
    pushFor(sender, {
      data: content,
      id: `push-${++made}`,
      pusher: { email: `p${made}@example.com` },
      ...(signal && { signal }),
    })
  const send = async (signal?: AbortSignal) => sender.send(await next(signal)).catch((error: unknown) => error)
  return { server, lines, send, next }
}

/** Sends one mail, which waits for an answer that never comes at the step, until it is aborted. */
async function sendUntilSilence(server: ScriptedSmtp, send: (signal: AbortSignal) => Promise<unknown>, step: SmtpStep) {
  const stop = new AbortController()
  const seen = server.steps.length
  const sending = send(stop.signal)
  await waitFor(() => server.steps.indexOf(step, seen) !== -1)
  stop.abort()
  return sending
}

const ENDS: [string, SmtpTurn][] = [
  ['421', { reply: '421 4.7.0 too many messages in this session' }],
  ['RST', { end: 'rst' }],
  ['FIN', { end: 'fin' }],
  ['silence', {}],
]
const STEPS: SmtpStep[] = ['MAIL', 'RCPT', 'DATA', 'message']
const CASES = STEPS.flatMap((step) => ENDS.map(([name, turn]) => [step, name, turn] as const))

describe.each([
  ['', ''],
  ['with pipelining, ', '250-hello\r\n250 PIPELINING'],
])('%sa session that ends', (_, hello) => {
  const greet = (step: SmtpStep): SmtpTurn | undefined => (step === 'EHLO' && hello ? { reply: hello } : undefined)

  it.each(CASES)('at %s of its first mail, by %s: only after the message may it be out', async (at, name, turn) => {
    const { server, send } = await start((step) => (step === at ? turn : greet(step)))
    const failure = name === 'silence' ? sendUntilSilence(server, send, at) : send()
    const sent = at === 'message' && name !== '421' ? 'maybe' : 'no'
    expect(await failure).toMatchObject({ name: 'RetryableError', sent, outage: expect.any(String) })
    expect([server.connections, server.taken]).toEqual([1, []])
  })

  it.each(CASES)('at %s of its second mail, by %s: that mail goes over a new one', async (at, name, turn) => {
    const { server, send } = await start((step, { mail, connection }) =>
      step === at && mail === 2 && connection === 1 ? turn : greet(step),
    )
    expect(await send()).toEqual(done)
    const second = await (name === 'silence' ? sendUntilSilence(server, send, at) : send())
    const isOver = name === 'silence' || (at === 'message' && name !== '421')
    const failed = { name: 'RetryableError', sent: at === 'message' ? 'maybe' : 'no' }
    expect(second).toMatchObject(isOver ? failed : done)
    expect(server.taken.map(({ to }) => to)).toEqual(
      isOver ? [['p1@example.com']] : [['p1@example.com'], ['p2@example.com']],
    )
  })
})

describe('a server that ends sessions', () => {
  const mails = (count: number, send: () => Promise<unknown>) =>
    Promise.all(Array.from({ length: count }, () => send()))

  it.each([
    ['with 421 at its 11th mail', 10, { reply: '421 4.7.0 too many messages in this session' }],
    ['with 421 at its second mail', 1, { reply: '421 4.7.0 too many messages in this session' }],
    ['with a reset at its second mail', 1, { end: 'rst' }],
    ['without a word at its second mail', 1, { end: 'fin' }],
    ['at its second mail, but only says so', 1, { reply: '451 4.7.0 too many messages in this session' }],
  ] as [string, number, SmtpTurn][])('%s gets every mail, once', async (_, most, turn) => {
    const { server, send, lines } = await start((step, { mail }) => (step === 'MAIL' && mail > most ? turn : undefined))
    expect(await mails(120, send)).toEqual(Array.from({ length: 120 }, () => done))
    expect(new Set(server.taken.flatMap(({ to }) => to)).size).toBe(120)
    expect(server.taken).toHaveLength(120)
    expect(lines).toEqual([])
  })

  it.each<[string, SmtpTurn]>([
    ['by a reset', { reply: '250 queued', end: 'rst' }],
    ['in order', { reply: '250 queued', end: 'fin' }],
  ])('%s right after it took a mail gets every mail, once', async (_, turn) => {
    const { server, send } = await start((step) => (step === 'message' ? turn : undefined))
    for (let at = 0; at < 3; at++) expect(await send()).toEqual(done)
    expect(await mails(20, send)).toEqual(Array.from({ length: 20 }, () => done))
    expect(server.taken).toHaveLength(23)
  })

  it('that are idle still gets the next email', async () => {
    const { server, send } = await start((step, { mail }) =>
      step === 'message' && mail === 1 ? { reply: '250 queued\r\n421 4.4.2 idle for too long', end: 'fin' } : undefined,
    )
    expect([await send(), await send()]).toEqual([done, done])
    expect([server.connections, server.taken.length]).toEqual([2, 2])
  })

  it.each<[string, SmtpTurn]>([
    ['421', { reply: '421 4.7.0 closing' }],
    ['a refusal', { reply: '502 5.5.1 not here' }],
    ['a reset', { end: 'rst' }],
  ])('in answer to RSET, by %s, gets the next mail all the same', async (_, turn) => {
    const { send } = await start((step, { mail, connection }) => {
      if (step === 'RSET') return turn
      return step === 'RCPT' && mail === 1 && connection === 1 ? { reply: '550 5.1.1 no such user' } : undefined
    })
    expect(await send()).toEqual({ giveUp: expect.stringContaining('no such user') })
    expect(await send()).toEqual(done)
  })

  it('that refuses an envelope gets RSET before the next mail of the session', async () => {
    const { server, send } = await start((step, { mail }) =>
      step === 'RCPT' && mail === 1 ? { reply: '550 5.1.1 no such user' } : undefined,
    )
    await send()
    expect(await send()).toEqual(done)
    expect([server.connections, server.steps.filter((step) => step === 'RSET').length]).toEqual([1, 1])
  })
})

describe('a server that takes few connections at a time', () => {
  it.each<[string, SmtpTurn]>([
    ['421', { reply: '421 4.7.0 too many connections' }],
    ['a reset', { end: 'rst' }],
    ['the end', { end: 'fin' }],
  ])('and greets further ones with %s gets every mail over those', async (_, turn) => {
    const { server, send, lines } = await start((step, { open }) =>
      step === 'greeting' && open > 2 ? turn : undefined,
    )
    expect(await Promise.all(Array.from({ length: 40 }, () => send()))).toEqual(Array.from({ length: 40 }, () => done))
    expect([server.taken.length, lines]).toEqual([40, []])
  })

  it('and no connection at all is an outage for each mail', async () => {
    const { send } = await start((step) => (step === 'greeting' ? { reply: '421 4.7.0 too busy' } : undefined))
    const failed = expect.objectContaining({
      message: 'the mail server says: 421 4.7.0 too busy',
      sent: 'no',
      outage: 'SMTP 421 4.7.0',
    })
    expect(await Promise.all(Array.from({ length: 5 }, () => send()))).toEqual(Array.from({ length: 5 }, () => failed))
  })

  it('lets a mail wait for its turn, which is no failed try', async () => {
    const { server, send } = await start((step) => (step === 'MAIL' ? {} : undefined), '?maxConnections=1')
    const stop = new AbortController()
    const first = send(stop.signal)
    await waitFor(() => server.steps.includes('MAIL'))
    const second = send(stop.signal)
    stop.abort()
    expect(await first).toMatchObject({ sent: 'no', outage: 'EABORT' })
    expect(await second).toEqual({ later: 1, reason: 'waits for its turn' })
  })
})

describe('before a session can take mail', () => {
  it.each<[SmtpStep, string, SmtpTurn]>([
    ['greeting', 'EABORT', {}],
    ['greeting', 'ECONNECTION', { end: 'fin' }],
    ['greeting', 'SMTP 554 5.7.1', { reply: '554 5.7.1 no service for you' }],
    ['EHLO', 'ECONNRESET', { end: 'rst' }],
    ['EHLO', 'SMTP 421 4.3.2', { reply: '421 4.3.2 closing' }],
    ['EHLO', 'EABORT', {}],
    ['AUTH', 'ECONNECTION', { end: 'fin' }],
    ['AUTH', 'EABORT', {}],
    ['AUTH', 'SMTP 454 4.7.0', { reply: '454 4.7.0 Too many login attempts' }],
    ['AUTH', 'SMTP 421 4.7.0', { reply: '421 4.7.0 Too many login attempts' }],
  ])('the end at %s, %s, is surely no mail', async (at, outage, turn) => {
    const server = await scriptedSmtp((step) => {
      if (step === at) return turn
      return step === 'EHLO' ? { reply: '250-hello\r\n250 AUTH PLAIN' } : undefined
    })
    const sender = await createSender(sendmail, {
      SMTP_URL: `smtp://bell:secret@127.0.0.1:${server.port}`,
      MAIL_FROM: 'bell@example.com',
    })
    onTestFinished(async () => {
      await sender.close?.()
      await server.close()
    })
    const send = async (signal?: AbortSignal) =>
      sender.send(await pushFor(sender, { data, ...(signal && { signal }) })).catch((error: unknown) => error)
    const failure = outage === 'EABORT' ? sendUntilSilence(server, send, at) : send()
    expect(await failure).toMatchObject({ sent: 'no', outage })
  })
})

it('a long message that left in part only is surely not sent', async () => {
  const { server, send } = await start((step) => (step === 'DATA' ? { reply: '354 go', pause: true } : undefined), '', {
    ...data,
    text: 'a line of the mail\n'.repeat(400_000),
  })
  expect(await sendUntilSilence(server, send, 'DATA')).toMatchObject({ sent: 'no' })
})
