import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeIssues } from '@carillon/contract'
import { guardedOutbound } from '@carillon/outgoing'
import { exampleAddress, exampleContext, exerciseSender } from '@carillon/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { outboxIn } from '../../../apps/cli/senders/outbox.ts'
import { chatStage, resultOf, shownOf } from '../../../packages/chat/test/stage.ts'
import sendtelegram from '../index.ts'

const TOKEN = '123456:very-secret'
const data = { text: 'Hello {{ pusher.nickname }}' }
const sent = { status: 200, body: { ok: true, result: { message_id: 42, chat: { id: 7001001, type: 'private' } } } }
const stage = (context = {}) =>
  chatStage(sendtelegram, (url) => ({ TELEGRAM_TOKEN: TOKEN, TELEGRAM_BASE_URL: url }), { usual: sent, ...context })
const push = { data, addresses: [exampleAddress({ kind: 'telegram', token: '7001001' })] }

describe('sendtelegram', () => {
  exerciseSender(async () => (await stage()).sender, {
    push,
    nonsense: ['text', {}, { text: '' }, { text: 'a', parse_mode: 'Markdown' }, { text: 'a', reply_markup: 'a' }],
    refused: { data, addresses: [] },
  })
})

it('sends a message as the bot, and knows its id', async () => {
  const on = await stage()
  expect(resultOf(await on.send(push))).toEqual({ outcome: 'sent', messageId: '42' })
  expect(on.body()).toEqual({ chat_id: '7001001', text: 'Hello Lupino' })
  expect(on.provider.requests[0]).toMatchObject({ method: 'POST', path: `/bot${TOKEN}/sendMessage` })
})

it.each([
  ['HTML', '<b>{{ pusher.nickname }}</b>', '<b>&lt;a&gt;.b</b>'],
  ['MarkdownV2', '*{{ pusher.nickname }}*', String.raw`*<a\>\.b*`],
])('escapes values for %s', async (parse_mode, text, expected) => {
  const on = await stage()
  const reply_markup = {
    inline_keyboard: [[{ text: '{{ pusher.nickname }}', url: 'https://example.com/?id={{ pusher.id }}' }]],
  }
  await on.send({ ...push, pusher: { nickname: '<a>.b' }, data: { text, parse_mode, reply_markup } })
  expect(on.body()).toMatchObject({
    text: expected,
    parse_mode,
    reply_markup: { inline_keyboard: [[{ text: '<a>.b', url: 'https://example.com/?id=lupino' }]] },
  })
})

const refusal = (error_code: number, description: string, parameters?: object) => ({
  status: error_code,
  body: { ok: false, error_code, description, ...(parameters && { parameters }) },
})

describe('an answer', () => {
  it.each([
    [403, 'Forbidden: bot was blocked by the user', 'disabled', {}],
    [403, 'Forbidden: bot was kicked from the supergroup chat', 'disabled', {}],
    [403, 'Forbidden: user is deactivated', 'disabled', {}],
    [403, "Forbidden: bot can't initiate conversation with a user", 'disabled', {}],
    [403, "Forbidden: bot can't send messages to the user", 'gaveUp', {}],
    [400, 'Bad Request: chat not found', 'disabled', {}],
    [400, 'Bad Request: group is deactivated', 'disabled', {}],
    [400, "Bad Request: can't parse entities: unsupported start tag", 'gaveUp', {}],
    [400, 'Bad Request: message is too long', 'gaveUp', {}],
    [500, 'Internal Server Error', 'failed', { sent: 'no', outage: 'HTTP 500' }],
    [504, 'Gateway Timeout', 'failed', { sent: 'maybe', outage: 'HTTP 504' }],
  ])('%i %s: %s', async (status, description, outcome, more) => {
    const on = await stage({ usual: refusal(status, description) })
    const reason = `Telegram answered ${status}: ${description}`
    expect(resultOf(await on.send(push))).toEqual({ outcome, reason, ...more })
    expect(on.book).toEqual(outcome === 'disabled' ? [['disable', 1, '1', reason]] : [])
  })

  it.each([
    [401, 'Unauthorized'],
    [404, 'Not Found'],
  ])('%i %s is for the operator to mend', async (status, description) => {
    const on = await stage({ usual: refusal(status, description) })
    const reason = `Telegram answered ${status}: ${description} (check TELEGRAM_TOKEN)`
    expect(resultOf(await on.send(push))).toEqual({
      outcome: 'failed',
      reason,
      sent: 'no',
      outage: `HTTP ${status}`,
      needsOperator: true,
    })
    await on.send(push)
    expect(on.logged).toEqual([expect.stringContaining(reason)])
  })

  it('comes from a base URL at a private address, which the operator has set', async () => {
    const outbound = guardedOutbound({ allowPrivate: false })
    onTestFinished(() => outbound.close())
    const on = await stage({ outbound })
    expect(resultOf(await on.send(push))).toMatchObject({ outcome: 'sent' })
  })

  it('429 asks for a pause in its parameters', async () => {
    const on = await stage({ usual: refusal(429, 'Too Many Requests: retry after 35', { retry_after: 35 }) })
    const result = resultOf(await on.send(push))
    expect(result).toMatchObject({
      outcome: 'waits',
      reason: 'Telegram answered 429: Too Many Requests: retry after 35',
    })
    expect(Math.ceil(Number(result['later']))).toBe(35)
  })
})

describe('a group that became a supergroup', () => {
  const migrated = refusal(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
    migrate_to_chat_id: -1001234567890,
  })
  const toGroup = { data, addresses: [exampleAddress({ kind: 'telegram', token: '-4567' })] }

  it('is called by its new id at once, which is kept', async () => {
    const on = await stage()
    on.provider.answer(migrated)
    expect(resultOf(await on.send(toGroup))).toEqual({ outcome: 'sent', messageId: '42' })
    expect([on.body(0), on.body(1)]).toMatchObject([{ chat_id: '-4567' }, { chat_id: '-1001234567890' }])
    expect(on.book).toEqual([['change', 1, '1', { token: '-1001234567890' }]])
  })

  it('gets its message although the new id cannot be stored', async () => {
    const change = async () => {
      throw new Error('the database is away')
    }
    const on = await stage({ addresses: { change, remove: change, disable: change } })
    on.provider.answer(migrated)
    expect(resultOf(await on.send(toGroup))).toMatchObject({ outcome: 'sent' })
    expect(on.logged.join()).toContain('the new id of a chat could not be stored')
  })

  it('is not called for ever if it claims to move again and again', async () => {
    const on = await stage({ usual: migrated })
    expect(resultOf(await on.send(toGroup))).toMatchObject({ outcome: 'gaveUp' })
    expect(on.provider.requests).toHaveLength(2)
  })
})

it.each([
  ['a person', '7001001', 1000],
  ['a group', '-4567', 3000],
  ['a channel', '@news', 3000],
])('has a pace of its own for %s', async (_, chat, every) => {
  const asked: number[] = []
  const reserve = async (__: string, milliseconds: number) => {
    asked.push(milliseconds)
    return 0
  }
  const on = await stage({ pacer: { reserve, hold: async () => {} } })
  await on.send({ data, addresses: [exampleAddress({ kind: 'telegram', token: chat })] })
  expect(asked).toEqual([every])
})

describe('without a token', () => {
  it('says what to set', async () => {
    const outbound = guardedOutbound({ allowPrivate: true })
    onTestFinished(() => outbound.close())
    expect(await sendtelegram.create({}, exampleContext({ outbound }))).toEqual({ missing: 'set TELEGRAM_TOKEN' })
  })

  it('writes messages to the outbox where there is one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-outbox-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const on = await chatStage(sendtelegram, () => ({}), { outbox: outboxIn(folder) })
    expect(await on.send(push)).toMatchObject({ done: true })
    expect(await readdir(folder)).toHaveLength(1)
  })
})

it('shows no token and no chat to anybody', async () => {
  for (const status of [400, 401, 403, 429, 500]) {
    const on = await stage({ usual: refusal(status, 'no') })
    expect(shownOf(on, await on.send(push))).not.toMatch(/very-secret|7001001/)
  }
  const on = await stage()
  await on.provider.close()
  expect(shownOf(on, await on.send(push))).not.toMatch(/very-secret|7001001/)
})

describe('the message', () => {
  const long = 'a'.repeat(4097)

  it.each([
    [{ text: '{{ pusher.email }}' }, 'the text is empty after rendering'],
    [{ text: '{{ pusher.nickname }}' }, 'the text is longer than 4096 characters after rendering'],
  ])('%j is given up if a value makes it useless', async (given, giveUp) => {
    const on = await stage()
    expect(await on.send({ ...push, data: given, pusher: { email: '', nickname: long } })).toEqual({ giveUp })
  })

  it('may be longer with markup, which Telegram does not count', async () => {
    const on = await stage()
    const marked = { text: `<b>${'a'.repeat(4096)}</b>`, parse_mode: 'HTML' }
    expect(await on.send({ ...push, data: marked })).toMatchObject({ done: true })
  })

  it.each([
    [{ text: long }, 'text: must be at most 4096 characters'],
    [{ text: '{{ pusher' }, 'text: is not a valid template'],
    [{ text: 'a', parse_mode: 'Markdown' }, 'parse_mode: must be HTML or MarkdownV2'],
    [
      { text: 'a', reply_markup: { keyboard: [[{ text: '{{ pusher' }]] } },
      'reply_markup.keyboard.0.0.text: is not a valid',
    ],
    [{ text: 'a', chat_id: 1 }, 'there is no field "chat_id"'],
  ])('%# is refused when it is pushed', async (given, sentence) => {
    const { issues = [] } = await sendtelegram.data!['~standard'].validate(given)
    expect(describeIssues(issues)).toContain(sentence)
  })
})
