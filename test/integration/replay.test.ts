import { expect, it, onTestFinished } from 'vitest'
import { waitFor } from '@carillon/testkit'
import { onEveryBackend } from './backends.ts'
import { addPusher, bell, newName, work } from './bells.ts'

const inAnHour = () => ({ schedat: Math.floor(Date.now() / 1000) + 3600 })

onEveryBackend('replaying', (current) => {
  const history = () => current().services.store.history
  const core = () => current().services.core

  /** A sender that gives up every push until it is fixed. */
  async function broken() {
    const name = newName()
    let mended = false
    const sender = bell(name, () => (mended ? undefined : { giveUp: 'broken' }))
    await addPusher(current().services, name, [name])
    const worker = await work(current().services, [sender])
    onTestFinished(() => worker.stop())
    const push = (data: string, options = {}) => current().services.api(1).push(name, name, data, options)
    const inState = (state: 'dead' | 'sent') => history().list(1, { sender: name, state, size: 100 })
    const until = (state: 'dead' | 'sent', count: number) =>
      waitFor(async () => ((found) => found.length === count && found)(await inState(state)))
    return { name, sender, push, until, mend: () => (mended = true) }
  }

  it('sends a dead push again, at once and under its id', async () => {
    const { sender, push, until, mend } = await broken()
    await push('ding')
    const [dead] = await until('dead', 1)
    mend()
    await core().replay(1, dead!.id)
    const [sent] = await until('sent', 1)
    expect(sent).toMatchObject({ id: dead!.id, name: dead!.name, failures: 0, attempt: 2, reason: null })
    expect(sender.rung.map(({ id }) => id)).toEqual([dead!.id, dead!.id])
    expect((await history().find(1, dead!.id))?.timeline.map(({ event }) => event)).toEqual([
      'accepted',
      'dead',
      'replayed',
      'sending',
      'sent',
    ])
  })

  it('gives it a whole ttl, and every try anew', async () => {
    const name = newName()
    let failing = true
    const sender = bell(name, () => {
      if (failing) throw Object.assign(new Error('busy'), { after: 0.01 })
      return undefined
    })
    await addPusher(current().services, name, [name])
    const worker = await work(current().services, [sender])
    onTestFinished(() => worker.stop())
    await current().services.api(1).push(name, name, 'ding', { ttl: 2 })
    const [dead] = await waitFor(async () =>
      ((found) => found.length > 0 && found)(await history().list(1, { sender: name, state: 'dead' })),
    )
    expect(dead).toMatchObject({ failures: 3, attempt: 3 })
    await waitFor(() => Date.now() / 1000 > dead!.acceptedAt + 2)
    await core().replay(1, dead!.id)
    await waitFor(() => sender.rung.length === 6)
    failing = false
    const state = async () => (await history().find(1, dead!.id))?.state
    await waitFor(async () => (await state()) === 'dead')
    await core().replay(1, dead!.id)
    await waitFor(async () => (await state()) === 'sent')
  })

  it('replays only what is dead, and not while its name is pending', async () => {
    const { push, until } = await broken()
    await push('ding')
    const [dead] = await until('dead', 1)
    await push('ding', inAnHour())
    await expect(core().replay(1, dead!.id)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('same name'),
    })
    const [waiting] = await history().list(1, { sender: dead!.sender })
    await expect(core().replay(1, waiting!.id)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('is not dead'),
    })
    await expect(core().replay(1, '999999999')).rejects.toMatchObject({ code: 'push_not_found' })
    expect(await core().replayDead(1, { sender: dead!.sender })).toEqual({ replayed: 0, next: null })
  })

  it('replays all that fits, in steps, one of each name', async () => {
    const { name, push, until, mend } = await broken()
    for (let index = 0; index < 7; index++) await push(`ding ${index}`) // one by one: `ding 0` is the oldest
    await until('dead', 7)
    await push('ding 0')
    const dead = await until('dead', 8)
    expect(await core().replayDead(1, { sender: name, pusher: 'another' })).toMatchObject({ replayed: 0 })
    const first = await history().replaySome(1, { sender: name }, undefined, 3)
    expect(first.wakeUps.map(({ id }) => id).toSorted()).toEqual(
      dead
        .slice(0, 3)
        .map(({ id }) => id)
        .toSorted(),
    )
    expect(first.next).toBe(dead[2]!.id)
    expect((await history().list(1, { sender: name, state: 'waiting' })).map(({ id }) => id)).toEqual(
      dead.slice(0, 3).map(({ id }) => id),
    )
    mend()
    expect(await core().replayDead(1, { sender: name, pusher: name })).toEqual({ replayed: 4, next: null })
    await until('sent', 4)
  })
})
