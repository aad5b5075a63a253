import { describeIssues } from '@carillon/contract'
import { exampleAddress, exerciseSender } from '@carillon/testkit'
import { describe, expect, it } from 'vitest'
import { type ChatStage, chatStage, resultOf, shownOf } from '../../../packages/chat/test/stage.ts'
import senddiscord from '../index.ts'

const data = { content: 'Hello {{ pusher.nickname }}' }
const executed = { status: 200, body: { id: '1203948120394812039', type: 0, content: 'Hello', channel_id: '1' } }
const stage = (context = {}) => chatStage(senddiscord, () => ({}), { usual: executed, ...context })
const webhook = ({ provider }: ChatStage, query = '') => [
  exampleAddress({ kind: 'discord', token: `${provider.url}/api/webhooks/1/XyzSecret${query}` }),
]

describe('senddiscord', () => {
  let on: ChatStage
  exerciseSender(
    async () => {
      on = await stage()
      return {
        ...on.sender,
        send: (push) => on.sender.send({ ...push, addresses: push.addresses.length > 0 ? webhook(on) : [] }),
      }
    },
    {
      push: { data, addresses: [exampleAddress({ kind: 'discord', token: 'of the stage' })] },
      nonsense: ['text', {}, { content: '' }, { embeds: [] }, { embeds: 'none' }],
      refused: { data, addresses: [] },
    },
  )
})

it('executes the webhook, waits for the id of the message, and notifies nobody', async () => {
  const on = await stage()
  const pusher = { nickname: '@everyone' }
  const addresses = webhook(on, '?thread_id=7')
  expect(resultOf(await on.send({ data, pusher, addresses }))).toEqual({
    outcome: 'sent',
    messageId: '1203948120394812039',
  })
  expect(on.body()).toEqual({ content: 'Hello @everyone', allowed_mentions: { parse: [] } })
  expect(on.provider.requests[0]).toMatchObject({
    method: 'POST',
    path: '/api/webhooks/1/XyzSecret?thread_id=7&wait=true',
  })
})

it('renders every text, and passes on what Discord defines', async () => {
  const on = await stage()
  const embeds = [
    { title: '{{ pusher.nickname }}', color: 5, fields: [{ name: 'id', value: '{{ pusher.id }}', inline: true }] },
  ]
  const whole = {
    embeds,
    username: 'Bells of {{ pusher.nickname }}',
    avatar_url: 'https://example.com/{{ pusher.id }}.png',
    allowed_mentions: { parse: ['users'] },
  }
  await on.send({ data: whole, addresses: webhook(on) })
  expect(on.body()).toEqual({
    embeds: [{ title: 'Lupino', color: 5, fields: [{ name: 'id', value: 'lupino', inline: true }] }],
    username: 'Bells of Lupino',
    avatar_url: 'https://example.com/lupino.png',
    allowed_mentions: { parse: ['users'] },
  })
})

describe('an answer', () => {
  it.each([
    [404, { message: 'Unknown Webhook', code: 10015 }, 'disabled', 'code 10015', {}],
    [400, { message: 'Unknown Webhook', code: 10015 }, 'disabled', 'code 10015', {}],
    [404, '', 'disabled', '', {}],
    [401, { message: 'Invalid Webhook Token', code: 50027 }, 'disabled', 'code 50027', {}],
    [403, { message: 'Missing Access', code: 50001 }, 'disabled', 'code 50001', {}],
    [400, { message: 'Invalid Form Body', code: 50035, errors: {} }, 'gaveUp', 'code 50035', {}],
    [500, { message: '500: Internal Server Error', code: 0 }, 'failed', 'code 0', { sent: 'no', outage: 'HTTP 500' }],
    [502, '<html>', 'failed', '', { sent: 'maybe', outage: 'HTTP 502' }],
  ])('%i %j: %s', async (status, body, outcome, said, more) => {
    const on = await stage({ usual: { status, body } })
    const reason = `Discord answered ${status}${said && `: ${said}`}`
    expect(resultOf(await on.send({ data, addresses: webhook(on) }))).toEqual({ outcome, reason, ...more })
    expect(on.book).toEqual(outcome === 'disabled' ? [['disable', 1, '1', reason]] : [])
  })

  it.each([
    ['in its body', { message: 'You are being rate limited.', retry_after: 0.529, global: false }, {}, 1],
    ['in Retry-After, as Cloudflare does', 'error code: 1015', { 'retry-after': '600' }, 600],
  ])('429 asks for a pause %s', async (_, body, headers, seconds) => {
    const on = await stage({ usual: { status: 429, body, headers } })
    const result = resultOf(await on.send({ data, addresses: webhook(on) }))
    expect(result).toMatchObject({ outcome: 'waits' })
    expect(Math.ceil(Number(result['later']))).toBe(seconds)
  })

  it('204 means that it was sent', async () => {
    const on = await stage({ usual: { status: 204, body: '' } })
    expect(resultOf(await on.send({ data, addresses: webhook(on) }))).toEqual({ outcome: 'sent' })
  })
})

it('shows no webhook to anybody', async () => {
  for (const status of [400, 404, 500]) {
    const on = await stage({ usual: { status, body: { message: 'XyzSecret', code: 'XyzSecret' } } })
    expect(shownOf(on, await on.send({ data, addresses: webhook(on) }))).not.toContain('XyzSecret')
  }
})

describe('the message', () => {
  const long = (length: number) => 'a'.repeat(length)

  it.each([
    [{ content: '{{ pusher.email }}' }, 'the content is empty after rendering'],
    [{ content: '{{ pusher.nickname }}' }, 'the content is longer than 2000 characters after rendering'],
    [
      { embeds: [{ title: 'a', description: '{{ pusher.nickname }}' }, { footer: { text: long(3999) } }] },
      'the embeds have more than 6000 characters after rendering',
    ],
  ])('%# is given up if a value makes it useless', async (given, giveUp) => {
    const on = await stage()
    const pusher = { email: '', nickname: long(2001) }
    expect(await on.send({ data: given, pusher, addresses: webhook(on) })).toEqual({ giveUp })
    expect(on.provider.requests).toEqual([])
  })

  it.each([
    [{ content: long(2001) }, 'content: must be at most 2000 characters'],
    [{ embeds: Array.from({ length: 11 }, () => ({ title: 'a' })) }, 'embeds: must be at most 10'],
    [{ content: 'a', username: long(81) }, 'username: must be at most 80 characters'],
    [{ content: '{{ pusher' }, 'content: is not a valid template'],
    [{ embeds: [{ title: '{{ pusher' }] }, 'embeds.0.title: is not a valid template'],
    [{ content: 'a', allowed_mentions: 'all' }, 'allowed_mentions: must be an object'],
    [{ contents: 'a' }, 'there is no field "contents"; did you mean content?'],
  ])('%# is refused when it is pushed', async (given, sentence) => {
    const { issues = [] } = await senddiscord.data!['~standard'].validate(given)
    expect(describeIssues(issues)).toContain(sentence)
  })
})
