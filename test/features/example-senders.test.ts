import { readFile } from 'node:fs/promises'
import { RetryableError, type PushApi, type Sender } from '@carillon/contract'
import {
  createSender,
  exampleContext,
  exampleAddress,
  examplePush,
  exerciseSender,
  fakeProvider,
  pushFor,
  type FakeProvider,
} from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import chat from '../../examples/senders/chat.ts'
import remind from '../../examples/senders/remind.ts'

const contract = import.meta.resolve('@carillon/contract')

describe('the senders in docs/senders/writing.md', () => {
  let house: FakeProvider
  beforeEach(async () => void (house = await fakeProvider()))
  afterEach(() => house.close())

  /** The blocks of code: one prints, one calls a provider, one does so in several steps, one sends to addresses. */
  async function senderOf(block: number): Promise<Sender> {
    const docs = await readFile(new URL('../../docs/senders/writing.md', import.meta.url), 'utf8')
    const code = [...docs.matchAll(/```js\n(.*?)```/gs)][block]?.[1] ?? ''
    const runnable = code.replace(/http:\/\/\w+\.local/, house.url).replace('@carillon/contract', contract)
    const bell = await import(`data:text/javascript,${encodeURIComponent(runnable)}`)
    return bell.default
  }
  const create = () => senderOf(1)

  exerciseSender(create, { push: { raw: 'ding' } })

  it('prints', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    onTestFinished(() => log.mockRestore())
    const bell = await senderOf(0)
    expect(await bell.send(examplePush({ raw: 'ding' }))).toBeUndefined()
    expect(log).toHaveBeenCalledWith('lupino: ding')
  })

  it('goes on where the attempt before failed', async () => {
    house.answer({}, { status: 500 })
    const tower = await senderOf(2)
    const error: unknown = await tower.send(examplePush({ raw: 'ding' })).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ message: 'the tower answered 500', progress: { rung: 1 }, ifLast: { done: true } })
    await tower.send(examplePush({ raw: 'ding', progress: { rung: 1 } }))
    expect(house.requests.map(({ path }) => path)).toEqual(['/small', '/middle', '/middle', '/great'])
  })

  describe('to addresses', () => {
    let closed: FakeProvider
    beforeEach(async () => void (closed = await fakeProvider({ status: 503 })))
    afterEach(() => closed.close())

    const team = () => senderOf(3)
    const discord = (id: string, room: () => FakeProvider) => ({
      ...exampleAddress({ id, kind: 'discord' }),
      get token() {
        return `${room().url}/webhooks/a-secret-of-channel-${id}`
      },
    })
    const open = discord('1', () => house)
    exerciseSender(team, {
      push: { raw: 'ding', addresses: [open] },
      partly: {
        push: { raw: 'ding', addresses: [open, discord('2', () => closed)] },
        create: team,
        calls: () => house.requests.length + closed.requests.length,
      },
    })
  })

  it('rings, and fails when the bell is broken', async () => {
    house.answer({}, { status: 500 })
    const bell = await create()
    await bell.send(examplePush({ raw: 'ding' }))
    expect(house.requests).toMatchObject([{ method: 'POST', path: '/ring', body: 'ding' }])
    await expect(bell.send(examplePush({ raw: 'ding' }))).rejects.toThrow('the bell answered 500')
  })
})

describe('examples/senders/chat.ts', () => {
  let room: FakeProvider
  beforeEach(async () => void (room = await fakeProvider({ body: 'ok' })))
  afterEach(() => room.close())

  const create = () => createSender(chat, { CHAT_WEBHOOK_URL: `${room.url}/services/T0/B0` })
  const push = { data: { text: 'The build is green' } }

  exerciseSender(create, { push, nonsense: ['text', {}, { text: '' }] })

  it('posts who and what', async () => {
    const sender = await create()
    expect(await sender.send(await pushFor(sender, push))).toBeUndefined()
    expect(room.requests).toMatchObject([
      { method: 'POST', path: '/services/T0/B0', body: '{"text":"Lupino: The build is green"}' },
    ])
  })

  it('gives up when the room is gone, and comes again when the room says so', async () => {
    room.answer({ status: 410 }, { status: 429, headers: { 'retry-after': '30' } }, { status: 500 })
    const sender = await create()
    expect(await sender.send(await pushFor(sender, push))).toEqual({ giveUp: 'the chat room is gone' })
    await expect(sender.send(await pushFor(sender, push))).rejects.toMatchObject({ name: 'RetryableError', after: 30 })
    await expect(sender.send(await pushFor(sender, push))).rejects.toBeInstanceOf(RetryableError)
  })

  it('says what to set', async () => {
    expect(await chat.create({}, exampleContext())).toEqual({ missing: expect.stringContaining('CHAT_WEBHOOK_URL') })
    await expect(createSender(chat, { CHAT_WEBHOOK_URL: 'room' })).rejects.toThrow('CHAT_WEBHOOK_URL: must be a URL')
  })
})

describe('examples/senders/remind.ts', () => {
  const ring = vi.fn<PushApi['push']>(async () => 'lupino_name')
  const api = () => ({ ...exampleContext().api(1), push: ring })
  const create = () => createSender(remind, { REMIND_THROUGH: 'sendmail' }, { api })
  const data = { text: 'Take your pills', done: 'took-pills' }
  const noon = Date.UTC(2026, 0, 15, 12)

  beforeEach(() => void ring.mockClear())
  afterEach(() => void vi.useRealTimers())

  exerciseSender(create, { push: { data }, nonsense: ['text', {}, { text: 'x' }, { ...data, every: 5 }] })

  it('rings by day, again and again', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: noon })
    const sender = await create()
    expect(await sender.send(await pushFor(sender, { data }))).toBe(3600)
    expect(await sender.send(await pushFor(sender, { data: { ...data, every: 600 }, attempt: 2 }))).toBe(600)
    expect(ring).toHaveBeenCalledTimes(2)
    expect(ring).toHaveBeenCalledWith('sendmail', 'lupino', '{"text":"Take your pills"}')
  })

  it('is done once the pusher carries the tag', async () => {
    const sender = await create()
    expect(await sender.send(await pushFor(sender, { data, pusher: { tags: ['took-pills'] } }))).toBeUndefined()
    expect(ring).not.toHaveBeenCalled()
  })

  it.each([
    ['Europe/Berlin', 12, 0, 3600],
    ['Asia/Shanghai', 13, 59, 3600],
    ['Asia/Shanghai', 14, 0, { later: 10 * 3600, reason: 'it is night there' }],
    ['Asia/Kolkata', 18, 30, { later: 8 * 3600, reason: 'it is night there' }],
    ['', 7, 59, { later: 60, reason: 'it is night there' }],
    ['', 8, 0, 3600],
  ])('keeps to the clock of %s at %i:%i UTC', async (timezone, hour, minute, outcome) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 15, hour, minute) })
    const sender = await create()
    expect(await sender.send(await pushFor(sender, { data, pusher: { timezone } }))).toEqual(outcome)
    expect(ring).toHaveBeenCalledTimes(outcome === 3600 ? 1 : 0)
  })

  it('fails, and so is tried again, when it cannot ring', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: noon })
    ring.mockRejectedValueOnce(new Error('not such pusher lupino'))
    const sender = await create()
    await expect(sender.send(await pushFor(sender, { data }))).rejects.toThrow('not such pusher lupino')
  })
})
