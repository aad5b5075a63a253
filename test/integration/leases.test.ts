import { beforeEach, expect, it } from 'vitest'
import type { AcceptedPush } from '@carillon/store'
import { waitFor } from '@carillon/testkit'
import { onEveryBackend } from './backends.ts'

const LONG = 60

onEveryBackend('taking rows', (current) => {
  let ids: string[]
  let round = 0
  const pushes = () => current().services.store.pushes

  beforeEach(async () => {
    ids = (await accept(20)).map(({ id }) => id)
  })

  function accept(count: number, options = {}): Promise<AcceptedPush[]> {
    round++
    const rows = Array.from({ length: count }, (_, index) => ({
      app: 1,
      sender: 'taken',
      pusher: 'p',
      data: 'd',
      name: `${round} ${index}`,
      schedat: 0,
      force: false,
      priority: 'normal' as const,
      ttl: 3600,
      ...options,
    }))
    return pushes().accept(rows)
  }

  it('gives each row to one of many takers', async () => {
    const takers = [current().services, await current().connectAnother(), await current().connectAnother()]
    const claimed = await Promise.all(
      Array.from({ length: 9 }, (_, index) => takers[index % 3]!.store.pushes.claim(ids, LONG)),
    )
    expect(
      claimed
        .flat()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(ids.toSorted())
  })

  it('takes nothing twice while the lease lasts, and again when it ran out', async () => {
    const [id] = ids
    const [first] = await pushes().claim([id!], LONG)
    expect(first).toMatchObject({ id, attempt: 1 })
    expect(await pushes().claim([id!], LONG)).toEqual([])
    await pushes().renew([first!], 0) // it runs out now
    expect(await waitFor(async () => (await pushes().claim([id!], LONG))[0])).toMatchObject({ id, attempt: 2 })
  })

  it('keeps a lease that is renewed', async () => {
    const [push] = await pushes().claim([ids[0]!], 0.2)
    expect(await pushes().renew([push!], LONG)).toEqual([push!.id])
    await waitFor(async () => (await pushes().now()) > 0)
    expect(await pushes().claim([push!.id], LONG)).toEqual([])
  })

  it('lets only the last taker record an outcome or renew', async () => {
    const first = (await pushes().claim([ids[0]!], 0))[0]!
    const second = await waitFor(async () => (await pushes().claim([ids[0]!], LONG))[0])
    await pushes().record([{ ...first, result: { is: 'dead', reason: 'too late' } }])
    expect(await pushes().renew([first, second], LONG)).toEqual([second.id])
    await pushes().record([{ ...second, result: { is: 'sent' } }])
    expect(await pushes().renew([second], LONG)).toEqual([])
  })

  it('takes nothing that is not due, finished or cancelled', async () => {
    const [ahead] = await accept(1, { schedat: Math.floor(Date.now() / 1000) + 3600 })
    const [done] = await pushes().claim([ids[0]!], LONG)
    await pushes().record([{ ...done!, result: { is: 'sent' } }])
    await pushes().cancel(1, 'taken', `${round - 1} 1`)
    expect(await pushes().claim([ahead!.id, ids[0]!, ids[1]!], LONG)).toEqual([])
  })

  it('finds rows that a worker left', async () => {
    await pushes().claim(ids.slice(0, 3), 0)
    await waitFor(async () => {
      const orphaned = (await pushes().orphaned('taken', null)).orphaned.map(({ id }) => id)
      return ids.slice(0, 3).every((id) => orphaned.includes(id)) && !orphaned.includes(ids[3]!)
    })
  })

  it('finds rows that a worker left behind a long backlog', { timeout: 60_000 }, async () => {
    await accept(20_001, { sender: 'backlog' })
    const [behind] = await accept(1, { sender: 'backlog' })
    await pushes().claim([behind!.id], 0)
    const first = await pushes().orphaned('backlog', null)
    expect(first).toEqual({ orphaned: [], next: { due: expect.any(Number), id: expect.any(String) } })
    const { orphaned, next } = await waitFor(async () => {
      const found = await pushes().orphaned('backlog', first.next)
      return found.orphaned.length > 0 && found
    })
    expect(orphaned).toMatchObject([{ id: behind!.id }])
    expect(next).toBeNull()
  })

  it('records overlapping sets of rows in any order without a deadlock', async () => {
    const many = (await accept(300)).map(({ id }) => id)
    const claimed = await pushes().claim(many, LONG)
    const other = (await current().connectAnother()).store.pushes
    const result = { is: 'later', delay: 60, reason: null } as const
    const shuffled = () => claimed.toSorted(() => Math.random() - 0.5)
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => {
        const side = index % 2 ? pushes() : other
        return index % 3 ? side.renew(shuffled(), LONG) : side.record(shuffled().map((push) => ({ ...push, result })))
      }),
    )
    expect(await pushes().renew(claimed, LONG)).toEqual([])
  })

  it('wakes what waits again, with its delay', async () => {
    const [push] = await pushes().claim([ids[0]!], LONG)
    const { wakeUps } = await pushes().record([
      { ...push!, result: { is: 'later', delay: 30, reason: 'asked to wait' } },
    ])
    expect(wakeUps).toMatchObject([{ id: push!.id, sender: 'taken', priority: 'normal' }])
    expect(wakeUps[0]!.delay).toBeGreaterThan(29_000)
  })

  it('says which were still held, and which another worker has', async () => {
    const [push] = await pushes().claim([ids[1]!], LONG)
    const late = { ...push!, attempt: push!.attempt - 1, result: { is: 'sent' } as const }
    expect((await pushes().record([late])).held).toEqual(new Set())
    expect((await pushes().record([{ ...push!, result: { is: 'sent' } }])).held).toEqual(new Set([push!.id]))
  })

  it('ends rows that no worker took within their ttl', async () => {
    await accept(3, { ttl: 1, sender: 'nobody' })
    await waitFor(async () => (await pushes().expire(100)).length === 3, { timeout: 10_000 })
    expect(await pushes().senders()).not.toContain('nobody')
  })
})
