import type { AddressInfo } from 'node:net'
import sendmail from '@carillon/sender-mail'
import {
  type FakeProvider,
  type ProviderAnswer,
  type PushOverrides,
  createSender,
  exerciseSender,
  fakeProvider,
  pushFor,
  waitFor,
} from '@carillon/testkit'
import { SMTPServer } from 'smtp-server'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'

const data = { subject: 'Hello', text: 'Hello' }
const accepted: ProviderAnswer = { status: 202, headers: { 'x-message-id': 'sg-1' }, body: '' }
const cutYes: ProviderAnswer = { ...accepted, body: 'a long answer', fault: 'cut' }
const bySendgrid = { done: true, messageId: 'sg-1' }
const bySmtp = { done: true, messageId: expect.stringMatching(/@example\.com$/) }

let sendgrid: FakeProvider
let smtp: SMTPServer
/** The recipients that the SMTP server took a mail for. */
let mailed: string[]
/** What the SMTP server answers to a sender; nothing: it takes the mail. */
let smtpTrouble: { responseCode: number } | undefined
let lines: object[]

beforeEach(async () => {
  sendgrid = await fakeProvider(accepted)
  mailed = []
  lines = []
  smtpTrouble = undefined
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 10,
    onMailFrom: (_address, _session, callback) =>
      callback(smtpTrouble ? Object.assign(new Error('no'), smtpTrouble) : null),
    onData(stream, { envelope }, callback) {
      stream.resume().on('end', () => {
        mailed.push(...envelope.rcptTo.map(({ address }) => address))
        callback()
      })
    },
  })
  smtp.on('error', () => {}) // a client that hangs up
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  vi.useRealTimers()
  await sendgrid.close()
  await closeSmtp()
})

function closeSmtp() {
  return new Promise<void>((resolve) => smtp.close(resolve))
}

function create() {
  const { port } = smtp.server.address() as AddressInfo
  const env = { SENDGRID_API_KEY: 'SG.secret', SENDGRID_BASE_URL: sendgrid.url, SMTP_URL: `smtp://127.0.0.1:${port}` }
  const line = (fields: object, message?: string) => void lines.push({ ...fields, message })
  const log = { debug: line, info: line, warn: line, error: line }
  return createSender(sendmail, { ...env, MAIL_FROM: 'bell@example.com' }, { log })
}

/** A sender over both, and mails to ever new recipients. */
async function start() {
  const sender = await create()
  onTestFinished(() => sender.close?.())
  let made = 0
  const next = (overrides: PushOverrides = {}) =>
    pushFor(sender, { data, id: `push-${++made}`, pusher: { email: `p${made}@example.com` }, ...overrides })
  return {
    next,
    many: (count: number, subject: (at: number) => string = () => 'Hello') =>
      Promise.all(Array.from({ length: count }, (_, at) => next({ data: { ...data, subject: subject(at) } }))),
    send: async (overrides?: PushOverrides) => sender.send(await next(overrides)).catch((error: unknown) => error),
    sendBatch: sender.sendBatch!,
  }
}

const times = (count: number, answer: ProviderAnswer) => Array.from({ length: count }, () => answer)

/** From here on, the clock that breakers read stands still. */
function holdClock() {
  vi.useFakeTimers({ toFake: ['performance'] })
}

exerciseSender(create, { push: { data }, nonsense: ['text'], refused: { data, pusher: { email: '' } } })

describe('with SendGrid and SMTP, a mail', () => {
  it('goes through SendGrid', async () => {
    const { send } = await start()
    expect(await send()).toEqual(bySendgrid)
    expect(mailed).toEqual([])
  })

  it('goes through SMTP, once, where SendGrid is not there', async () => {
    const { send } = await start()
    await sendgrid.close()
    expect(await send()).toEqual(bySmtp)
    expect(mailed).toEqual(['p1@example.com'])
  })

  it.each<[string, ProviderAnswer]>([
    ['a refused key', { status: 401 }],
    ['a refused sender', { status: 403 }],
    ['a limit', { status: 429, headers: { 'retry-after': '60' } }],
    ['a server error', { status: 500 }],
    ['a server that is down', { status: 503 }],
  ])('goes through SMTP, once, after a no that is sure: %s', async (_, answer) => {
    sendgrid.answer(answer)
    const { send } = await start()
    expect(await send()).toEqual(bySmtp)
    expect([mailed, sendgrid.requests.length]).toEqual([['p1@example.com'], 1])
  })

  it.each<[string, ProviderAnswer]>([
    ['a yes that was cut off', cutYes],
    ['a gateway that lost the answer', { status: 502 }],
    ['a gateway that waited in vain', { status: 504 }],
  ])('stays with SendGrid where it may be out: %s', async (_, answer) => {
    sendgrid.answer(answer)
    const { send } = await start()
    expect(await send()).toMatchObject({ name: 'RetryableError', sent: 'maybe' })
    expect(mailed).toEqual([])
  })

  it('stays with SendGrid when it does not answer in time', async () => {
    sendgrid.answer({ fault: 'hang' })
    const { send } = await start()
    const stop = new AbortController()
    const sending = send({ signal: stop.signal })
    await waitFor(() => sendgrid.requests.length === 1)
    stop.abort()
    expect(await sending).toMatchObject({ message: 'SendGrid did not answer in time', sent: 'maybe' })
    expect(mailed).toEqual([])
  })

  it('that SendGrid refuses for good is refused', async () => {
    sendgrid.answer({ status: 400, body: { errors: [{ message: 'Bad subject.' }] } })
    const { send } = await start()
    expect(await send()).toEqual({ giveUp: 'SendGrid refused it (400): Bad subject.' })
    expect(mailed).toEqual([])
  })

  it('that neither takes has failed once, and tells of both', async () => {
    sendgrid.answer({ status: 429, headers: { 'retry-after': '60' } })
    smtpTrouble = { responseCode: 451 }
    const { send } = await start()
    expect(await send()).toMatchObject({
      name: 'RetryableError',
      message: 'SendGrid answered 429:; the mail server says: 451 no',
      after: 60,
      sent: 'no',
    })
  })
})

describe('a breaker', () => {
  it('opens after five outages in a row, spares the transport, and closes when a probe works', async () => {
    holdClock()
    const { send } = await start()
    sendgrid.answer(...times(5, { status: 503 }))
    for (let at = 0; at < 7; at++) expect(await send()).toEqual(bySmtp)
    expect(sendgrid.requests).toHaveLength(5)
    vi.advanceTimersByTime(10_000)
    expect(await send()).toEqual(bySendgrid)
    expect(await send()).toEqual(bySendgrid)
    expect(lines).toEqual([
      { transport: 'SendGrid', error: 'HTTP 503', message: 'a transport fails and is not used for now' },
      { transport: 'SendGrid', message: 'a transport works again' },
    ])
  })

  it('sends one probe only, and waits longer after one that fails', async () => {
    holdClock()
    const { send } = await start()
    sendgrid.answer(...times(6, { status: 500 }))
    for (let at = 0; at < 5; at++) await send()
    vi.advanceTimersByTime(10_000)
    expect(await Promise.all([send(), send(), send()])).toEqual([bySmtp, bySmtp, bySmtp])
    expect(sendgrid.requests).toHaveLength(6)
    vi.advanceTimersByTime(19_000)
    expect(await send()).toEqual(bySmtp)
    vi.advanceTimersByTime(1000)
    expect(await send()).toEqual(bySendgrid)
    expect(lines).toHaveLength(2)
  })

  it('leaves a transport alone for as long as it asks', async () => {
    holdClock()
    const { send } = await start()
    sendgrid.answer(...times(5, { status: 429, headers: { 'retry-after': '120' } }))
    for (let at = 0; at < 5; at++) await send()
    vi.advanceTimersByTime(119_000)
    expect(await send()).toEqual(bySmtp)
    vi.advanceTimersByTime(1000)
    expect(await send()).toEqual(bySendgrid)
  })

  it('counts what comes in a row, and nothing that is about the mail', async () => {
    const { send } = await start()
    sendgrid.answer(...times(4, { status: 503 }), accepted, ...times(4, { status: 503 }), ...times(9, { status: 403 }))
    for (let at = 0; at < 18; at++) await send()
    expect(await send()).toEqual(bySendgrid)
    expect(lines).toEqual([])
  })

  it('lets mail wait, which is no failed try, when it is open for every transport', async () => {
    holdClock()
    const { send } = await start()
    sendgrid.answer(...times(5, { status: 401 }))
    await closeSmtp()
    for (let at = 0; at < 5; at++) expect(await send()).toMatchObject({ name: 'RetryableError' })
    const reason = 'waits for SendGrid (HTTP 401) and SMTP (ECONNREFUSED) to work again'
    const soon = expect.toSatisfy((seconds: number) => seconds >= 10 && seconds <= 16)
    expect(await send()).toEqual({ later: soon, reason })
    vi.advanceTimersByTime(10_000)
    expect(await send()).toEqual(bySendgrid)
  })
})

describe('a batch', () => {
  it('goes through SMTP whole, each mail once, where SendGrid is not there', async () => {
    const { many, sendBatch } = await start()
    const pushes = await many(30)
    await sendgrid.close()
    expect(await sendBatch(pushes)).toEqual(pushes.map(() => bySmtp))
    expect(mailed.toSorted()).toEqual(pushes.map(({ pusher }) => pusher.email).toSorted())
  })

  it('goes through SMTP only where SendGrid surely did not take it; each mail has its own outcome', async () => {
    const { many, next, sendBatch } = await start()
    // Each subject is a call of its own; which comes first is not known.
    sendgrid.answer(accepted, { status: 503 }, cutYes, { status: 400, body: { errors: [{ message: 'Bad.' }] } })
    const pushes = [...(await many(6, String)), await next({ pusher: { id: 'nobody', email: '' } })]
    const outcomes = await sendBatch(pushes)
    const order = sendgrid.requests.map(({ body }) => Number(JSON.parse(body).subject))
    expect(order.map((at) => outcomes[at])).toEqual([
      bySendgrid,
      bySmtp,
      expect.objectContaining({ sent: 'maybe' }),
      { giveUp: 'SendGrid refused it (400): Bad.' },
      bySendgrid,
      bySendgrid,
    ])
    expect(outcomes.at(-1)).toEqual({ giveUp: 'the pusher nobody has no email address', noAddress: true })
    expect(mailed).toEqual([pushes[order[1]!]!.pusher.email])
  })

  it('is probed by one of its mails', async () => {
    holdClock()
    const { send, many, sendBatch } = await start()
    sendgrid.answer(...times(6, { status: 503 }))
    for (let at = 0; at < 5; at++) await send()
    const recipients = () => sendgrid.requests.slice(5).map(({ body }) => JSON.parse(body).personalizations.length)
    vi.advanceTimersByTime(10_000)
    expect(await sendBatch(await many(4))).toEqual([bySmtp, bySmtp, bySmtp, bySmtp])
    expect(recipients()).toEqual([1])
    vi.advanceTimersByTime(20_000)
    expect(await sendBatch(await many(4))).toEqual([bySendgrid, bySendgrid, bySendgrid, bySendgrid])
    expect(recipients()).toEqual([1, 1, 3])
  })

  it('tells what it knows when its time is over, and lets wait what was not begun', async () => {
    const over = new AbortController()
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(over.signal)
    onTestFinished(() => timeout.mockRestore())
    const { many, sendBatch } = await start()
    sendgrid.answer(accepted, ...times(20, { fault: 'hang' }))
    const sending = sendBatch(await many(30, String))
    await waitFor(() => sendgrid.requests.length === 21)
    over.abort()
    const kinds = (await sending).map((each) => (each instanceof Error ? 'maybe' : Object.keys(each as object)[0]))
    const counted = ['done', 'maybe', 'later'].map((kind) => kinds.filter((each) => each === kind).length)
    expect(counted).toEqual([1, 20, 9])
    expect(mailed).toEqual([])
  })
})
