import { expect, it } from 'vitest'
import type { MinuteCount } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { onEveryBackend } from './backends.ts'
import { addPusher, bell, newName, work } from './bells.ts'

const HOUR = 1_800_000_000

onEveryBackend('counts per minute', (current) => {
  const counts = () => current().services.store.counts

  it('are added to, and read in spans of time of one app', async () => {
    const sender = newName()
    const count = (minute: number, more: Partial<MinuteCount> = {}): MinuteCount => ({
      app: 7,
      sender,
      outcome: 'sent',
      minute: HOUR + minute * 60,
      count: 1,
      ...more,
    })
    await counts().add([])
    await counts().add([
      count(0),
      count(1, { count: 5 }),
      count(10),
      count(10, { outcome: 'dead' }),
      count(0, { app: 8 }),
    ])
    const many = Array.from({ length: 20 }, () => [count(1), count(0, { outcome: 'accepted' })])
    await Promise.all(many.map((some, index) => counts().add(index % 2 === 0 ? some : some.toReversed())))
    const span = (minute: number, outcome: MinuteCount['outcome'], sum: number) => ({
      sender,
      outcome,
      time: HOUR + minute * 60,
      count: sum,
    })
    expect(await counts().perMinute(7, HOUR, HOUR + 3600, 60)).toEqual([
      span(0, 'accepted', 20),
      span(0, 'sent', 1),
      span(1, 'sent', 25),
      span(10, 'dead', 1),
      span(10, 'sent', 1),
    ])
    expect(await counts().perMinute(7, HOUR, HOUR + 600, 300)).toEqual([span(0, 'accepted', 20), span(0, 'sent', 26)])
    expect(await counts().perMinute(9, HOUR, HOUR + 3600, 60)).toEqual([])
  })

  it('are removed after 30 days', async () => {
    const sender = newName()
    const now = Math.floor(Date.now() / 60_000) * 60
    const old: MinuteCount = { app: 7, sender, outcome: 'sent', minute: now - 30 * 86_400 - 120, count: 1 }
    await counts().add([old, { ...old, minute: old.minute + 60 }, { ...old, minute: now - 29 * 86_400 }])
    const left = async () => (await counts().perMinute(7, now - 31 * 86_400, now, 86_400)).map(({ count }) => count)
    await counts().removeOld(1)
    expect((await left()).reduce((sum, count) => sum + count, 0)).toBe(2)
    await counts().removeOld(10)
    expect(await left()).toEqual([1])
  })

  it('come from every process that accepts and sends', async () => {
    const sender = newName()
    await addPusher(current().services, 'lupino', [sender])
    const from = Math.floor(Date.now() / 60_000) * 60
    const worker = await work(current().services, [bell(sender)])
    for (const data of ['a', 'b', 'c']) await current().services.api(1).push(sender, 'lupino', data)
    const sum = async (wanted: MinuteCount['outcome']) =>
      (await counts().perMinute(1, from, from + 3600, 3600))
        .filter((span) => span.sender === sender && span.outcome === wanted)
        .reduce((total, { count }) => total + count, 0)
    await waitFor(async () => (await sum('accepted')) === 3 && (await sum('sent')) === 3, { timeout: 30_000 })
    await worker.stop()
  })
})
