import { type Outcome, RetryableError, type Sender, shortToken } from '@carillon/contract'
import {
  createSender,
  exampleAddress,
  examplePush,
  exerciseSender,
  fakeProvider,
  outcomeKind,
  pushFor,
  waitFor,
} from '@carillon/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import * as z from 'zod'

describe('waitFor', () => {
  it('answers what the condition answers, once it is true', async () => {
    const answers = [0, '', 'yes']
    expect(await waitFor(() => answers.shift())).toBe('yes')
  })

  it('asks again after an error', async () => {
    let calls = 0
    const condition = async () => {
      if (++calls < 3) throw new Error('not yet')
      return calls
    }
    expect(await waitFor(condition)).toBe(3)
  })

  it('says what it awaited, and why it did not come', async () => {
    const condition = () => {
      throw new Error('no route')
    }
    const waiting = waitFor(condition, { timeout: 20, what: 'the third mail' })
    await expect(waiting).rejects.toThrow('Waited 20 ms in vain for: the third mail')
    await expect(waiting).rejects.toMatchObject({ cause: { message: 'no route' } })
    const mails: string[] = []
    await expect(waitFor(() => mails.length > 2, { timeout: 1 })).rejects.toThrow('mails.length > 2')
  })
})

describe('fakeProvider', () => {
  let provider: Awaited<ReturnType<typeof fakeProvider>>
  afterEach(() => provider.close())

  it('records requests and gives the usual answer', async () => {
    provider = await fakeProvider({ status: 201, body: { id: 7 } })
    const response = await fetch(`${provider.url}/a%2Fb?q=1`, {
      method: 'POST',
      body: 'hello',
      headers: { 'x-test': 'yes' },
    })
    expect([response.status, await response.json()]).toEqual([201, { id: 7 }])
    const recorded = { method: 'POST', path: '/a%2Fb?q=1', body: 'hello', hungUp: false }
    expect(provider.requests).toMatchObject([{ ...recorded, headers: { 'x-test': 'yes' } }])
  })

  it('gives each scripted answer once, in order', async () => {
    provider = await fakeProvider()
    provider.answer({ status: 503, headers: { 'retry-after': '3' }, body: 'busy' }, { status: 410 })
    const first = await fetch(provider.url)
    expect([first.status, first.headers.get('retry-after'), await first.text()]).toEqual([503, '3', 'busy'])
    expect((await fetch(provider.url)).status).toBe(410)
    expect((await fetch(provider.url)).status).toBe(200)
  })

  it('breaks off in the middle of an answer', async () => {
    provider = await fakeProvider()
    provider.answer({ body: 'x'.repeat(1000), fault: 'cut' })
    const response = await fetch(provider.url)
    await expect(response.text()).rejects.toThrow('terminated')
  })

  it('never answers when set to hang, and notices clients that disconnect', async () => {
    provider = await fakeProvider({ fault: 'hang' })
    const caller = new AbortController()
    const answer = fetch(provider.url, { signal: caller.signal }).catch((error: Error) => error.name)
    const request = await waitFor(() => provider.requests[0])
    expect(request?.hungUp).toBe(false)
    caller.abort()
    expect(await answer).toBe('AbortError')
    await waitFor(() => request?.hungUp)
  })
})

describe('examplePush', () => {
  it('derives data, raw and name from one another, as a worker does', () => {
    expect(examplePush({ raw: '{"a":1}' }).data).toEqual({ a: 1 })
    expect(examplePush({ data: { a: 1 } }).raw).toBe('{"a":1}')
    expect(examplePush({ raw: 'plain' }).data).toBe('plain')
    expect(examplePush({ pusher: { id: '李雷' }, raw: '你好' }).name).toBe('李雷_f835ecd13bec30af9ff0649f1f8931b6')
  })

  it('lets one field of the pusher be changed', () => {
    expect(examplePush({ pusher: { email: '' } }).pusher).toMatchObject({ id: 'lupino', email: '' })
  })
})

describe('pushFor', () => {
  const data = z.object({ text: z.string(), times: z.number().default(1) })

  it("has the output of the sender's schema as its data, which cannot be changed", async () => {
    const push = await pushFor({ name: 'chime', data }, { data: { text: 'Hello', other: 1 }, attempt: 2 })
    expect(push).toMatchObject({ raw: '{"text":"Hello","other":1}', attempt: 2 })
    expect(push.data).toEqual({ text: 'Hello', times: 1 })
    expect(push.data).toSatisfy(Object.isFrozen)
  })

  it('says what the schema refuses', async () => {
    const sentence = 'data is invalid for chime: text: '
    await expect(pushFor({ name: 'chime', data }, { data: {} })).rejects.toThrow(sentence)
  })

  it('is an example push for a sender without a schema', async () => {
    expect((await pushFor({ name: 'chime' }, { raw: 'plain' })).data).toBe('plain')
  })
})

describe('createSender', () => {
  it('says what is missing', async () => {
    const definition = { name: 'x', create: async () => ({ missing: 'Set X_TOKEN' }) }
    await expect(createSender(definition)).rejects.toThrow('Sender x is not configured: Set X_TOKEN')
  })

  it('takes a plain sender as it is', async () => {
    const bell: Sender = { name: 'bell', send: async () => {} }
    expect(await createSender(bell)).toBe(bell)
  })
})

describe('outcomeKind', () => {
  function sentTo(address: string) {
    return { kind: 'fcm' as const, address, outcome: 'sent' as const }
  }

  it.each([
    [undefined, 'done'],
    [0, 'done'],
    [0.5, 'later'],
    [{ later: 60 }, 'later'],
    [{ later: 0 }, 'done'],
    [{ giveUp: 'no address' }, 'giveUp'],
    [{ done: true as const, messageId: 'SM1' }, 'done'],
    [{ done: true as const, messageId: undefined }, 'done'],
    [{ later: 60, progress: { page: 2 }, ifLast: { done: true as const } }, 'later'],
    [new RetryableError('busy', { progress: 1, ifLast: { giveUp: 'no' }, addresses: [sentTo('…a1B2c3')] }), 'failed'],
  ])('%j is %s', (outcome, kind) => expect(outcomeKind(outcome)).toBe(kind))

  it.each([
    -1,
    NaN,
    Infinity,
    null,
    'done',
    {},
    { giveUp: '' },
    { later: '60' },
    true,
    { done: false },
    { done: true, messageId: 5 },
    { later: 60, progress: 'x'.repeat(8191) },
    { later: 60, ifLast: { later: 5 } },
    { done: true, addresses: [sentTo('a-whole-token')] },
    { done: true, addresses: [{ ...sentTo('…a1B2c3'), outcome: 'lost' }] },
    new RetryableError('busy', { ifLast: 5 }),
  ])('%j is no outcome', (answer) => {
    expect(() => outcomeKind(answer as Outcome)).toThrow(/^Not a/)
  })
})

describe('exerciseSender', () => {
  const inMemory: Sender = {
    name: 'memory',
    send: async ({ pusher }) => (pusher.email ? undefined : { giveUp: 'no address' }),
    sendBatch: (pushes) => Promise.all(pushes.map(inMemory.send)),
    maxBatch: 2,
  }
  exerciseSender(() => inMemory, { push: { data: 'hello' }, refused: { pusher: { email: '' } } })
})

describe('exerciseSender, of a sender that sends to addresses', () => {
  let calls = 0
  /** Calls the addresses that its progress does not name, and fails for now at those called `busy…`. */
  const toAddresses: Sender = {
    name: 'memory',
    addressKinds: ['fcm'],
    async send({ addresses, progress }) {
      if (addresses.length === 0) return { giveUp: 'no address', noAddress: true }
      const finished = new Set(progress as string[] | undefined)
      const results = addresses
        .filter(({ id }) => !finished.has(id))
        .map(({ id, kind, token }) => {
          calls++
          const isBusy = token.startsWith('busy')
          if (!isBusy) finished.add(id)
          return { kind, address: shortToken(token), outcome: isBusy ? ('failed' as const) : ('sent' as const) }
        })
      if (finished.size === addresses.length) return { done: true, addresses: results }
      throw new RetryableError('busy', { progress: [...finished], addresses: results, ifLast: { done: true } })
    },
  }
  const busy = exampleAddress({ id: '2', token: 'busy-token-of-an-app' })
  exerciseSender(() => createSender(toAddresses), {
    push: { addresses: [exampleAddress()] },
    partly: {
      push: { addresses: [exampleAddress(), busy] },
      create: () => toAddresses,
      calls: () => calls,
    },
  })
})
