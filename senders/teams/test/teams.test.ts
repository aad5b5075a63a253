import { describeIssues, type OpenBreaker } from '@carillon/contract'
import { exampleAddress, exerciseSender } from '@carillon/testkit'
import { describe, expect, it } from 'vitest'
import { type ChatStage, chatStage, resultOf, shownOf } from '../../../packages/chat/test/stage.ts'
import sendteams from '../index.ts'

const data = { title: 'Hello {{ pusher.nickname }}', text: 'Your order is on its way.' }
const stage = (context = {}) => chatStage(sendteams, () => ({}), { usual: { status: 202, body: '' }, ...context })
const workflow = ({ provider }: ChatStage) => [
  exampleAddress({
    kind: 'teams',
    token: `${provider.url}/workflows/0a1b/triggers/manual/paths/invoke?api-version=1&sig=XyzSecret`,
  }),
]

describe('sendteams', () => {
  let on: ChatStage
  exerciseSender(
    async () => {
      on = await stage()
      return {
        ...on.sender,
        send: (push) => on.sender.send({ ...push, addresses: push.addresses.length > 0 ? workflow(on) : [] }),
      }
    },
    {
      push: { data, addresses: [exampleAddress({ kind: 'teams', token: 'of the stage' })] },
      nonsense: ['text', {}, { url: 'https://example.com' }, { title: 'a', card: {} }, { facts: [1] }],
      refused: { data, addresses: [] },
    },
  )
})

const cardIn = (body: unknown) => (body as { attachments: { content: unknown }[] }).attachments[0]!.content

it('makes an Adaptive Card of title, text, facts and url', async () => {
  const on = await stage()
  const facts = [{ title: 'For', value: '{{ pusher.nickname }}' }]
  const whole = { ...data, facts, url: 'https://example.com/{{ pusher.id }}' }
  expect(resultOf(await on.send({ data: whole, addresses: workflow(on) }))).toEqual({ outcome: 'sent' })
  expect(on.body()).toMatchObject({
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null }],
  })
  expect(cardIn(on.body())).toEqual({
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.5',
    body: [
      { type: 'TextBlock', text: 'Hello Lupino', size: 'Large', weight: 'Bolder', wrap: true },
      { type: 'TextBlock', text: 'Your order is on its way.', wrap: true },
      { type: 'FactSet', facts: [{ title: 'For', value: 'Lupino' }] },
    ],
    actions: [{ type: 'Action.OpenUrl', title: 'Open', url: 'https://example.com/lupino' }],
  })
  expect(on.provider.requests[0]).toMatchObject({ method: 'POST', path: expect.stringContaining('sig=XyzSecret') })
})

it("sends a card of the caller's own, with its texts rendered", async () => {
  const on = await stage()
  const card = {
    type: 'AdaptiveCard',
    version: '1.4',
    body: [{ type: 'TextBlock', text: '{{ pusher.id }}', wrap: true }],
  }
  await on.send({ data: { card }, addresses: workflow(on) })
  expect(cardIn(on.body())).toEqual({ ...card, body: [{ type: 'TextBlock', text: 'lupino', wrap: true }] })
})

describe('an answer', () => {
  const error = (code: string) => ({ error: { code, message: 'The workflow 0a1b …' } })

  it.each([
    [200, '', 'sent', {}],
    [404, error('WorkflowNotFound'), 'disabled', { reason: 'Teams answered 404: WorkflowNotFound' }],
    [
      401,
      error('DirectApiAuthorizationRequired'),
      'disabled',
      { reason: 'Teams answered 401: DirectApiAuthorizationRequired' },
    ],
    [410, '', 'disabled', { reason: 'Teams answered 410' }],
    [400, error('TriggerInputSchemaMismatch'), 'gaveUp', { reason: 'Teams answered 400: TriggerInputSchemaMismatch' }],
    [413, '', 'gaveUp', { reason: 'Teams answered 413' }],
    [503, '', 'failed', { reason: 'Teams answered 503', sent: 'no', outage: 'HTTP 503' }],
  ])('%i %j: %s', async (status, body, outcome, more) => {
    const on = await stage({ usual: { status, body } })
    expect(resultOf(await on.send({ data, addresses: workflow(on) }))).toEqual({ outcome, ...more })
  })

  it('429 asks for a pause', async () => {
    const on = await stage({ usual: { status: 429, headers: { 'retry-after': '9' }, body: error('TooManyRequests') } })
    const result = resultOf(await on.send({ data, addresses: workflow(on) }))
    expect(result).toMatchObject({ outcome: 'waits', reason: 'Teams answered 429: TooManyRequests' })
    expect(Math.ceil(Number(result['later']))).toBe(9)
  })
})

it('holds up no workflow because the host of others is out of order, and shows that host to operators', async () => {
  const breakers: (() => OpenBreaker | null)[] = []
  const watchBreaker = (read: () => OpenBreaker | null) => (breakers.push(read), () => {})
  const [on, other] = [await stage({ usual: { status: 503 }, watchBreaker }), await stage()]
  for (let time = 0; time < 5; time++) await on.send({ data, addresses: workflow(on) })
  expect(resultOf(await on.send({ data, addresses: workflow(on) }))).toMatchObject({ outcome: 'waits' })
  expect(resultOf(await on.send({ data, addresses: workflow(other) }))).toEqual({ outcome: 'sent' })
  expect(breakers.flatMap((read) => read()?.transport ?? [])).toEqual([`Teams at ${new URL(on.provider.url).host}`])
})

it('shows no webhook to anybody', async () => {
  for (const status of [400, 401, 404, 500]) {
    const on = await stage({ usual: { status, body: { error: { code: 'sig=XyzSecret', message: 'XyzSecret' } } } })
    expect(shownOf(on, await on.send({ data, addresses: workflow(on) }))).not.toContain('XyzSecret')
  }
})

describe('the message', () => {
  const large = 'ä'.repeat(14 * 1024)

  it.each([
    [{ title: '{{ pusher.email }}' }, 'the title and the text are empty after rendering'],
    [{ text: '{{ pusher.nickname }}' }, 'the card is larger than 28 KB after rendering'],
    [{ text: 'a', url: '{{ pusher.nickname }}' }, 'url does not render to an http or https address'],
    [{ card: { text: '{{ pusher.nickname }}' } }, 'the card is larger than 28 KB after rendering'],
  ])('%j is given up if a value makes it useless', async (given, giveUp) => {
    const on = await stage()
    expect(await on.send({ data: given, pusher: { email: '', nickname: large }, addresses: workflow(on) })).toEqual({
      giveUp,
    })
    expect(on.provider.requests).toEqual([])
  })

  it.each([
    [{ text: 'a'.repeat(28 * 1024 + 1) }, 'text: must be at most 28672 characters'],
    [{ card: { text: large } }, 'card: must be at most 28 KB'],
    [{ card: { body: [{ text: '{{ pusher' }] } }, 'card.body.0.text: is not a valid template'],
    [{ text: 'a', url: 'javascript:alert(1)' }, 'url: must be an http or https address'],
    [{ text: 'a', card: {} }, 'card is the whole message'],
    [{ facts: [{ title: 'a' }] }, 'facts.0.value: is required'],
    [{ url: 'https://example.com' }, 'title, text, facts or card is required'],
    [{ body: 'a' }, 'there is no field "body"'],
  ])('%# is refused when it is pushed', async (given, sentence) => {
    const { issues = [] } = await sendteams.data!['~standard'].validate(given)
    expect(describeIssues(issues)).toContain(sentence)
  })
})
