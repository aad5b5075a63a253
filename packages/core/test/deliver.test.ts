import { noTracer, type Pusher, recipientId } from '@carillon/contract'
import { silentLogger } from '@carillon/testkit'
import { describe, expect, it, vi } from 'vitest'
import { deliver, sendClaimed } from '../claim/deliver.ts'
import { ann, claimedPush, delivering } from './delivering.ts'

describe('a wake-up', () => {
  it('has its pushes sent and recorded, after which no lease is held and every place is free', async () => {
    const { deps, sent, recorded, leases } = delivering({ size: 2 })
    await deliver(deps)({ pushes: ['1', '2', '3'] })
    await vi.waitFor(() => expect(recorded.size).toBe(3))
    expect(sent).toEqual(['1', '2', '3'])
    await vi.waitFor(() => expect(leases.size).toBe(0))
    await vi.waitFor(() => expect(deps.concurrency.room).toBe(2))
  })

  it('claims only what can start now, and nothing that waits for its turn already', async () => {
    const holds: (() => void)[] = []
    const { deps } = delivering({ size: 1, send: () => new Promise((end) => void holds.push(end)) })
    const claim = vi.spyOn(deps, 'claim')
    const wake = deliver(deps)
    const first = wake({ pushes: ['1', '2'] })
    await vi.waitFor(() => expect(holds).toHaveLength(1))
    const second = wake({ pushes: ['2', '3'] })
    for (let sent = 1; sent < 3; sent++) {
      holds.at(-1)!()
      await vi.waitFor(() => expect(holds).toHaveLength(sent + 1))
    }
    holds.at(-1)!()
    await Promise.all([first, second])
    expect(claim.mock.calls.map(([ids]) => ids)).toEqual([['1'], ['2'], ['3']])
  })

  it('wakes other workers for what a worker that stops does not claim any more', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { deps, drain, recorded, woken } = delivering({ size: 1, send: () => promise })
    const claim = vi.spyOn(deps, 'claim')
    const done = deliver(deps)({ pushes: ['1', '2', '3'] })
    await vi.waitFor(() => expect(claim).toHaveBeenCalledOnce())
    drain.abort()
    deps.concurrency.drain()
    await done
    expect(woken).toEqual(['2', '3'])
    resolve()
    await vi.waitFor(() => expect([...recorded.keys()]).toEqual(['1']))
  })
})

describe('a worker', () => {
  it('that stops ends its work also where it cannot find whom to wake', async () => {
    const { deps, drain } = delivering()
    deps.pushes.wakeUpsOf = () => Promise.reject(new Error('away'))
    drain.abort()
    await deliver(deps)({ pushes: ['1'] })
    expect(deps.concurrency.room).toBe(10)
  })

  it('sends pushes of a wake-up that failed with the next one', async () => {
    const { deps, sent } = delivering({ size: 1 })
    const { claim } = deps
    deps.claim = () => Promise.reject(new Error('away'))
    const wake = deliver(deps)
    await expect(wake({ pushes: ['1', '2'] })).rejects.toThrow('away')
    deps.claim = claim
    await wake({ pushes: ['1', '2'] })
    expect(sent).toEqual(['1', '2'])
  })

  it('holds neither a lease nor a place for an outcome that could not be recorded', async () => {
    const { deps, leases } = delivering({ size: 1 })
    deps.recorder = { ...deps.recorder, push: () => Promise.reject(new Error('away')) }
    await deliver(deps)({ pushes: ['1'] })
    await vi.waitFor(() => expect([leases.size, deps.concurrency.room]).toEqual([0, 1]))
  })
})

describe('pushes that were claimed', () => {
  it('return where the permit is for fewer', async () => {
    const { deps, sent, recorded } = delivering({ size: 1 })
    const claimed = ['1', '2'].map((id) => claimedPush(id))
    for (const push of claimed) deps.leases.hold(push, performance.now())
    await sendClaimed(deps, claimed, deps.concurrency.acquireNow(2))
    await vi.waitFor(() => expect(recorded.size).toBe(2))
    expect(sent).toEqual(['1'])
    expect(recorded.get('2')).toEqual({ is: 'returned' })
  })

  it.each([
    ['is over its ttl', { expired: true }, { is: 'dead', reason: 'its ttl has expired' }],
    ['has lost its pusher', { recipient: null }, { is: 'dead', reason: 'the pusher was removed' }],
    [
      'is for a sender that the pusher no longer has',
      { recipient: { ...ann, senders: [] } },
      { is: 'dead', reason: 'the pusher no longer has this sender' },
    ],
    ['came out of a broadcast that was cancelled', { cancelled: true }, { is: 'returned' }],
  ])('are not sent where one %s', async (_, more, result) => {
    const { deps, sent, recorded } = delivering()
    deps.claim = async () => [claimedPush('1', more)]
    await deliver(deps)({ pushes: ['1'] })
    await vi.waitFor(() => expect(recorded.get('1')).toEqual(result))
    expect(sent).toEqual([])
  })

  it('are sent by force to a pusher that does not have the sender', async () => {
    const { deps, sent } = delivering()
    deps.claim = async () => [claimedPush('1', { force: true, recipient: { ...ann, senders: [] } })]
    await deliver(deps)({ pushes: ['1'] })
    expect(sent).toEqual(['1'])
  })

  it('return where the claim took so long that the lease may be over', async () => {
    const { deps, sent, recorded } = delivering()
    const claimed = [claimedPush('1')]
    deps.leases.hold(claimed[0]!, performance.now() - 14_000)
    await sendClaimed(deps, claimed, deps.concurrency.acquireNow(1))
    await vi.waitFor(() => expect(recorded.get('1')).toEqual({ is: 'returned' }))
    expect(sent).toEqual([])
  })

  it('go to the pusher of their own app, where pushers of several apps have the same id', async () => {
    const seen: string[] = []
    const { deps } = delivering({ send: async ({ pusher }) => void seen.push(pusher.nickname) })
    deps.claim = async () =>
      [1, 2].map((app) => {
        const { recipient: _, ...push } = claimedPush(String(app), { app })
        return push
      })
    deps.pushers.getMany = async (app): Promise<Pusher[]> => [{ ...ann, nickname: `ann of app ${app}` }]
    await deliver(deps)({ pushes: ['1', '2'] })
    expect(seen).toEqual(['ann of app 1', 'ann of app 2'])
  })

  it('wait where their pushers cannot be read', async () => {
    const { deps, recorded } = delivering()
    const { recipient: _, ...push } = claimedPush('1')
    deps.claim = async () => [push]
    deps.pushers.getMany = () => Promise.reject(new Error('away'))
    await deliver(deps)({ pushes: ['1'] })
    const reason = 'the pushers could not be read'
    await vi.waitFor(() => expect(recorded.get('1')).toEqual({ is: 'later', delay: 5, reason }))
  })

  it('keep the id that they had in their broadcast', async () => {
    const { deps, sent, recorded } = delivering()
    deps.claim = async () => [claimedPush('1', { broadcastId: '7' })]
    await deliver(deps)({ pushes: ['1'] })
    expect(sent).toEqual([recipientId('7', 'ann')])
    await vi.waitFor(() => expect([...recorded.keys()]).toEqual(['1']))
  })

  it('are named in the log lines of their sender, whatever it logs', async () => {
    const lines: object[] = []
    const { deps } = delivering({ send: async ({ log }) => log.warn({ push: 'other', code: 5 }) })
    deps.log = { ...silentLogger, warn: (fields: object) => void lines.push(fields) }
    await deliver(deps)({ pushes: ['1'] })
    expect(lines).toEqual([{ push: '1', app: 1, sender: 'chime', attempt: 1, code: 5 }])
  })

  it.each([
    ['dead', true, 'failed'],
    ['sent', false, undefined],
  ])('end their span: %s', async (_, expired, ended) => {
    const ends: unknown[] = []
    const { deps } = delivering()
    deps.tracer = {
      ...noTracer,
      begin: (start) => ({
        ...noTracer.begin(start),
        set() {},
        end: (failed) => void (start.kind === 'consumer' && ends.push(failed)),
      }),
    }
    deps.claim = async () => [claimedPush('1', { expired })]
    await deliver(deps)({ pushes: ['1'] })
    await vi.waitFor(() => expect(ends).toEqual([ended]))
  })
})
