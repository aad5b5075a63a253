import { memoryBackplane } from '@carillon/backplane'
import type { NewPush, Recording } from '@carillon/store'
import { silentLogger } from '@carillon/testkit'
import { expect, it, vi } from 'vitest'
import { IdleWorkers, planDispatch } from '../dispatch/dispatch.ts'
import { DIRECT_DISPATCH, IDLE_NOTICE, IDLE_TOPIC, inboxOf } from '../dispatch/messages.ts'
import { claimedPush } from './delivering.ts'

/** An API beside a worker that is idle for some pushes of `chime`. */
async function started({ room }: { room: number }) {
  const backplane = memoryBackplane()
  const idleWorkers = new IdleWorkers(async () => backplane, silentLogger)
  idleWorkers.find('chime', 1) // subscribes
  await new Promise(setImmediate)
  await backplane.publish(IDLE_TOPIC, IDLE_NOTICE.write({ worker: 'one', sender: 'chime', room }))
  const recorded: Recording[] = []
  const woken: string[] = []
  const record = async (some: Recording[]) => {
    recorded.push(...some)
    return { wakeUps: some.map(({ id }) => ({ id })), held: new Set(), broadcasts: [] }
  }
  const notifier = { pushes: (some: { id: string }[]) => void woken.push(...some.map(({ id }) => id)) }
  const deps = { idleWorkers, pushes: { record }, notifier, log: silentLogger } as never
  return { backplane, recorded, woken, plan: (pushes: NewPush[]) => planDispatch(deps, pushes) }
}

const push = (name: string, more: Partial<NewPush> = {}): NewPush => ({
  app: 1,
  sender: 'chime',
  name,
  pusher: 'ann',
  data: '{}',
  schedat: 0,
  force: false,
  priority: 'normal',
  ttl: 60,
  ...more,
})

const dispatched = (pushes: NewPush[]) => pushes.flatMap(({ name, worker }) => (worker === 'one' ? name : []))

it('pushes go to an idle worker as far as it has room, those of low priority and of other senders do not', async () => {
  const { plan } = await started({ room: 2 })
  const pushes = [
    push('low', { priority: 'low' }),
    push('a'),
    push('other', { sender: 'gong' }),
    push('b', { priority: 'high' }),
    push('c'),
  ]
  const planned = plan(pushes).pushes
  expect(dispatched(planned)).toEqual(['a', 'b'])
  expect(planned.map(({ name }) => name)).toEqual(['low', 'a', 'other', 'b', 'c'])
})

it.each([
  ['so many', Array.from({ length: 101 }, (_, n) => push(`${n}`))],
  ['so long', [push('a', { data: 'x'.repeat(60_000) }), push('b', { data: 'x'.repeat(60_000) })]],
])('pushes that are %s are distributed among the workers instead', async (_, pushes) => {
  const { plan } = await started({ room: 500 })
  expect(dispatched(plan(pushes).pushes)).toEqual([])
  expect(dispatched(plan([push('next')]).pushes)).toEqual(['next'])
})

it('pushes reach their worker with the time for which they have been claimed', async () => {
  const { backplane, recorded, plan } = await started({ room: 2 })
  const received: string[] = []
  await backplane.subscribe(inboxOf({ worker: 'one', sender: 'chime' }), (text) => void received.push(text))
  const planned = plan([push('a')])
  planned.dispatch([claimedPush('1')])
  await vi.waitFor(() => expect(received).toHaveLength(1))
  const { age, at, pushes } = DIRECT_DISPATCH.read(received[0]!)
  expect(pushes).toEqual([claimedPush('1')])
  expect(age).toBeGreaterThanOrEqual(0)
  expect(Math.abs(Date.now() - at)).toBeLessThan(5000)
  expect(recorded).toEqual([])
})

it('pushes return and wake others where their worker is gone', async () => {
  const { plan, recorded, woken } = await started({ room: 2 })
  plan([push('a')]).dispatch([claimedPush('1', { attempt: 3 })])
  await vi.waitFor(() => expect(woken).toEqual(['1']))
  expect(recorded).toEqual([{ id: '1', attempt: 3, result: { is: 'returned' } }])
})

it('pushes stay claimed if it is unknown whether their worker received them', async () => {
  const { backplane, plan, recorded, woken } = await started({ room: 2 })
  const planned = plan([push('a')])
  const publish = vi.spyOn(backplane, 'publish').mockRejectedValueOnce(new Error('away'))
  planned.dispatch([claimedPush('1')])
  await vi.waitFor(() => expect(publish).toHaveBeenCalled())
  await new Promise(setImmediate)
  expect([recorded, woken]).toEqual([[], []])
})
