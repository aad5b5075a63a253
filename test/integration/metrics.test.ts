import type { Sender } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { onEveryBackend } from './backends.ts'
import { addPusher, bell, newName, work } from './bells.ts'
import { metric } from './observed.ts'

/** On a busy machine the gauges rest for longer: ten times as long as it took to read them. */
const patient = { timeout: 30_000 }

onEveryBackend('metrics', (current) => {
  async function ring(answer: Parameters<typeof bell>[1] = () => {}, extra: Partial<Sender> = {}) {
    const { services } = current()
    const name = newName()
    await addPusher(services, 'lupino', [name])
    const worker = await work(services, [bell(name, answer, extra)])
    onTestFinished(() => worker.stop())
    const push = (data: string) => services.api(1).push(name, 'lupino', data)
    const outcomes = (outcome: string) =>
      metric(services, `carillon_push_outcomes_total{sender="${name}",outcome="${outcome}"}`)
    return { services, name, push, outcomes }
  }

  it('count what was accepted, and what became of each try', async () => {
    const { services, name, push, outcomes } = await ring(({ data, attempt }) => {
      if (attempt > 1) return undefined
      if (data === 'later') return 0.01
      if (data === 'broken') throw Object.assign(new Error('no luck'), { after: 0.01 })
      return data === 'dead' ? { giveUp: 'no such number' } : undefined
    })
    for (const data of ['one', 'two', 'later', 'broken', 'dead']) await push(data)
    await waitFor(async () => (await outcomes('sent')) === 4)
    expect(await metric(services, `carillon_pushes_accepted_total{sender="${name}"}`)).toBe(5)
    expect(await Promise.all(['later', 'failed', 'dead'].map(outcomes))).toEqual([1, 1, 1])
  })

  it('tell how long calls of a sender took, answered or failed', async () => {
    const { services, name, push } = await ring(({ data }) => {
      if (data === 'broken') throw new Error('no luck')
    })
    await Promise.all([push('one'), push('broken')])
    const count = (result: string) =>
      metric(services, `carillon_provider_seconds_count{sender="${name}",result="${result}"}`)
    await waitFor(async () => (await count('answered')) === 1 && (await count('failed')) === 1)
  })

  it('tell the sizes of batches', async () => {
    const { services, push, outcomes } = await ring()
    const sum = async (batch: string) => (await metric(services, `carillon_batch_size_sum{batch="${batch}"}`)) ?? 0
    const names = ['accept', 'give', 'take', 'record']
    const before = await Promise.all(names.map(sum))
    await Promise.all(Array.from({ length: 30 }, (_, index) => push(String(index))))
    await waitFor(async () => (await outcomes('sent')) === 30)
    const after = await Promise.all(names.map(sum))
    const [accepted, given, taken, recorded] = after.map((each, index) => each - before[index]!)
    expect([accepted, given! + taken!, recorded]).toEqual([30, 30, 30])
  })

  it('count the recipients of a broadcast', async () => {
    const { services, name, outcomes } = await ring(({ pusher }) => {
      return pusher.id === 'mute' ? { giveUp: 'has no address', noAddress: true } : undefined
    })
    await addPusher(services, 'mute', [name])
    await services.api(1).pushAll(name, 'ding')
    await waitFor(async () => (await outcomes('sent')) === 1 && (await outcomes('skipped')) === 1)
    expect(await metric(services, `carillon_broadcasts_accepted_total{sender="${name}"}`)).toBe(1)
  })

  it('show what waits and since when, though no worker runs it', async () => {
    const { services } = current()
    const name = newName()
    await addPusher(services, 'lupino', [name])
    await services.api(1).push(name, 'lupino', 'now')
    await services.api(1).push(name, 'lupino', 'later', { schedat: Math.floor(Date.now() / 1000) + 3600 })
    const gauge = (of: string) => metric(services, `carillon_${of}{sender="${name}"}`)
    await waitFor(async () => (await gauge('pushes_waiting')) === 1, patient)
    await waitFor(async () => ((await gauge('oldest_due_push_age_seconds')) ?? 0) > 0, patient)
    expect(await gauge('pushes_scheduled')).toBe(1)
    expect(await gauge('sender_workers')).toBe(0)
  })

  it('count what ended dead before a worker took it', async () => {
    const { services } = current()
    const name = newName()
    await addPusher(services, 'lupino', [name])
    await services.api(1).push(name, 'lupino', 'soon over', { ttl: 1 })
    const age = () => metric(services, `carillon_oldest_due_push_age_seconds{sender="${name}"}`)
    await waitFor(async () => ((await age()) ?? 0) > 1.1, patient)
    const worker = await work(services, [bell(newName())])
    onTestFinished(() => worker.stop())
    const dead = () => metric(services, `carillon_push_outcomes_total{sender="${name}",outcome="dead"}`)
    await waitFor(async () => (await dead()) === 1, patient)
  })

  it('show what is being sent, and by how many workers', async () => {
    const hold = Promise.withResolvers<void>()
    const { services, name, push } = await ring(() => hold.promise)
    await push('one')
    const gauge = (of: string) => metric(services, `carillon_${of}{sender="${name}"}`)
    await waitFor(async () => (await gauge('pushes_sending')) === 1, patient)
    expect(await gauge('pushes_waiting')).toBe(0)
    expect(await gauge('sender_workers')).toBe(1)
    hold.resolve()
  })
})
