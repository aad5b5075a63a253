import { expect, it, onTestFinished } from 'vitest'
import type { OpenBreaker, SenderReport } from '@carillon/contract'
import { onEveryBackend } from './backends.ts'
import { bell, newName, work } from './bells.ts'

const breaker: OpenBreaker = { transport: 'SMTP', outage: 'ECONNREFUSED', openSince: 100, nextProbe: 300 }

onEveryBackend('what workers report of their senders', (current) => {
  const store = () => current().services.store
  let workers = 0

  /** A worker that has reported once. */
  async function beat(report: Partial<SenderReport> & { name: string }) {
    const id = `reporter-${++workers}`
    onTestFinished(() => store().workers.leave(id))
    const whole = { rate: null, concurrency: 10, breakers: [], ...report }
    await store().workers.beat({ id, senders: [report.name], missing: {}, reports: [whole], host: 'h', pid: 1 })
  }

  const status = async (sender: string) => (await store().senders.status(1)).find(({ name }) => name === sender)

  it('is taken together', async () => {
    const name = newName()
    const rate = { count: 10, seconds: 60 }
    const other = { ...breaker, openSince: 90, nextProbe: 310 }
    await beat({ name, transports: ['SendGrid', 'SMTP'], rate: { ...rate, usedUpUntil: null }, breakers: [breaker] })
    const breakers = [other, { ...breaker, transport: 'SendGrid' }]
    await beat({ name, transports: ['SendGrid'], rate: { ...rate, usedUpUntil: 7 }, breakers })
    const expected = {
      name,
      workers: 2,
      paused: false,
      missing: null,
      outbox: null,
      transports: ['SendGrid', 'SMTP'],
      rate: { ...rate, usedUpUntil: 7 },
      concurrency: 20,
      breakers: [
        { ...breaker, openSince: 90, nextProbe: 300, workers: 2 },
        { ...breaker, transport: 'SendGrid', workers: 1 },
      ],
    }
    expect(await status(name)).toEqual({ ...expected, waiting: 0, delayed: 0, active: 0, oldestDueAge: null })
    expect(await store().senders.states(1, [name])).toEqual([expected])
  })

  it('is nothing for a sender that nobody runs, which may be paused nevertheless', async () => {
    const [name, lacking] = [newName(), newName()]
    await store().senders.pause(1, name)
    const worker = await work(current().services, [], { missing: { [lacking]: 'set X' } })
    onTestFinished(() => worker.stop())
    const nothing = { workers: 0, rate: null, concurrency: 0, transports: [], breakers: [], outbox: null }
    expect(await store().senders.states(1, [name])).toEqual([{ name, ...nothing, missing: null, paused: true }])
    expect(await store().senders.states(1, [lacking])).toMatchObject([{ ...nothing, missing: 'set X', paused: false }])
    expect(await store().senders.ofWorkers()).toContain(lacking)
    expect(await status(name)).toMatchObject({ ...nothing, paused: true })
  })

  it('passes over what another version has written', async () => {
    const name = newName()
    await beat({ name, concurrency: 5 })
    await beat({ name, breakers: [{}] as unknown as OpenBreaker[] })
    expect(await status(name)).toMatchObject({ workers: 2, concurrency: 5, breakers: [] })
  })

  it('comes from each worker', async () => {
    const name = newName()
    const worker = await work(current().services, [bell(name)], {
      rates: { [name]: { count: 3, seconds: 1 } },
      openBreakers: (sender) => (sender === name ? [breaker] : []),
    })
    onTestFinished(() => worker.stop())
    const reported = {
      workers: 1,
      rate: { count: 3, seconds: 1, usedUpUntil: null },
      concurrency: 50,
      breakers: [{ ...breaker, workers: 1 }],
    }
    expect(await store().senders.states(1, [newName(), name])).toMatchObject([{ workers: 0 }, reported])
    expect(await store().senders.ofWorkers()).toContain(name)
  })
})
