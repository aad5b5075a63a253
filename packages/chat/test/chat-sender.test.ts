import type { AddressPacer, OpenBreaker, Sender } from '@carillon/contract'
import { memoryPacer } from '@carillon/limiter'
import { guardedOutbound } from '@carillon/outgoing'
import { exampleAddress, exampleContext, exerciseSender } from '@carillon/testkit'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import * as z from 'zod'
import { chatSender, perAddress, usualResult } from '../index.ts'
import { type ChatStage, chatStage, resultOf, shownOf } from './stage.ts'

const chat = chatSender({
  name: 'sendchat',
  kind: 'slack',
  service: 'Chat',
  options: z.object({ CHAT_RATE: perAddress('1/s') }),
  data: ({ object, text, json }) => object({ text: text(20), more: json.optional() }, 'must be an object with text'),
  compose: ({ text }, render) => ({ text: render(text) }),
  every: (_, { CHAT_RATE }) => CHAT_RATE,
  connect: (_, { post, guarded }) =>
    guarded((body, { token: url }, { signal }) =>
      post({ url, body, signal }, (answer) =>
        answer.status === 200 ? { sent: true } : usualResult('Chat', answer, 'why'),
      ),
    ),
})

const stage = (context = {}) => chatStage(chat, () => ({}), context)
const push = ({ provider }: ChatStage, path = '/hook') => ({
  data: { text: 'Hello {{ pusher.nickname }}' },
  addresses: [exampleAddress({ kind: 'slack', token: provider.url + path, id: path })],
})

describe('a sender for a chat', () => {
  const data = { text: 'Hello' }
  const at = (token: string, id = '1') => exampleAddress({ kind: 'slack', token, id })
  /** Addresses begin where its provider listens. */
  const located = ({ sender, provider }: ChatStage): Sender => ({
    ...sender,
    send: (given) =>
      sender.send({ ...given, addresses: given.addresses.map((one) => ({ ...one, token: provider.url + one.token })) }),
  })
  let on: ChatStage

  exerciseSender(async () => located(await stage()), {
    push: { data, addresses: [at('/services/the-only-secret')] },
    nonsense: ['text', {}, { text: '' }],
    refused: { data, addresses: [] },
    partly: {
      async create() {
        on = await stage()
        on.provider.answer({ status: 200 }, { status: 503 })
        return located(on)
      },
      push: { data, addresses: [at('/services/the-first-secret'), at('/services/the-second-secret', '2')] },
      calls: () => on.provider.requests.length,
    },
  })
})

describe('an answer', () => {
  it.each([
    ['200', { status: 200 }, { outcome: 'sent' }],
    ['400', { status: 400 }, { outcome: 'gaveUp', reason: 'Chat answered 400: why' }],
    ['302', { status: 302, headers: { location: '/other' } }, { outcome: 'gaveUp', reason: 'Chat answered 302: why' }],
    ['408', { status: 408 }, { outcome: 'failed', reason: 'Chat answered 408: why', sent: 'no', outage: 'HTTP 408' }],
    [
      '503',
      { status: 503, headers: { 'retry-after': '20' } },
      {
        outcome: 'failed',
        reason: 'Chat answered 503: why',
        sent: 'no',
        outage: 'HTTP 503',
        after: expect.closeTo(20, 0) as number,
      },
    ],
    [
      '504',
      { status: 504 },
      { outcome: 'failed', reason: 'Chat answered 504: why', sent: 'maybe', outage: 'HTTP 504' },
    ],
    [
      'that is cut off',
      { fault: 'cut' as const, body: { ok: true } },
      {
        outcome: 'failed',
        reason: expect.stringContaining('Chat: The URL cannot be reached'),
        sent: 'maybe',
        outage: expect.any(String),
      },
    ],
  ])('%s', async (_, answer, expected) => {
    const on = await stage()
    on.provider.answer(answer)
    expect(resultOf(await on.send(push(on)))).toMatchObject(expected)
    expect(on.provider.requests).toHaveLength(1)
  })

  it.each([
    ['names in Retry-After', { status: 429, headers: { 'retry-after': '7' } }, 7],
    ['does not name', { status: 429 }, 30],
  ])('429 holds the address for the time that it %s, and is no failed attempt', async (_, answer, seconds) => {
    const hold = vi.fn<AddressPacer['hold']>(async () => {})
    const on = await stage({ pacer: { reserve: async () => 0, hold } })
    on.provider.answer(answer)
    const outcome = resultOf(await on.send(push(on)))
    expect(outcome).toMatchObject({ outcome: 'waits', reason: 'Chat answered 429: why' })
    expect(Math.ceil(Number(outcome['later']))).toBe(seconds)
    expect(hold).toHaveBeenCalledWith(`slack ${on.provider.url}/hook`, seconds * 1000)
  })

  it('that never comes because nobody listens means that nothing was sent', async () => {
    const on = await stage()
    await on.provider.close()
    expect(resultOf(await on.send(push(on)))).toMatchObject({ outcome: 'failed', sent: 'no', outage: 'ECONNREFUSED' })
  })
})

it('shows no whole address, whatever the answer repeats of it', async () => {
  for (const status of [200, 302, 400, 404, 429, 500]) {
    const on = await stage()
    const { data } = push(on)
    const addresses = [exampleAddress({ kind: 'slack', token: `${on.provider.url}/hook/very-secret-token` })]
    on.provider.answer({ status, headers: { location: addresses[0]!.token }, body: { error: addresses[0]!.token } })
    expect(shownOf(on, await on.send({ addresses, data }))).not.toContain('very-secret')
  }
})

it('never calls a private address, unless that is allowed', async () => {
  const outbound = guardedOutbound({ allowPrivate: false })
  onTestFinished(() => outbound.close())
  const on = await stage({ outbound })
  const outcome = await on.send(push(on))
  expect(resultOf(outcome)).toMatchObject({
    outcome: 'gaveUp',
    reason: expect.stringMatching(/^Chat: .*a private address/),
  })
  expect(on.provider.requests).toEqual([])
})

it('lets messages wait, and shows it, while the service is out of order', async () => {
  const breakers: (() => OpenBreaker | null)[] = []
  const on = await stage({ watchBreaker: (read: () => OpenBreaker | null) => (breakers.push(read), () => {}) })
  on.provider.answer(...Array.from({ length: 5 }, () => ({ status: 503 })))
  for (let time = 0; time < 5; time++)
    expect(resultOf(await on.send(push(on)))).toMatchObject({ outcome: 'failed', reason: 'Chat answered 503: why' })
  expect(resultOf(await on.send(push(on)))).toMatchObject({ outcome: 'waits', later: expect.any(Number) })
  expect(on.provider.requests).toHaveLength(5)
  expect(breakers.map((read) => read())).toMatchObject([{ transport: 'Chat', outage: 'HTTP 503' }])
})

it('is not configured where a worker cannot call other servers', async () => {
  expect(await chat.create({}, exampleContext())).toEqual({ missing: expect.stringContaining('call other servers') })
})

it.each([['fast'], ['0/s'], ['5/d']])('does not start with the rate %s, and names the setting', async (CHAT_RATE) => {
  const error = await chat.create({ CHAT_RATE }, exampleContext()).catch((thrown: Error) => thrown.message)
  expect(error).toContain('Sender sendchat cannot start: CHAT_RATE: must be a number per second, minute or hour')
})

describe('the data', () => {
  const issuesOf = async (data: unknown, schema = chat.data) => {
    const { issues = [] } = (await schema!['~standard'].validate(data)) as { issues?: { message: string }[] }
    return issues.map(({ message }) => message).join('; ')
  }
  const deep = Array.from({ length: 40 }).reduce<object>((inner) => ({ inner }), {})

  it.each([
    [{ text: 'a'.repeat(21) }, 'must be at most 20 characters'],
    [{ text: '{{ pusher.nickname' }, 'is not a valid template'],
    [{ text: '{{ pusher.nick }}' }, 'there is no field "nick"'],
    [{ text: 'a', more: { list: [{ title: '{{ pusher.nickname' }] } }, 'is not a valid template'],
    [{ text: 'a', more: [] }, 'must be an object'],
    [{ text: 'a', more: deep }, 'is nested more than 32 levels deep'],
    [{ text: '' }, 'is required'],
    [{ txt: 'a' }, 'there is no field "txt"; did you mean text?'],
  ])('may not be %j', async (data, sentence) => {
    expect(await issuesOf(data)).toContain(sentence)
  })

  it('may have a template that is longer than what it renders to', async () => {
    expect(await issuesOf({ text: '{% if pusher.nickname %}a{% endif %}' })).toBe('')
  })

  it('is still sent where an earlier version took what is refused by now', async () => {
    const on = await stage()
    const data = { text: 'a {{ pusher.nick }}', somethingElse: 1 }
    expect(await issuesOf(data, on.sender.data)).toBe('')
  })
})

describe('the pace', () => {
  afterEach(() => vi.useRealTimers())

  it('sends 100 messages to one chat at one a second, and holds up no other chat', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 1) })
    const start = Date.now()
    const on = await stage({ pacer: memoryPacer() })
    const busy = push(on, '/busy')
    const outcomes = []
    for (let at = 0; at < 100; at++) outcomes.push(await on.send(busy))
    expect(on.provider.requests.map(({ path }) => path)).toEqual(['/busy'])
    const waiting = outcomes.slice(1) as { later: number; progress: unknown }[]
    expect(waiting.map(({ later }) => later)).toEqual(waiting.map((_, index) => index + 1))

    await on.send(push(on, '/quiet'))
    expect(on.provider.requests.map(({ path }) => path)).toEqual(['/busy', '/quiet'])

    for (const [index, { later, progress }] of waiting.entries()) {
      vi.setSystemTime(start + later * 1000 - 1)
      expect(await on.send({ ...busy, progress })).toMatchObject({ later: expect.any(Number) })
      vi.setSystemTime(start + later * 1000)
      expect(await on.send({ ...busy, progress })).toMatchObject({ done: true })
      expect(on.provider.requests).toHaveLength(index + 3)
    }
  })

  it('waits, and fails no attempt, while nothing can be counted', async () => {
    const away = async () => {
      throw new Error('Redis is away')
    }
    const on = await stage({ pacer: { reserve: away, hold: away } })
    expect(resultOf(await on.send(push(on)))).toMatchObject({ outcome: 'waits', later: expect.any(Number) })
    expect(on.provider.requests).toEqual([])
  })
})

it('gives up what renders to something that cannot be sent', async () => {
  const on = await stage()
  const data = { text: `{% for a in (1..2000) %}${'x'.repeat(1000)}{% endfor %}` }
  const outcome = await on.send({ ...push(on), data })
  expect(outcome).toEqual({ giveUp: expect.stringContaining('a template failed') })
})
