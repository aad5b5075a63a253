import type { PushQuery } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { onEveryBackend } from './backends.ts'
import { addPusher, bell, newName, work } from './bells.ts'

onEveryBackend('dead pushes by reason', (current) => {
  const history = () => current().services.store.history
  const core = () => current().services.core

  /** An app of its own, whose pushes die for the reason that is their text. */
  async function dying(texts: readonly string[]) {
    const name = newName()
    const { id: app } = await current().services.store.apps.create({ name })
    const sender = bell(name, ({ raw }) => ({ giveUp: raw }))
    await current().services.store.pushers.set(app, name, { addSenders: [name] }, true)
    const worker = await work(current().services, [sender])
    onTestFinished(() => worker.stop())
    for (const text of texts) await current().services.api(app).push(name, name, text)
    const dead = () => history().list(app, { state: 'dead', size: 100 })
    await waitFor(async () => (await dead()).length === texts.length)
    return { app, name, dead }
  }

  it('are counted, the largest group first', async () => {
    const { app, name, dead } = await dying(['a', 'b', 'c'])
    await current().services.api(app).push(name, name, 'd')
    await waitFor(async () => (await dead()).length === 4)
    const { groups, counted, isAll } = await history().deadGroups(app)
    expect([counted, isAll]).toEqual([4, true])
    const [newest] = await dead()
    expect(groups[0]).toEqual({ sender: name, reason: 'd', count: 1, newest: newest!.id, newestAt: newest!.finishedAt })
    expect(groups.map(({ reason }) => reason).toSorted()).toEqual(['a', 'b', 'c', 'd'])
    expect((await history().deadGroups(app, Date.now() / 1000 + 60)).groups).toEqual([])
    expect((await history().deadGroups(2_000_000)).counted).toBe(0)
  })

  it('are found and replayed by it alone', async () => {
    const { app, dead } = await dying(['a', 'b'])
    const [b, a] = await dead()
    expect(await history().list(app, { reason: 'a', state: 'dead' })).toEqual([a])
    expect(await history().list(app, { reason: 'a', after: a!.id })).toEqual([])
    expect(await history().list(app, { reason: 'none' })).toEqual([])
    expect(await core().replayDead(app, { reason: 'b' })).toEqual({ replayed: 1, next: null })
    await waitFor(async () => (await history().find(app, b!.id))!.attempt === 2)
    expect((await history().find(app, a!.id))!.attempt).toBe(1)
  })

  it('are looked for only among as many of the newest as is asked for', async () => {
    const { app, name, dead } = await dying(['a', 'b'])
    const [, a] = await dead()
    const [soon, later] = [{ force: true }, { force: true, schedat: Math.floor(Date.now() / 1000) + 3600 }]
    await current().services.api(app).push('unknown', name, 'x', soon)
    await current().services.api(app).push('unknown', name, 'y', later)
    const ids = async (query: PushQuery, among?: number) =>
      (await history().list(app, query, among)).map(({ id }) => id)
    expect(await ids({ reason: 'a' }, 3)).toEqual([])
    expect(await ids({ reason: 'a' }, 4)).toEqual([a!.id])
    expect(await ids({ state: 'dead' }, 2)).toHaveLength(2) // the dead have an index
    expect(await ids({ state: 'waiting' }, 1)).toHaveLength(1)
    expect(await ids({ state: 'cancelled' }, 4)).toEqual([])
    expect(await ids({}, 1)).toHaveLength(4)
  })

  it('keep their message, until it is erased', async () => {
    const { app, name, dead } = await dying(['the text'])
    const [push] = await dead()
    expect(await history().message(app, push!.id)).toBe('the text')
    expect(await history().message(1, push!.id)).toBeNull()
    await core().removePusher(app, name)
    expect(await history().message(app, push!.id)).toBeNull()
  })

  it('so do pushes that wait', async () => {
    const name = newName()
    await addPusher(current().services, name, [name])
    await current().services.api(1).push(name, name, 'soon')
    const [push] = await history().list(1, { pusher: name })
    expect(await history().message(1, push!.id)).toBe('soon')
  })
})
