import { type AddressResult, type Outcome, type Push, RetryableError } from '@carillon/contract'
import type { AttemptResult, ClaimedPush } from '@carillon/store'
import { waitFor } from '@carillon/testkit'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { onEveryBackend } from './backends.ts'
import { addPusher, bell, gate, newName, work } from './bells.ts'

const SOON_S = 0.01
const LONG_S = 60
/** For a worker that lets what it sends end by itself at first. */
const PATIENT = { timeout: 60_000 }

const gone: AddressResult = { kind: 'apns', address: '…a1B2c3', outcome: 'removed', reason: 'Unregistered' }
const busy: AddressResult = { kind: 'fcm', address: '…d4E5f6', outcome: 'failed', reason: 'HTTP 503' }
const taken: AddressResult = { kind: 'webpush', address: '…g7H8i9', outcome: 'sent', messageId: 'm-1' }

onEveryBackend('progress', (current) => {
  const store = () => current().services.store
  const api = () => current().services.api(1)
  let name: string
  beforeEach(async () => {
    name = newName()
    await addPusher(current().services, name, [name])
  })

  /** A worker whose sender gives these answers in turn, and the progress that each attempt got. */
  async function answering(answers: ((push: Push) => Outcome | Promise<Outcome>)[], retryTimes = 9) {
    const got: unknown[] = []
    const sender = bell(name, async (push) => {
      got.push(push.progress)
      return answers[got.length - 1]?.(push)
    })
    const worker = await work(current().services, [sender], { retryTimes })
    onTestFinished(() => worker.stop())
    return { got, sender }
  }

  /** The push to the pusher, once it has ended. */
  async function ended() {
    const [push] = await waitFor(async () => {
      const pushes = await store().history.list(1, { pusher: name })
      return pushes[0]?.finishedAt ? pushes : undefined
    })
    return (await store().history.find(1, push!.id))!
  }

  function fail(failed: ConstructorParameters<typeof RetryableError>[1]): never {
    throw new RetryableError('busy', { after: SOON_S, ...failed })
  }

  it('goes from each attempt to the next, and stays when one hands on nothing', async () => {
    const { got } = await answering([
      () => ({ later: SOON_S, progress: { page: 1 } }),
      () => fail({ progress: { page: 2, text: 'a\0"\\\ud800' } }),
      () => fail({}),
      () => SOON_S,
      () => fail({ progress: null }),
    ])
    await api().push(name, name, 'ding')
    await ended()
    const second = { page: 2, text: 'a\0"\\\ud800' }
    expect(got).toEqual([undefined, { page: 1 }, second, second, second, null])
  })

  it('that cannot be kept fails the attempt, with a sentence', async () => {
    const { got } = await answering([
      () => ({ later: SOON_S, progress: { page: 1 } }),
      () => ({ later: SOON_S, progress: 'x'.repeat(9000) }),
    ])
    await api().push(name, name, 'ding')
    await waitFor(async () => (await store().history.list(1, { pusher: name }))[0]?.failures === 1)
    expect(got).toEqual([undefined, { page: 1 }])
    const [push] = await store().history.list(1, { pusher: name })
    expect(push!.reason).toBe('The sender handed on a progress of 9002 bytes, and at most 8192 are kept.')
  })

  it('of a push that is replayed, or pushed anew while it is sent, is dropped', async () => {
    const { passed, open } = gate()
    const { got } = await answering([
      () => fail({ progress: 1 }),
      () => ({ giveUp: 'no' }),
      async () => {
        await passed
        return { later: LONG_S, progress: 2 }
      },
    ])
    await api().push(name, name, 'ding')
    await current().services.core.replay(1, (await ended()).id)
    await waitFor(() => got.length === 3)
    await api().push(name, name, 'ding')
    open()
    await waitFor(() => got.length === 4)
    expect(got).toEqual([undefined, 1, undefined, undefined])
  })

  it('goes along when the recipient of a broadcast gets a push of its own', async () => {
    const { got } = await answering([() => fail({ progress: { page: 1 }, addresses: [busy] })])
    const broadcast = await api().pushAll(name, 'ding')
    await waitFor(async () => (await store().broadcasts.status(1, broadcast))?.state === 'done')
    expect(got).toEqual([undefined, { page: 1 }])
    const { timeline } = await ended()
    expect(timeline.find(({ event }) => event === 'failed')).toMatchObject({ reason: 'busy', addresses: [busy] })
  })

  it('survives a worker that stops while a push and a recipient are being sent', PATIENT, async () => {
    const got: unknown[] = []
    const interrupted = bell(name, ({ signal }) => {
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new RetryableError('cut off', { progress: { page: 2 } })))
      })
    })
    const worker = await work(current().services, [interrupted])
    await api().push(name, name, 'ding')
    await api().pushAll(name, 'to all')
    await waitFor(() => interrupted.rung.length === 2)
    await worker.stop()
    const other = await work(current().services, [bell(name, ({ progress }) => void got.push(progress))])
    onTestFinished(() => other.stop())
    await waitFor(() => got.length === 2, { timeout: 20_000 })
    expect(got).toEqual([{ page: 2 }, { page: 2 }])
  })

  it('says how a push ends after its last attempt', async () => {
    const addresses = [gone, busy]
    await answering(
      [() => fail({ ifLast: { done: true, messageId: 'm-1' }, addresses: [taken, busy] }), () => fail({ addresses })],
      2,
    )
    await api().push(name, name, 'ding')
    const push = await ended()
    expect(push).toMatchObject({ state: 'sent', failures: 2, messageId: 'm-1', reason: null })
    expect(push.timeline.filter(({ attempt, event }) => attempt > 0 && event !== 'sending')).toEqual([
      expect.objectContaining({ event: 'failed', attempt: 1, reason: 'busy', addresses: [taken, busy] }),
      { event: 'sent', attempt: 2, time: push.finishedAt, messageId: 'm-1', addresses },
    ])
  })

  it('says how a push ends whose ttl is over', async () => {
    const { got } = await answering([() => ({ later: LONG_S, ifLast: { done: true, messageId: 'm-1' } })])
    await api().push(name, name, 'ding', { ttl: 1 })
    expect(await ended()).toMatchObject({ state: 'sent', messageId: 'm-1', reason: null, attempt: 2 })
    expect(got).toEqual([undefined])
  })

  it('shows what each attempt did at each address, until the pusher is removed', async () => {
    await answering([() => ({ later: SOON_S, addresses: [gone] }), () => ({ giveUp: 'no', addresses: [busy] })])
    await api().push(name, name, 'ding')
    const { id, timeline } = await ended()
    expect(timeline.flatMap(({ event, addresses }) => (addresses ? [{ event, addresses }] : []))).toEqual([
      { event: 'later', addresses: [gone] },
      { event: 'dead', addresses: [busy] },
    ])
    await api().removePusher(name)
    const erased = await store().history.find(1, id)
    expect(erased!.timeline.map(({ event }) => event)).toContain('dead')
    expect(erased!.timeline.some((event) => 'addresses' in event)).toBe(false)
  })

  it('shows what was done at each address of the recipients of a broadcast', async () => {
    const skipped = `${name}-2`
    await addPusher(current().services, skipped, [name])
    const sender = bell(name, ({ pusher }) =>
      pusher.id === name
        ? { done: true, messageId: 'm-1', addresses: [taken, gone] }
        : { giveUp: 'all are gone', noAddress: true, addresses: [gone] },
    )
    const worker = await work(current().services, [sender])
    onTestFinished(() => worker.stop())
    const broadcast = await api().pushAll(name, 'ding')
    await waitFor(async () => (await store().broadcasts.status(1, broadcast))?.state === 'done')
    expect(await store().broadcasts.recipients(1, broadcast, {})).toEqual([
      { pusher: name, outcome: 'sent', messageId: 'm-1', addresses: [taken, gone], reason: null, reports: [] },
      { pusher: skipped, outcome: 'skipped', messageId: null, addresses: [gone], reason: null, reports: [] },
    ])
  })

  describeRows()

  function describeRows(): void {
    const record = ({ id, attempt }: ClaimedPush, result: AttemptResult) =>
      store().pushes.record([{ id, attempt, result }])
    const later = (value: string, delay = 0): AttemptResult => {
      return { is: 'later', delay, reason: null, progress: { value, ifLast: { is: 'sent', messageId: 'm-1' } } }
    }

    async function accept(ttl = LONG_S): Promise<() => Promise<ClaimedPush>> {
      const command = { app: 1, sender: name, name, pusher: name, data: 'd', schedat: 0, force: false } as const
      const [{ id } = { id: '' }] = await store().pushes.accept([{ ...command, priority: 'normal', ttl }])
      return () => waitFor(async () => (await store().pushes.claim([id], 0.05))[0])
    }

    it('is in the row, so that it survives a worker that is killed, and not written by one that lost its lease', async () => {
      const claim = await accept()
      await record(await claim(), later('1'))
      const killed = await claim()
      const next = await claim()
      expect([killed.progress, next.progress].map((text) => JSON.parse(text!))).toMatchObject([
        { value: '1' },
        { value: '1' },
      ])
      expect((await record(killed, later('2'))).held.size).toBe(0)
      await record(next, { is: 'returned' })
      expect(JSON.parse((await claim()).progress!)).toMatchObject({ value: '1' })
    })

    it('says how a push ends whose ttl is over before a worker claims it', async () => {
      const claim = await accept(1)
      await record(await claim(), later('"\\u0000"', LONG_S))
      const expired = await waitFor(async () => {
        const [push] = (await store().pushes.expire(100)).filter(({ sender }) => sender === name)
        return push
      })
      expect(expired).toMatchObject({ outcome: 'sent' })
      const push = await store().history.find(1, expired.id)
      expect(push).toMatchObject({ state: 'sent', messageId: 'm-1', reason: null })
      expect(push!.timeline.map(({ event }) => event)).toEqual(['accepted', 'sending', 'later', 'sent'])
    })
  }
})
