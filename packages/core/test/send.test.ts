import { noTracer, type Push, RetryableError, type Sender } from '@carillon/contract'
import { silentLogger } from '@carillon/testkit'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Deadlines } from '../send/deadline.ts'
import { beginAttempt } from '../send/attempt.ts'
import { dataReader } from '../send/read-data.ts'
import { sendAttempts, type SendDeps } from '../send/send.ts'
import { Concurrency } from '../claim/concurrency.ts'
import { logObserver } from '../../telemetry/index.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const common: Omit<SendDeps, 'sender' | 'readData' | 'concurrency'> = {
  retryTimes: 3,
  onAmbiguous: 'retry',
  stop: new AbortController().signal,
  deadlines: new Deadlines(new AbortController().signal),
  log: silentLogger,
  observer: logObserver(silentLogger),
  tracer: noTracer,
}

/** Sends so many attempts, and tells how many calls have ended. */
function send(count: number, chime: Partial<Sender>, perCall = 1, more: Partial<SendDeps> = {}) {
  const sender: Sender = { name: 'chime', timeout: 5, send: async () => {}, ...chime }
  const concurrency = new Concurrency({ size: 10, perCall })
  const permit = concurrency.acquireNow(count)
  const begun = Math.ceil(count / perCall)
  const ended = () => begun - 10 + concurrency.room / perCall
  const attempts = Array.from({ length: count }, (_, n) => attempt(sender, n))
  const deps = { ...common, readData: dataReader(sender, async () => undefined), ...more, sender, concurrency }
  return { ended, results: sendAttempts(deps, attempts, permit) }
}

function attempt(sender: Sender, n: number) {
  const pusher = { id: `p${n}` } as Parameters<Sender['send']>[0]['pusher']
  const content = { id: `${n}`, row: `${n}`, app: 1, name: `n${n}`, raw: `{"n":${n}}`, pusher, refusal: undefined }
  const fresh = { attempt: 1, failures: 0, addresses: [], category: undefined, progress: {} }
  return beginAttempt({ ...common, sender }, { ...content, ...fresh }, null)
}

it('gives back the slot of each call as it ends', async () => {
  const holds = [0, 1, 2].map(() => Promise.withResolvers<void>())
  const { ended, results } = send(3, { send: ({ id }) => holds[Number(id)]!.promise })
  holds[1]!.resolve()
  expect(await results[1]).toEqual({ is: 'sent' })
  expect(ended()).toBe(1)
  for (const { resolve } of holds) resolve()
  await Promise.all(results)
  expect(ended()).toBe(3)
})

it('gives back a slot for each call of a sender with batches', async () => {
  const sizes: number[] = []
  const { ended, results } = send(5, { sendBatch: async ({ length }) => Array(length).fill(sizes.push(length)) }, 2)
  expect((await Promise.all(results)).map(({ is }) => is)).toEqual(Array(5).fill('later'))
  expect(sizes).toEqual([2, 2, 1])
  expect(ended()).toBe(3)
})

it.each([
  ['throws at once', { send: () => fail() }],
  ['fails', { send: async () => fail() }],
  ['has a schema that fails', { data: { '~standard': { version: 1, vendor: 'test', validate: () => fail() } } }],
  ['throws at once for many', { sendBatch: () => fail() }],
] satisfies [string, Partial<Sender>][])('tells of a sender that %s, and gives back its slot', async (_, chime) => {
  const { ended, results } = send(1, chime)
  expect(await results[0]).toMatchObject({ is: 'failed', reason: 'no line' })
  expect(ended()).toBe(1)
})

it('gives each push data of its own, parsed once, and a signal, also to a copy of it or what inherits from it', async () => {
  const seen: Push[] = []
  const { results } = send(2, {
    async send(push) {
      seen.push(push, { ...push }, Object.create(push), Object.freeze(push))
    },
  })
  await Promise.all(results)
  expect(seen.map(({ data }) => data)).toEqual([0, 0, 0, 0, 1, 1, 1, 1].map((n) => ({ n })))
  expect(seen.every(({ signal }) => signal instanceof AbortSignal && !signal.aborted)).toBe(true)
  expect(Object.keys(seen[0]!)).toEqual(expect.arrayContaining(['raw', 'data', 'signal']))
  const [first] = seen as [Push]
  expect(first.data).toBe(first.data)
})

it.each([
  ['one by one', 1],
  ['together', 2],
])('gives a sender what its schema returns, %s', async (_, perCall) => {
  const validate = (value: unknown) => ({ value: { twice: 2 * (value as { n: number }).n } })
  const seen: Pick<Push, 'data' | 'raw'>[] = []
  const see = async ({ data, raw }: Push) => void seen.push({ data, raw })
  const { results } = send(
    2,
    {
      data: { '~standard': { version: 1, vendor: 'test', validate } },
      send: see,
      ...(perCall > 1 && { sendBatch: (pushes) => Promise.all(pushes.map(see)) }),
    },
    perCall,
  )
  await Promise.all(results)
  expect(seen).toEqual([
    { data: { twice: 0 }, raw: '{"n":0}' },
    { data: { twice: 2 }, raw: '{"n":1}' },
  ])
})

function fail(): never {
  throw new Error('no line')
}

it('leaves behind those of several that do not end in time, and only those', async () => {
  const { results } = send(2, { send: ({ id }) => (id === '0' ? Promise.resolve() : new Promise(() => {})) })
  await vi.advanceTimersByTimeAsync(5000)
  expect(await Promise.all(results)).toMatchObject([
    { is: 'sent' },
    { is: 'failed', reason: 'The sender did not answer within 5 s.' },
  ])
})

it('leaves no timer behind', async () => {
  for (const chime of [{}, { sendBatch: async () => [undefined, undefined] }])
    await Promise.all(send(2, chime, 2).results)
  expect(vi.getTimerCount()).toBe(0)
})

it('says of a sender that it kept the process to itself', async () => {
  const lines: object[] = []
  const log = { ...silentLogger, warn: (fields: object) => void lines.push(fields) }
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const sender: Sender = {
    name: 'chime',
    async send({ id }) {
      if (id === '1') now += 1500
    },
  }
  const attempts = [attempt(sender, 0), attempt(sender, 1)]
  const concurrency = new Concurrency({ size: 10 })
  await Promise.all(
    sendAttempts({ ...common, sender, readData: undefined, concurrency, log }, attempts, concurrency.acquireNow(2)),
  )
  vi.restoreAllMocks()
  expect(lines).toEqual([{ sender: 'chime', seconds: 1.5 }])
})

it('answers each of several with its own result, where the data of one is invalid', async () => {
  const validate = (value: unknown) =>
    (value as { n: number }).n === 0 ? { issues: [{ message: 'is nought' }] } : { value }
  const { results } = send(
    3,
    {
      data: { '~standard': { version: 1, vendor: 'test', validate } },
      sendBatch: async (pushes) => pushes.map(({ id }) => ({ later: Number(id) })),
    },
    3,
  )
  expect(await Promise.all(results)).toMatchObject([
    { is: 'dead', reason: expect.stringContaining('data is invalid for chime') },
    { is: 'later', delay: 1 },
    { is: 'later', delay: 2 },
  ])
})

it('fails all of a batch whose sender answers for fewer', async () => {
  const { results } = send(2, { sendBatch: async () => [undefined] }, 2)
  const failure = { is: 'failed', reason: 'sendBatch returned 1 outcomes for 2 pushes.' }
  expect(await Promise.all(results)).toMatchObject([failure, failure])
})

it.each([
  ['giveup', 'dead'],
  ['retry', 'failed'],
] as const)('a sender that does not answer in time may have sent: with ON_AMBIGUOUS=%s it is %s', async (...args) => {
  const [onAmbiguous, is] = args
  const { results } = send(1, { send: () => new Promise(() => {}) }, 1, { onAmbiguous })
  await vi.advanceTimersByTimeAsync(5000)
  expect(await results[0]).toMatchObject({ is })
})

it('a schema that does not answer in time has sent nothing, so it is retried', async () => {
  const data = { '~standard': { version: 1, vendor: 'test', validate: () => new Promise<never>(() => {}) } } as const
  const { results } = send(1, { data }, 1, { onAmbiguous: 'giveup' })
  await vi.advanceTimersByTimeAsync(5000)
  expect(await results[0]).toMatchObject({ is: 'failed' })
})

it.each([
  ['retry', { is: 'returned' }],
  ['giveup', { is: 'dead', failed: true }],
] as const)(
  'returns what a worker that stops interrupts; with ON_AMBIGUOUS=%s it is %o',
  async (onAmbiguous, result) => {
    const stop = new AbortController()
    const deadlines = new Deadlines(stop.signal)
    const more = { onAmbiguous, stop: stop.signal, deadlines }
    const { results } = send(1, { send: () => new Promise(() => {}) }, 1, more)
    stop.abort(new Error('The worker is stopping.'))
    expect(await results[0]).toMatchObject(result)
  },
)

it('hands on what was done when a worker that stops interrupts it', async () => {
  const stop = new AbortController()
  const more = { stop: stop.signal, deadlines: new Deadlines(stop.signal) }
  const interrupted = ({ signal }: Push) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new RetryableError('cut off', { progress: { page: 2 } })))
    })
  const { results } = send(1, { send: interrupted }, 1, more)
  stop.abort(new Error('The worker is stopping.'))
  const progress = { value: '{"page":2}' }
  expect(await results[0]).toEqual({ is: 'later', delay: 0, reason: 'its worker stopped', progress })
})

it('gives back the token of an attempt that sent nothing, and of no other', async () => {
  const given: string[] = []
  const sender: Sender = { name: 'chime', send: async ({ id }) => ({ later: 1, uncounted: id === '1' }) }
  const concurrency = new Concurrency({ size: 10 })
  const attempts = [0, 1, 2].map((n) => attempt(sender, n))
  const permit = concurrency.acquireNow(3)
  const start = (count: number) => {
    const places = permit.start(count)
    places.forEach((place, n) => vi.spyOn(place, 'giveBackToken').mockImplementation(() => void given.push(`${n}`)))
    return places
  }
  const results = sendAttempts({ ...common, readData: undefined, sender, concurrency }, attempts, { ...permit, start })
  expect(await Promise.all(results)).toHaveLength(3)
  expect(given).toEqual(['1'])
})
