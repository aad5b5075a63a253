import { inspect } from 'node:util'
import { RetryableError } from '@carillon/contract'
import sendsms from '@carillon/sender-sms'
import {
  createSender,
  exerciseSender,
  fakeProvider,
  pushFor,
  waitFor,
  type FakeProvider,
  type ProviderAnswer,
} from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const accepted = { status: 201, body: { sid: 'SM1', status: 'queued' } }
const data = { text: 'Hello {{ pusher.nickname }}, 你好 & bye' }

let provider: FakeProvider
beforeEach(async () => void (provider = await fakeProvider(accepted)))
afterEach(() => provider.close())

const env = () => ({
  TWILIO_ACCOUNT_SID: 'AC00000000000000000000000000000001',
  TWILIO_AUTH_TOKEN: 'twilio-auth-token',
  TWILIO_FROM: '+15005550001',
  TWILIO_BASE_URL: provider.url,
})
const create = (overrides = {}) => createSender(sendsms, { ...env(), ...overrides })

exerciseSender(create, {
  push: { data },
  nonsense: [
    'just text',
    null,
    [],
    {},
    { text: '' },
    { text: 5 },
    { text: '{{ never closed' },
    { text: 'x', phoneNumber: 5 },
  ],
  refused: { data, pusher: { phoneNumber: '' } },
})

describe('what arrives at Twilio', () => {
  it('is the rendered text, to the pusher, as the account', async () => {
    const sender = await create()
    expect(await sender.send(await pushFor(sender, { data }))).toEqual({ done: true, messageId: 'SM1' })
    const [request] = provider.requests
    expect(request).toMatchObject({
      method: 'POST',
      path: '/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json',
    })
    const credentials = Buffer.from('AC00000000000000000000000000000001:twilio-auth-token').toString('base64')
    expect(request?.headers).toMatchObject({ authorization: `Basic ${credentials}` })
    const form = { To: '+15005550006', From: '+15005550001', Body: 'Hello Lupino, 你好 & bye' }
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual(form)
  })

  it("goes to the data's phoneNumber rather than the pusher's, without its punctuation", async () => {
    const sender = await create()
    await sender.send(
      await pushFor(sender, { data: { ...data, phoneNumber: '+1 (500) 555-0009' }, pusher: { phoneNumber: '' } }),
    )
    expect(new URLSearchParams(provider.requests[0]?.body).get('To')).toBe('+15005550009')
  })

  it.each([
    ['020 7183 8750', '+442071838750'],
    ['0049 30/1234567', '+49301234567'],
    ['tel:+44\u200b (0)20 7183 8750', '+442071838750'],
  ])('goes to the pusher at %j, as people write it', async (phoneNumber, to) => {
    const sender = await create({ PHONE_COUNTRY: 'GB' })
    const push = await pushFor(sender, { data, pusher: { phoneNumber } })
    await sender.send(push)
    expect(new URLSearchParams(provider.requests[0]?.body).get('To')).toBe(to)
    expect([sender.address?.(push), push.pusher.phoneNumber]).toEqual([to, phoneNumber])
  })

  it('names the messaging service where TWILIO_FROM is one', async () => {
    const sender = await create({ TWILIO_FROM: 'MG00000000000000000000000000000001' })
    await sender.send(await pushFor(sender, { data }))
    const form = new URLSearchParams(provider.requests[0]?.body)
    expect([form.get('MessagingServiceSid'), form.get('From')]).toEqual(['MG00000000000000000000000000000001', null])
  })

  it('says where to tell what became of it, if the API has a public address', async () => {
    const sender = await create({ PUBLIC_URL: 'https://bells.example.com/carillon/' })
    await sender.send(await pushFor(sender, { id: "7-it's (é)", app: 3, data }))
    expect(new URLSearchParams(provider.requests[0]?.body).get('StatusCallback')).toBe(
      'https://bells.example.com/carillon/providers/twilio?push_app=3&push_id=7-it%27s%20%28%C3%A9%29',
    )
  })

  it('goes to a base address with a path', async () => {
    const sender = await create({ TWILIO_BASE_URL: `${provider.url}/twilio/` })
    await sender.send(await pushFor(sender, { data }))
    expect(provider.requests[0]?.path).toMatch(/^\/twilio\/2010-04-01\/Accounts\//)
  })
})

describe('what Twilio answers', () => {
  it.each([
    [21211, "The 'To' number +15005550001 is not a valid phone number."],
    [21610, 'Attempt to send to unsubscribed recipient'],
    [21617, 'The concatenated message body exceeds the 1600 character limit'],
  ])('%i is given up, with code and message', async (code, message) => {
    provider.answer({ status: 400, body: { code, message, status: 400, more_info: 'https://www.twilio.com/docs' } })
    const sender = await create()
    expect(await sender.send(await pushFor(sender, { data }))).toEqual({ giveUp: `Twilio ${code}: ${message}` })
  })

  it('is understood in the newer form of errors too', async () => {
    const body = {
      type: 'https://www.twilio.com/docs/api/errors/21211',
      title: "Invalid 'To'",
      status: 400,
      code: 21211,
    }
    provider.answer({ status: 400, body })
    const sender = await create()
    expect(await sender.send(await pushFor(sender, { data }))).toEqual({
      giveUp: expect.stringContaining("Invalid 'To'"),
    })
  })

  it.each([
    [
      'a limit',
      { status: 429, body: { code: 20429, message: 'Too Many Requests', status: 429 } },
      'answered 429, code 20429: Too Many Requests',
    ],
    [
      'wrong credentials',
      { status: 401, body: { code: 20003, message: 'Authenticate', status: 401 } },
      'answered 401, code 20003: Authenticate',
    ],
    [
      'an account that is not found',
      { status: 404, body: { code: 20404, message: 'Not found', status: 404 } },
      'code 20404',
    ],
    [
      'a From that is not ours',
      { status: 400, body: { code: 21606, message: 'Not a From', status: 400 } },
      'code 21606',
    ],
    ['trouble of its own', { status: 500, body: { message: 'Internal', status: 500 } }, 'answered 500: Internal'],
    ['a page of some proxy', { status: 502, body: '<html>Bad gateway</html>' }, 'answered 502'],
    ['a refusal of some proxy', { status: 400, body: '<html>Bad request</html>' }, 'answered 400'],
    ['a redirect', { status: 302, headers: { location: '/elsewhere' }, body: '' }, 'answered 302'],
    ['half an answer', { ...accepted, fault: 'cut' as const }, 'answered 201: '],
  ])('%s is tried again', async (_, answer, sentence) => {
    provider.answer(answer)
    const sender = await create()
    const error = await sender.send(await pushFor(sender, { data })).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RetryableError)
    expect(error).toMatchObject({ message: expect.stringContaining(sentence), after: undefined })
    expect(provider.requests).toHaveLength(1)
  })

  it.each([
    ['37', 37],
    [
      new Date(Date.now() + 3_600_000).toUTCString(),
      expect.toSatisfy((after: number) => after > 3000 && after <= 3600),
    ],
    ['soon', undefined],
  ])('carries its Retry-After: %s', async (header, after) => {
    provider.answer({ status: 503, headers: { 'retry-after': header }, body: {} })
    const sender = await create()
    await expect(sender.send(await pushFor(sender, { data }))).rejects.toMatchObject({ name: 'RetryableError', after })
  })
})

describe('whether the sms may be out', () => {
  it.each<[string, ProviderAnswer, 'no' | 'maybe', string | undefined]>([
    ['a limit', { status: 429 }, 'no', 'HTTP 429'],
    ['wrong credentials', { status: 401 }, 'no', 'HTTP 401'],
    ['a refusal', { status: 400 }, 'no', undefined],
    ['trouble of its own', { status: 500 }, 'no', 'HTTP 500'],
    ['a gateway', { status: 504 }, 'maybe', 'HTTP 504'],
    ['half an answer', { ...accepted, fault: 'cut' }, 'maybe', undefined],
  ])('is told of %s', async (_, answer, sent, outage) => {
    provider.answer(answer)
    const sender = await create()
    await expect(sender.send(await pushFor(sender, { data }))).rejects.toMatchObject({ sent, outage })
  })
})

describe('no answer', () => {
  it('is retried when nobody listens', async () => {
    const sender = await create()
    await provider.close()
    await expect(sender.send(await pushFor(sender, { data }))).rejects.toMatchObject({
      message: expect.stringMatching(/^Twilio did not answer: .*ECONNREFUSED/),
      sent: 'no',
      outage: 'ECONNREFUSED',
    })
  })

  it('ends, and hangs up, when the push is aborted', async () => {
    provider.answer({ fault: 'hang' })
    const stop = new AbortController()
    const sender = await create()
    const sending = sender.send(await pushFor(sender, { data, signal: stop.signal }))
    sending.catch(() => {})
    const request = await waitFor(() => provider.requests[0])
    stop.abort()
    await expect(sending).rejects.toBeInstanceOf(RetryableError)
    await waitFor(() => request?.hungUp)
  })

  it('sends nothing for a push that is aborted already', async () => {
    const sender = await create()
    await expect(sender.send(await pushFor(sender, { data, signal: AbortSignal.abort() }))).rejects.toThrow(/aborted/)
    expect(provider.requests).toEqual([])
  })

  it('is reported without credentials or text', async () => {
    const sender = await create()
    await provider.close()
    const error = await sender.send(await pushFor(sender, { data })).catch((thrown: unknown) => thrown)
    const told = inspect(error, { depth: 9, showHidden: true })
    const secrets = ['twilio-auth-token', Buffer.from('twilio-auth-token').toString('base64').slice(0, 12), '你好']
    for (const secret of secrets) expect(told).not.toContain(secret)
  })
})
