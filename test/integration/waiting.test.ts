import { expect, it, onTestFinished } from 'vitest'
import { memoryBackplane } from '@carillon/backplane'
import type { Outcome, Push } from '@carillon/contract'
import { createCore } from '@carillon/core'
import type { WakeUp, Queue } from '@carillon/queue'
import { waitFor } from '@carillon/testkit'
import { onEveryBackend } from './backends.ts'
import { addPusher, bell, gate, newName, work } from './bells.ts'

const inAnHour = () => Math.floor(Date.now() / 1000) + 3600
const TURN = /^it waits for its turn: .* busy, or its rate is used up$/

onEveryBackend('a push that waits', (current) => {
  const api = () => current().services.api(1)
  const store = () => current().services.store

  /** A sender of a new name with a worker, and somebody who has it. */
  async function ring(answer?: (push: Push) => Outcome | Promise<Outcome>, options: Parameters<typeof work>[2] = {}) {
    const name = newName()
    await addPusher(current().services, name, [name])
    const sender = bell(name, answer)
    const worker = await work(current().services, [sender], options)
    onTestFinished(() => worker.stop())
    return { name, sender, worker, push: (data: string, more = {}) => api().push(name, name, data, more) }
  }

  const newest = async (sender: string) => (await store().history.list(1, { sender, size: 1 }))[0]
  const waits = (sender: string, reason: string | RegExp) =>
    waitFor(async () => {
      const push = await newest(sender)
      expect(push).toMatchObject({ state: 'waiting', reason: expect.stringMatching(reason) })
      expect((await store().history.find(1, push!.id))!.reason).toBe(push!.reason)
      return true
    })

  it.each<[string, string | RegExp, (push: Push) => Outcome]>([
    ['its sender put off, with a reason', 'nobody is online', () => ({ later: 60, reason: 'nobody is online' })],
    ['its sender put off, without one', 'its sender asked to be called again later', () => 60],
    [
      'a try of which failed',
      'busy',
      () => {
        throw new Error('busy')
      },
    ],
  ])('says so where %s', async (_what, reason, answer) => {
    const { name, push } = await ring(answer)
    await push('ding')
    await waits(name, reason)
  })

  it('says so where it is scheduled, also after a try that failed', async () => {
    const { name, push } = await ring(() => {
      throw new Error('busy')
    })
    await push('ding', { schedat: inAnHour() })
    await waits(name, 'it is scheduled for later')
    await push('ding')
    await waits(name, 'busy')
    await push('ding', { schedat: inAnHour() })
    await waits(name, 'it is scheduled for later')
  })

  it('says so where no worker runs its sender, and where that is paused', async () => {
    const name = newName()
    await addPusher(current().services, name, [name])
    await api().push(name, name, 'ding')
    await waits(name, 'no worker runs its sender')
    await store().senders.pause(1, name)
    await waits(name, 'its sender is paused')
  })

  it('says so where others are sent before it', async () => {
    const { passed, open } = gate()
    const { name, sender, push } = await ring(() => passed, { concurrency: 1 })
    await push('first')
    await waitFor(() => sender.rung.length === 1)
    await push('second')
    await waits(name, TURN)
    open()
  })

  it('says so where the rate of its sender is used up', async () => {
    const name = newName()
    await addPusher(current().services, name, [name])
    const sender = bell(name)
    const worker = await work(current().services, [sender], { rates: { [name]: { count: 10, seconds: 3600 } } })
    onTestFinished(() => worker.stop())
    await api().push(name, name, 'first')
    await waitFor(() => sender.rung.length === 1)
    await api().push(name, name, 'second')
    await waits(name, TURN)
  })

  it('says so where its broadcast is paused, among the recipients too', async () => {
    const { name, sender } = await ring(() => ({ later: 2, reason: 'not yet' }))
    const broadcast = (
      await current().services.core.pushAll({ app: 1, sender: name, data: 'all', tag: '', schedat: 0 })
    ).name
    await waitFor(() => sender.rung.length === 1)
    await waits(name, 'not yet')
    const recipient = async () => (await store().broadcasts.recipients(1, broadcast, {}))![0]
    expect(await recipient()).toMatchObject({ outcome: 'moved', reason: 'not yet' })
    await store().broadcasts.pause(1, broadcast)
    await waits(name, 'its broadcast is paused')
    expect(await recipient()).toMatchObject({ outcome: 'moved', reason: 'its broadcast is paused' })
  })

  it('keeps its priority when a stopping worker gives it back', async () => {
    const { queue } = current().services
    const [heard, told] = [new Set<string>(), new Set<string>()]
    const watched: Queue = {
      ...queue,
      consume: (sender, handle, most) =>
        queue.consume(sender, (wakeUp) => (note(heard, wakeUp, ''), handle(wakeUp)), most),
      async wake(wakeUps) {
        for (const { wakeUp, priority } of wakeUps) note(told, wakeUp, ` ${priority}`)
      },
    }
    const { passed, open } = gate()
    const apart = memoryBackplane() // or pushes would reach the worker by direct dispatch, and not by the queue
    const options = { concurrency: 1, queue: watched, backplane: async () => apart }
    const { name, sender, worker, push } = await ring(() => passed, options)
    await push('first')
    await waitFor(() => sender.rung.length === 1)
    const ids: Record<string, string> = {}
    for (const priority of ['high', 'normal', 'low'] as const) {
      await push(priority, { priority })
      ids[priority] = (await newest(name))!.id
    }
    await waitFor(() => Object.values(ids).every((id) => heard.has(id))) // and wait for the one slot
    told.clear()
    const stopped = worker.stop()
    await waitFor(() => told.size === 3)
    open()
    await stopped
    expect([...told].toSorted()).toEqual(
      Object.entries(ids)
        .map(([priority, id]) => `${id} ${priority}`)
        .toSorted(),
    )
  })

  it('keeps what it was pushed with when it is pushed again for later while it is being sent', async () => {
    const { passed, open } = gate()
    const { name, sender, push } = await ring(() => passed.then(() => ({ later: 60, reason: 'nobody is online' })))
    await push('ding', { ttl: 60 })
    await waitFor(() => sender.rung.length === 1)
    const schedat = inAnHour()
    await push('ding', { schedat, ttl: 600, priority: 'high' })
    open()
    await waits(name, 'it is scheduled for later')
    expect((await newest(name))!.dueAt).toBe(schedat)
    expect(await store().pushes.makeDue(1, [name], name)).toEqual([])
    const [wake] = await store().pushes.wakeUpsOf([(await newest(name))!.id])
    expect(wake).toMatchObject({ priority: 'high' })
  })

  it('is sent when its pusher connects, if its sender declares that it waits for that', async () => {
    const { services } = current()
    const put = () => ({ later: 3600, reason: 'nobody is online' })
    const [live, other] = [
      await ring(({ attempt }) => (attempt === 1 ? put() : undefined)),
      await ring(({ attempt }) => (attempt === 1 ? put() : undefined)),
    ]
    const core = createCore({ ...services, senders: new Map(), wakesOnConnect: [live.name] })
    await services.pushers.set(1, live.name, { addSenders: [other.name] }, false)
    await live.push('ding')
    await api().push(other.name, live.name, 'ding')
    for (const { name } of [live, other]) await waits(name, 'nobody is online')
    void core.arrived(1, live.name)
    await waitFor(async () => (await newest(live.name))!.state === 'sent')
    expect(await newest(other.name)).toMatchObject({ state: 'waiting', reason: 'nobody is online' })
  })
})

function note(pushes: Set<string>, wakeUp: WakeUp, more: string): void {
  if ('pushes' in wakeUp) for (const id of wakeUp.pushes) pushes.add(`${id}${more}`)
}
