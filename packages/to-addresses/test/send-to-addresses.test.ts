import {
  type Address,
  type AddressBook,
  type AddressPacer,
  MOST_PROGRESS,
  type Outcome,
  type Push,
  RetryableError,
} from '@carillon/contract'
import { exampleAddress, examplePush } from '@carillon/testkit'
import { expect, it, vi } from 'vitest'
import { type CallResult, sendToAddresses } from '../index.ts'

const kinds = ['fcm'] as const

const address = (id: string, fields: Partial<Address> = {}) =>
  exampleAddress({ id, token: `token-of-phone-${id}`, seenAt: 1000, ...fields })

function fakeBook() {
  const calls: unknown[][] = []
  const book: AddressBook = {
    remove: async (...call) => void calls.push(['remove', ...call]),
    disable: async (...call) => void calls.push(['disable', ...call]),
    change: async (...call) => void calls.push(['change', ...call]),
  }
  return { book, calls }
}

/** Answers each address's calls in order, the last one again and again. */
function provider(answers: Record<string, CallResult[]>) {
  const calls: string[] = []
  return {
    calls,
    call: async ({ id }: Address): Promise<CallResult> => {
      calls.push(id)
      const [next, ...rest] = answers[id]!
      if (rest.length > 0) answers[id] = rest
      return next!
    },
  }
}

const pushTo = (addresses: Address[], fields: Partial<Push> = {}) => examplePush({ addresses, ...fields })

async function failure(outcome: Promise<Outcome>): Promise<RetryableError> {
  const error: unknown = await outcome.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(RetryableError)
  return error as RetryableError
}

/** As the database hands it on. */
const stored = (progress: unknown): unknown => JSON.parse(JSON.stringify(progress))

it('is sent when each address took it, with the first message id', async () => {
  const { call } = provider({ a: [{ sent: true, messageId: 'm1' }], b: [{ sent: true }] })
  expect(await sendToAddresses(pushTo([address('a'), address('b')]), { kinds, book: undefined, call })).toEqual({
    done: true,
    messageId: 'm1',
    addresses: [
      { kind: 'fcm', address: '…ne-a', outcome: 'sent', messageId: 'm1' },
      { kind: 'fcm', address: '…ne-b', outcome: 'sent' },
    ],
  })
})

it('gives up a push without addresses', async () => {
  const given = await sendToAddresses(pushTo([]), { kinds, book: undefined, call: provider({}).call })
  expect(given).toEqual({
    giveUp: expect.stringMatching(/^no enabled fcm address .*disabled/) as string,
    noAddress: true,
  })
})

it('says the same of all pushers, so that dead pushes can be grouped by their reason', async () => {
  const reasonOf = async (token: string, reason: string) => {
    const { call } = provider({ a: [{ giveUp: reason }] })
    return sendToAddresses(pushTo([address('a', { kind: 'telegram', token })]), { kinds, book: undefined, call })
  }
  const said = await Promise.all([reasonOf('7001001', 'too large'), reasonOf('7002002', 'too large')])
  expect(said).toMatchObject([{ giveUp: 'telegram: too large' }, { giveUp: 'telegram: too large' }])
  expect(await reasonOf('7001001', 'Telegram answered 400.')).toMatchObject({ giveUp: 'Telegram answered 400' })
})

it('removes, disables and gives up, and is dead with all reasons when none took it', async () => {
  const { book, calls } = fakeBook()
  const { call } = provider({ a: [{ remove: 'gone' }], b: [{ disable: 'bad' }], c: [{ giveUp: 'too large' }] })
  const outcome = await sendToAddresses(pushTo([address('a'), address('b'), address('c')]), { kinds, book, call })
  expect(outcome).toMatchObject({
    giveUp: expect.stringMatching(/gone, so the address was removed; .*bad; .*too large/) as string,
    addresses: [
      { outcome: 'removed', reason: 'gone, so the address was removed' },
      { outcome: 'disabled', reason: 'bad' },
      { outcome: 'gaveUp', reason: 'too large' },
    ],
  })
  expect(outcome).not.toHaveProperty('noAddress')
  expect(calls).toEqual([
    ['remove', 1, 'a', undefined],
    ['disable', 1, 'b', 'bad'],
  ])
})

it('is sent although others are gone', async () => {
  const { call } = provider({ a: [{ remove: 'gone' }], b: [{ sent: true }] })
  const outcome = await sendToAddresses(pushTo([address('a'), address('b')]), { kinds, book: undefined, call })
  expect(outcome).toMatchObject({ done: true })
})

it('keeps an address that was registered after its provider lost it', async () => {
  const { book, calls } = fakeBook()
  const result = { remove: 'gone', unlessSeenSince: 2000 }
  const { call } = provider({ a: [result], b: [result] })
  const push = pushTo([address('a', { seenAt: 2001 }), address('b', { seenAt: 1999 })])
  expect(await sendToAddresses(push, { kinds, book, call })).toMatchObject({
    addresses: [
      { outcome: 'gaveUp', reason: expect.stringContaining('registered again') as string },
      { outcome: 'removed' },
    ],
  })
  expect(calls).toContainEqual(['remove', 1, 'b', 2000])
})

it('tries only the failed address again, and is sent in the end', async () => {
  const { call, calls } = provider({
    good: [{ sent: true, messageId: 'm1' }],
    gone: [{ remove: '410' }],
    bad: [
      { retry: '503', sent: 'no' },
      { retry: '503', sent: 'no' },
      { sent: true, messageId: 'm2' },
    ],
  })
  const addresses = [address('good'), address('gone'), address('bad')]
  const first = await failure(sendToAddresses(pushTo(addresses), { kinds, book: undefined, call }))
  expect(first).toMatchObject({
    message: 'fcm: 503',
    sent: 'no',
    after: undefined,
    ifLast: { done: true, messageId: 'm1' },
    addresses: [{ outcome: 'sent' }, { outcome: 'removed' }, { outcome: 'failed', reason: '503' }],
  })
  const left = [address('good'), address('bad'), address('new')]
  const second = await failure(
    sendToAddresses(pushTo(left, { progress: stored(first.progress) }), { kinds, book: undefined, call }),
  )
  expect(second.addresses).toMatchObject([{ outcome: 'failed' }])
  const third = await sendToAddresses(pushTo(left, { progress: stored(second.progress) }), {
    kinds,
    book: undefined,
    call,
  })
  expect(third).toMatchObject({ done: true, messageId: 'm1', addresses: [{ outcome: 'sent', messageId: 'm2' }] })
  expect(calls.toSorted()).toEqual(['bad', 'bad', 'bad', 'gone', 'good'])
})

it('has no outcome of its own for the last attempt while no address took it', async () => {
  const { call } = provider({ a: [{ retry: '503' }], b: [{ remove: 'gone' }] })
  const error = await failure(sendToAddresses(pushTo([address('a'), address('b')]), { kinds, book: undefined, call }))
  expect(error.ifLast).toBeUndefined()
})

it('counts a call that throws as failed, and says that the message may be out if one does', async () => {
  const { call } = provider({ b: [{ retry: 'cut off', sent: 'maybe', needsOperator: true, outage: 'ECONNRESET' }] })
  const calls = {
    kinds,
    book: undefined,
    call: async (to: Address) => (to.id === 'a' ? Promise.reject(new Error('oh')) : call(to)),
  }
  const error = await failure(sendToAddresses(pushTo([address('a'), address('b')]), calls))
  expect(error).toMatchObject({
    message: 'fcm: oh; fcm: cut off',
    sent: 'maybe',
    needsOperator: true,
    outage: 'ECONNRESET',
  })
})

it('does not call an address before its Retry-After is over, and calls the others', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  try {
    const { call, calls } = provider({
      slow: [{ retry: '429', after: 60 }, { sent: true }],
      quick: [{ retry: '503' }, { sent: true }],
    })
    const addresses = [address('slow'), address('quick')]
    const first = await failure(sendToAddresses(pushTo(addresses), { kinds, book: undefined, call }))
    expect(first.after).toBeUndefined()
    vi.setSystemTime(Date.now() + 20_000)
    const progress = stored(first.progress)
    const second = await sendToAddresses(pushTo(addresses, { progress }), { kinds, book: undefined, call })
    expect(second).toMatchObject({
      later: 40,
      reason: 'fcm: 503',
      ifLast: { done: true },
      addresses: [{ outcome: 'sent' }],
    })
    expect(calls).toEqual(['slow', 'quick', 'quick'])
    vi.setSystemTime(Date.now() + 40_000)
    const last = stored((second as { progress: unknown }).progress)
    expect(
      await sendToAddresses(pushTo(addresses, { progress: last }), { kinds, book: undefined, call }),
    ).toMatchObject({
      done: true,
    })
  } finally {
    vi.useRealTimers()
  }
})

it('lets the failed attempt return when the first Retry-After is over', async () => {
  const { call } = provider({ a: [{ retry: '429', after: 60 }], b: [{ retry: '429', after: 30 }] })
  const error = await failure(sendToAddresses(pushTo([address('a'), address('b')]), { kinds, book: undefined, call }))
  expect(error.after).toBeGreaterThan(29)
  expect(error.after).toBeLessThanOrEqual(30.01)
})

it('rests a failed address when the push returns sooner for another one', async () => {
  const { call } = provider({ a: [{ retry: '503' }], b: [{ wait: '429', seconds: 1 }] })
  const error = await failure(sendToAddresses(pushTo([address('a'), address('b')]), { kinds, book: undefined, call }))
  expect(error.after).toBeLessThanOrEqual(1)
  expect(error.progress).toMatchObject({
    open: { a: { at: expect.toSatisfy((at: number) => at > Date.now() + 5000) as number } },
  })
})

it('waits without a failed attempt where the provider asks for it, and holds the address for all', async () => {
  const held: unknown[][] = []
  const pacer: AddressPacer = {
    reserve: async () => 0,
    hold: async (...hold) => void held.push(hold),
  }
  const { call } = provider({ a: [{ wait: 'HTTP 429', seconds: 7 }] })
  const options = { kinds, book: undefined, pacer, every: () => 1000, call }
  expect(await sendToAddresses(pushTo([address('a')]), options)).toMatchObject({
    later: expect.closeTo(7, 0) as number,
    reason: 'HTTP 429',
    addresses: [{ outcome: 'waits', reason: 'HTTP 429' }],
  })
  expect(held).toEqual([['fcm token-of-phone-a', 7000]])
})

it('waits for the moment that the pacer reserved, calls the others, and hands the moment back', async () => {
  const asked: unknown[][] = []
  const moment = Date.now() - 1
  const pacer: AddressPacer = {
    async reserve(...ask) {
      asked.push(ask)
      return ask[0].endsWith('b') || ask[2] !== undefined ? 0 : moment
    },
    hold: async () => {},
  }
  const { call, calls } = provider({ a: [{ sent: true }], b: [{ sent: true }] })
  const addresses = [address('a'), address('b')]
  const options = { kinds, book: undefined, pacer, every: () => 500, call }
  const first = await sendToAddresses(pushTo(addresses), options)
  expect(first).toMatchObject({
    later: 0.001,
    uncounted: false,
    addresses: [{ outcome: 'waits' }, { outcome: 'sent' }],
  })
  const progress = stored((first as { progress: unknown }).progress)
  expect(await sendToAddresses(pushTo(addresses, { progress }), options)).toMatchObject({ done: true })
  expect(calls).toEqual(['b', 'a'])
  expect(asked.at(-1)).toEqual(['fcm token-of-phone-a', 500, moment])
})

it('does not count as an attempt to send while all addresses wait for their moment', async () => {
  const pacer: AddressPacer = { reserve: async () => Date.now() + 60_000, hold: async () => {} }
  const { call } = provider({ a: [{ sent: true }] })
  const outcome = await sendToAddresses(pushTo([address('a')]), { kinds, book: undefined, pacer, every: () => 1, call })
  expect(outcome).toMatchObject({ uncounted: true, addresses: [{ outcome: 'waits' }] })
})

it('waits while rates cannot be counted', async () => {
  const pacer: AddressPacer = { reserve: () => Promise.reject(new Error('no Redis')), hold: async () => {} }
  const { call, calls } = provider({ a: [{ sent: true }] })
  const outcome = await sendToAddresses(pushTo([address('a')]), { kinds, book: undefined, pacer, every: () => 1, call })
  expect(outcome).toMatchObject({ later: expect.closeTo(5, 0) as number })
  expect(calls).toEqual([])
})

it('hands on what it did when its signal cuts it off', async () => {
  const stop = new AbortController()
  const call = async ({ id }: Address): Promise<CallResult> => {
    if (id === 'a') return { sent: true }
    stop.abort()
    return new Promise(() => {})
  }
  const push = pushTo([address('a'), address('b')], { signal: stop.signal })
  expect(await failure(sendToAddresses(push, { kinds, book: undefined, call }))).toMatchObject({
    sent: 'maybe',
    progress: { sent: 1, open: { b: { at: 0 } } },
    addresses: [{ outcome: 'sent' }, { outcome: 'failed' }],
  })
  await expect(sendToAddresses(push, { kinds, book: undefined, call })).rejects.toThrow('aborted')
})

it('ends when the last open address was removed meanwhile', async () => {
  const { call } = provider({ a: [{ retry: '503' }] })
  const { progress } = await failure(sendToAddresses(pushTo([address('a')]), { kinds, book: undefined, call }))
  expect(
    await sendToAddresses(pushTo([], { progress: stored(progress) }), { kinds, book: undefined, call }),
  ).toMatchObject({
    giveUp: expect.stringMatching(/^fcm: .*removed or disabled .*registered again/) as string,
  })
})

it('goes on when the address book fails', async () => {
  const { book } = fakeBook()
  const broken = { ...book, remove: () => Promise.reject(new Error('no database')) }
  const { call } = provider({ a: [{ remove: 'gone' }], b: [{ sent: true }] })
  const outcome = await sendToAddresses(pushTo([address('a'), address('b')]), { kinds, book: broken, call })
  expect(outcome).toMatchObject({ done: true })
})

it('hands on less than a worker stores, and never a whole token', async () => {
  const many = Array.from({ length: 60 }, (_, index) => address(String(10_000_000_000 + index)))
  const long = 'x'.repeat(1000)
  const call = async ({ id }: Address): Promise<CallResult> =>
    Number(id) % 3 === 0 ? { giveUp: `${id} ${long}` } : { retry: long, after: 1000 }
  const { progress, addresses } = await failure(sendToAddresses(pushTo(many), { kinds, book: undefined, call }))
  const text = JSON.stringify(progress)
  expect(Buffer.byteLength(text)).toBeLessThan(MOST_PROGRESS)
  expect(text + JSON.stringify(addresses)).not.toContain('token-of-phone')
})
