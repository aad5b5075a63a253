import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeIssues } from '@carillon/contract'
import { guardedOutbound } from '@carillon/outgoing'
import { exampleAddress, exampleContext, exerciseSender } from '@carillon/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { outboxIn } from '../../../apps/cli/senders/outbox.ts'
import { type ChatStage, chatStage, resultOf, shownOf } from '../../../packages/chat/test/stage.ts'
import sendslack from '../index.ts'

const data = { text: 'Hello {{ pusher.nickname }}' }
const SECRET = 'xoxb-very-secret'
const posted = {
  status: 200,
  body: { ok: true, channel: 'C123456', ts: '1503435956.000247', message: { text: 'Hello' } },
}

const stage = (context = {}) =>
  chatStage(sendslack, (url) => ({ SLACK_TOKEN: SECRET, SLACK_BASE_URL: `${url}/` }), { usual: posted, ...context })
const toChannel = { data, addresses: [exampleAddress({ kind: 'slack', token: 'C0123456789' })] }
const webhook = ({ provider }: ChatStage) => [
  exampleAddress({ kind: 'slack', token: `${provider.url}/services/T0/B0/XyzSecret` }),
]

describe('sendslack', () => {
  exerciseSender(async () => (await stage()).sender, {
    push: toChannel,
    nonsense: ['text', {}, { text: '' }, { text: 1 }, { blocks: [] }, { blocks: [1] }],
    refused: { data, addresses: [] },
  })
})

describe('to a channel', () => {
  it('posts a message as the app, and knows its id', async () => {
    const on = await stage()
    expect(resultOf(await on.send(toChannel))).toEqual({ outcome: 'sent', messageId: '1503435956.000247' })
    expect(on.body()).toEqual({ channel: 'C0123456789', text: 'Hello Lupino' })
    const { method, path, headers } = on.provider.requests[0]!
    expect([method, path]).toEqual(['POST', '/api/chat.postMessage'])
    expect(headers).toMatchObject({
      authorization: `Bearer ${SECRET}`,
      'content-type': 'application/json; charset=utf-8',
    })
  })

  it.each([
    ['channel_not_found', 'disabled', {}],
    ['is_archived', 'disabled', {}],
    ['user_not_found', 'disabled', {}],
    ['service_unavailable', 'failed', { sent: 'no', outage: 'service_unavailable' }],
    ['internal_error', 'failed', { sent: 'maybe', outage: 'internal_error' }],
    ['msg_too_long', 'gaveUp', {}],
    ['invalid_blocks', 'gaveUp', {}],
  ])('%s: %s', async (error, outcome, more) => {
    const on = await stage({ usual: { status: 200, body: { ok: false, error } } })
    const reason = `Slack refused the message: ${error}`
    expect(resultOf(await on.send(toChannel))).toEqual({ outcome, reason, ...more })
    expect(on.book).toEqual(outcome === 'disabled' ? [['disable', 1, '1', reason]] : [])
  })

  it.each([
    ['invalid_auth', 'check SLACK_TOKEN', { outage: 'invalid_auth' }],
    ['missing_scope', 'give the app the scope chat:write and install it again', { outage: 'missing_scope' }],
    ['not_in_channel', 'invite the app to the channel', {}],
  ])('%s is for the operator to correct, and the log says so once', async (error, advice, more) => {
    const on = await stage({ usual: { status: 200, body: { ok: false, error } } })
    const reason = `Slack refused the message: ${error} (${advice})`
    const failed = { outcome: 'failed', reason, sent: 'no', ...more, needsOperator: true }
    expect(resultOf(await on.send(toChannel))).toEqual(failed)
    expect(resultOf(await on.send(toChannel))).toEqual(failed)
    expect(on.logged).toEqual([expect.stringContaining(reason)])
  })

  it('reaches a base URL at a private address, which the operator has set', async () => {
    const outbound = guardedOutbound({ allowPrivate: false })
    onTestFinished(() => outbound.close())
    const on = await stage({ outbound })
    expect(resultOf(await on.send(toChannel))).toMatchObject({ outcome: 'sent' })
    expect(resultOf(await on.send({ data, addresses: webhook(on) }))).toMatchObject({ outcome: 'gaveUp' })
    expect(on.provider.requests).toHaveLength(1)
  })

  it.each([429, 200])('waits as long as it asks when its rate is exceeded, with the status %i', async (status) => {
    const limited = { status, headers: { 'retry-after': '12' }, body: { ok: false, error: 'ratelimited' } }
    const on = await stage({ usual: limited })
    const result = resultOf(await on.send(toChannel))
    expect(result).toMatchObject({ outcome: 'waits', reason: 'Slack answered 429: ratelimited' })
    expect(Math.ceil(Number(result['later']))).toBe(12)
  })

  it('may have sent what a page of a proxy answers', async () => {
    const on = await stage({ usual: { status: 200, body: '<html>' } })
    expect(resultOf(await on.send(toChannel))).toMatchObject({ outcome: 'failed', sent: 'maybe' })
  })
})

describe('to an incoming webhook', () => {
  it('needs no token', async () => {
    const on = await chatStage(sendslack, () => ({ SLACK_TOKEN: '' }), { usual: { body: 'ok' } })
    expect(resultOf(await on.send({ data, addresses: webhook(on) }))).toEqual({ outcome: 'sent' })
    expect(on.body()).toEqual({ text: 'Hello Lupino' })
    expect(on.provider.requests[0]).toMatchObject({ path: '/services/T0/B0/XyzSecret' })
    expect(on.provider.requests[0]!.headers).not.toHaveProperty('authorization')
  })

  it.each([
    [404, 'no_service', 'disabled', {}],
    [404, 'channel_not_found', 'disabled', {}],
    [410, 'channel_is_archived', 'disabled', {}],
    [403, 'invalid_token', 'disabled', {}],
    [403, 'action_prohibited', 'disabled', {}],
    [500, 'no_service', 'disabled', {}],
    [400, 'user_not_found', 'disabled', {}],
    [400, 'invalid_payload', 'gaveUp', {}],
    [500, 'rollup_error', 'failed', { sent: 'no', outage: 'HTTP 500' }],
  ])('%i %s: %s', async (status, body, outcome, more) => {
    const on = await stage({ usual: { status, body } })
    const reason = `Slack answered ${status}: ${body}`
    expect(resultOf(await on.send({ data, addresses: webhook(on) }))).toEqual({ outcome, reason, ...more })
  })
})

describe('without a token', () => {
  it('waits with a message to a channel for a worker with one', async () => {
    const on = await chatStage(sendslack, () => ({}))
    expect(resultOf(await on.send(toChannel))).toMatchObject({
      outcome: 'waits',
      reason: 'waits for a worker with SLACK_TOKEN',
    })
  })

  it('writes it to a file where there is an outbox', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-outbox-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const on = await chatStage(sendslack, () => ({}), { outbox: outboxIn(folder) })
    const addresses = [
      exampleAddress({ kind: 'slack', token: 'C0123456789', id: '1' }),
      exampleAddress({ kind: 'slack', token: 'U0123456789', id: '2' }),
    ]
    const outcome = await on.send({ data, addresses, id: 'p1' })
    const files = await readdir(folder)
    expect(outcome).toMatchObject({ done: true, messageId: expect.stringMatching(/^outbox: .*-p1-1\.json$/) })
    expect(files.map((file) => file.slice(25)).toSorted()).toEqual(['p1-1.json', 'p1-2.json'])
    const written = JSON.parse(await readFile(join(folder, files.toSorted()[0]!), 'utf8'))
    expect(written).toMatchObject({ text: 'Hello Lupino', slack: expect.stringMatching(/^…\d\d$/), push: 'p1' })
  })
})

describe('the message', () => {
  it('shows values as they are, and lets none of them notify a channel', async () => {
    const on = await stage()
    const pusher = { nickname: '<!channel> & co' }
    const blocks = [
      { type: 'section', text: { type: 'mrkdwn', text: '*{{ pusher.nickname }}*' } },
      { type: 'button', text: { type: 'plain_text', text: '{{ pusher.nickname }}' }, url: 'https://example.com/?a&b' },
    ]
    await on.send({ ...toChannel, pusher, data: { text: '<!here> {{ pusher.nickname }}', blocks } })
    expect(on.body()).toMatchObject({
      text: '<!here> &lt;!channel&gt; &amp; co',
      blocks: [
        { text: { text: '*&lt;!channel&gt; &amp; co*' } },
        { text: { text: '<!channel> & co' }, url: 'https://example.com/?a&b' },
      ],
    })
  })

  it.each([
    [{ text: '{{ pusher.email }}' }, { email: ' ' }, 'the text is empty after rendering'],
    [
      { text: '{{ pusher.nickname }}' },
      { nickname: 'a'.repeat(40_001) },
      'the text is longer than 40000 characters after rendering',
    ],
  ])('%j is given up if a value makes it useless', async (given, pusher, reason) => {
    const on = await stage()
    expect(await on.send({ ...toChannel, data: given, pusher })).toEqual({ giveUp: reason })
    expect(on.provider.requests).toEqual([])
  })

  it.each([
    [{ text: 'a'.repeat(40_001) }, 'text: must be at most 40000 characters'],
    [{ blocks: Array.from({ length: 51 }, () => ({ type: 'divider' })) }, 'blocks: must be at most 50'],
    [{ blocks: [{ type: 'section', text: { text: '{{ pusher' } }] }, 'blocks.0.text.text: is not a valid template'],
    [{}, 'text or blocks is required'],
    [{ text: 'a', channel: 'C1' }, 'there is no field "channel"'],
  ])('%# is refused when it is pushed', async (given, sentence) => {
    const { issues = [] } = await sendslack.data!['~standard'].validate(given)
    expect(describeIssues(issues)).toContain(sentence)
  })
})

it('shows neither the token nor a webhook to anybody', async () => {
  for (const [status, body] of [
    [200, { ok: false, error: SECRET }],
    [403, `/services/T0/B0/XyzSecret ${SECRET}`],
    [500, SECRET],
  ] as const) {
    const on = await stage({ usual: { status, body } })
    for (const addresses of [webhook(on), toChannel.addresses]) {
      const shown = shownOf(on, await on.send({ data, addresses }))
      expect(shown).not.toMatch(/very-secret|XyzSecret|C0123456789/)
    }
  }
})

it.each([
  [{ SLACK_BASE_URL: 'slack.com' }, 'SLACK_BASE_URL: must be an http or https address'],
  [{ SLACK_CHANNEL_RATE: 'fast' }, 'SLACK_CHANNEL_RATE: must be a number per second'],
])('does not start with %j', async (env, sentence) => {
  const error = await sendslack.create(env, exampleContext()).catch((thrown: Error) => thrown.message)
  expect(error).toContain(`Sender sendslack cannot start: ${sentence}`)
})
