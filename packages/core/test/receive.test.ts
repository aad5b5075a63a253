import { memoryBackplane } from '@carillon/backplane'
import { silentLogger } from '@carillon/testkit'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { DIRECT_DISPATCH, IDLE_NOTICE, IDLE_TOPIC, inboxOf } from '../dispatch/messages.ts'
import { IdleAnnouncer, receiveDispatches } from '../dispatch/receive.ts'
import { claimedPush, delivering } from './delivering.ts'

const target = { worker: 'one', sender: 'chime' }

/** A worker that receives dispatches. */
async function receiving() {
  const backplane = memoryBackplane()
  const worker = delivering()
  const consumer = receiveDispatches({ ...worker.deps, worker: 'one', backplane: async () => backplane })
  onTestFinished(() => consumer.stop())
  await new Promise(setImmediate)
  const dispatch = async ({ at = Date.now(), age = 0 } = {}) => {
    const pushes = ['1', '2'].map((id) => claimedPush(id))
    expect(await backplane.publish(inboxOf(target), DIRECT_DISPATCH.write({ at, age, pushes }))).toBe(1)
    await new Promise(setImmediate)
  }
  return { ...worker, dispatch }
}

describe('a dispatch', () => {
  it('is sent at once, without a question to the database', async () => {
    const { deps, dispatch, sent } = await receiving()
    await dispatch()
    await vi.waitFor(() => expect(sent).toEqual(['1', '2']))
    expect(deps.pushes.renew).not.toHaveBeenCalled()
  })

  it.each([-3000, 3000])('that is %i ms old by the clock is sent as far as it is still held', async (age) => {
    const { deps, dispatch, sent, recorded } = await receiving()
    vi.mocked(deps.pushes.renew).mockResolvedValueOnce(['2'])
    await dispatch({ at: Date.now() - age })
    await vi.waitFor(() => expect(recorded.size).toBe(1))
    expect(sent).toEqual(['2'])
  })

  it('that is late is not sent where the database does not answer', async () => {
    const { deps, dispatch, sent, leases } = await receiving()
    const renew = vi.mocked(deps.pushes.renew).mockRejectedValueOnce(new Error('away'))
    await dispatch({ at: Date.now() - 3000 })
    await vi.waitFor(() => expect(renew.mock.settledResults[0]?.type).toBe('rejected'))
    await dispatch()
    await vi.waitFor(() => expect(sent).toEqual(['1', '2'])) // by the second dispatch alone
    await vi.waitFor(() => expect(leases.size).toBe(0))
  })

  it('returns where its pushes had been claimed for so long that their leases may be over', async () => {
    const { dispatch, recorded, sent } = await receiving()
    await dispatch({ age: 14_000 })
    await vi.waitFor(() => expect([...recorded.values()]).toEqual([{ is: 'returned' }, { is: 'returned' }]))
    expect(sent).toEqual([])
  })
})

describe('a worker that announces that it is idle', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
  })

  async function announced(room: () => number) {
    const faults: unknown[] = []
    const backplane = memoryBackplane((error) => faults.push(error))
    const rooms: number[] = []
    const received: string[] = []
    await backplane.subscribe(IDLE_TOPIC, (text) => void rooms.push(IDLE_NOTICE.read(text).room))
    const announcer = new IdleAnnouncer({
      ...target,
      backplane: async () => backplane,
      room,
      receive: ({ pushes }) => void received.push(...pushes.map(({ id }) => id)),
      log: silentLogger,
    })
    onTestFinished(() => announcer.stop())
    await vi.advanceTimersByTimeAsync(0)
    const dispatch = async (...pushes: ReturnType<typeof claimedPush>[]) => {
      await backplane.publish(inboxOf(target), DIRECT_DISPATCH.write({ at: 0, age: 0, pushes }))
      await vi.advanceTimersByTimeAsync(0)
    }
    return { dispatch, faults, received, rooms }
  }

  it('announces it again once more than half of its room was used and is free again', async () => {
    const { dispatch, rooms } = await announced(() => 4)
    expect(rooms).toEqual([4])
    await dispatch(claimedPush('1'), claimedPush('2'))
    expect(rooms).toEqual([4])
    await dispatch(claimedPush('3'))
    expect(rooms).toEqual([4, 4])
  })

  it('drops a dispatch that has a push of another sender', async () => {
    const { dispatch, faults, received } = await announced(() => 4)
    await dispatch(claimedPush('1'), claimedPush('2', { sender: 'gong' }))
    expect(received).toEqual([])
    expect(faults).toMatchObject([{ code: 'unreadable_message', reason: 'shape' }])
  })
})
