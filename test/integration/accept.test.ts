import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { pushName, type SenderStatus } from '@carillon/contract'
import { createCore, localApi } from '@carillon/core'
import { waitFor } from '@carillon/testkit'
import * as z from 'zod'
import { onEveryBackend } from './backends.ts'
import { addPusher, bell, gate, newName, work } from './bells.ts'

const later = () => ({ schedat: Math.floor(Date.now() / 1000) + 3600 })

onEveryBackend('accepting', (current) => {
  beforeAll(async () => {
    await addPusher(current().services, 'lupino', ['chime'])
  })
  const api = () => current().services.api(1)
  const status = async (name: string) =>
    (await current().services.store.senders.status(1)).find((each) => each.name === name)

  it('names a push after its pusher and its data', async () => {
    expect(await api().push('chime', 'lupino', 'a name', later())).toBe(pushName('lupino', 'a name'))
  })

  it.each(['nobody', 'no\0body'])('refuses a pusher that there is not: %j', async (pusher) => {
    const [refused, accepted] = await Promise.allSettled([
      api().push('chime', pusher, 'x'),
      api().push('chime', 'lupino', 'beside it', later()),
    ])
    expect(refused).toMatchObject({
      reason: {
        code: 'pusher_not_found',
        message: `pusher ${pusher} not exists.`,
        hint: `Store the pusher first: POST /pusher/pushers/ with pusher=${pusher}.`,
      },
    })
    expect(accepted).toMatchObject({ value: pushName('lupino', 'beside it') })
  })

  it('refuses a pusher without the sender, unless forced', async () => {
    await expect(api().push('gong', 'lupino', 'x')).rejects.toMatchObject({
      code: 'sender_not_enabled',
      message: 'not such pusher lupino',
      hint: 'The pusher exists, but was not given gong: POST /pusher/gong/add with pusher=lupino gives it, and force=true pushes without it.',
    })
    expect(await api().push('gong', 'lupino', 'x', { force: true, ...later() })).toBe(pushName('lupino', 'x'))
  })

  it('says what is wrong with the pusher before it says what is wrong with the data', async () => {
    const { services } = current()
    const rules = { data: z.object({}), mostData: 10 }
    const senders = new Map([
      ['gong', rules],
      ['chime', rules],
    ])
    const { push } = localApi(createCore({ ...services, senders, wakesOnConnect: [] }), services.pushers, 1, 3600)
    for (const data of ['nonsense', 'x'.repeat(11)]) {
      await expect(push('gong', 'nobody', data)).rejects.toMatchObject({ code: 'pusher_not_found' })
      await expect(push('gong', 'lupino', data)).rejects.toMatchObject({ code: 'sender_not_enabled' })
    }
    await expect(push('gong', 'lupino', 'nonsense', { force: true })).rejects.toMatchObject({ code: 'invalid_field' })
    await expect(push('chime', 'lupino', 'nonsense')).rejects.toMatchObject({ code: 'invalid_field' })
    // What is left of {"a":"R&D"} in a form where the & is not encoded
    await expect(push('chime', 'lupino', '{"a":"R')).rejects.toMatchObject({
      code: 'invalid_field',
      message: expect.stringContaining('it begins like JSON but is not valid JSON. In a form, write & as %26'),
    })
    await expect(push('chime', 'lupino', 'x'.repeat(11))).rejects.toMatchObject({ code: 'too_large' })
  })

  it('takes data as JSON, as the same push as its compact text', async () => {
    const text = '{"a":[1,"é"]}'
    const options = later()
    expect(await api().push('chime', 'lupino', JSON.parse(text) as object, options)).toBe(pushName('lupino', text))
    const id = async () => (await current().services.store.history.list(1, { pusher: 'lupino', size: 1 }))[0]?.id
    const first = await id()
    expect(await api().push('chime', 'lupino', text, options)).toBe(pushName('lupino', text))
    expect(await id()).toBe(first)
    await expect(api().push('chime', 'lupino', 5 as unknown as string)).rejects.toMatchObject({ code: 'invalid_field' })
  })

  it('judges pushes of one name and one instant each by itself', async () => {
    const push = (force: boolean) => api().push('bell', 'lupino', 'same', { force, ...later() })
    const answers = await Promise.allSettled([push(false), push(true), push(false), push(true)])
    const refused = { status: 'rejected', reason: expect.objectContaining({ code: 'sender_not_enabled' }) }
    const accepted = { status: 'fulfilled', value: pushName('lupino', 'same') }
    expect(answers).toEqual([refused, accepted, refused, accepted])
    expect(await status('bell')).toMatchObject({ delayed: 1 })
  })

  it('keeps a push forced, and takes the time of the last of equal names', async () => {
    const { pushes } = current().services.store
    const push = (more: { force?: boolean; schedat?: number }) => ({
      app: 1,
      sender: 'drum',
      pusher: 'lupino',
      name: 'same',
      data: 'x',
      priority: 'normal' as const,
      ttl: 3600,
      force: false,
      schedat: 0,
      ...more,
    })
    const delays = (await pushes.accept([push(later()), push({ force: true })])).map(({ delay }) => delay)
    expect(delays).toEqual([0, 0])
    const [again] = await pushes.accept([push({})])
    expect(await pushes.claim([again!.id], 15)).toMatchObject([{ force: true }])
  })

  it('keeps the pushes of one app from another', async () => {
    await expect(current().services.api(2).push('chime', 'lupino', 'x')).rejects.toMatchObject({
      code: 'pusher_not_found',
    })
    const name = await api().push('chime', 'lupino', 'apart', later())
    await expect(current().services.api(2).cancelPush('chime', name)).rejects.toMatchObject({ code: 'push_not_found' })
  })

  it('counts a push that no worker runs as waiting', async () => {
    await api().push('unknown', 'lupino', 'x', { force: true })
    expect(await status('unknown')).toMatchObject({ workers: 0, waiting: 1, delayed: 0, active: 0 })
    expect((await status('unknown'))!.oldestDueAge).toBeGreaterThanOrEqual(0)
  })

  it('says what a worker lacks to run a sender, as long as the worker is there', async () => {
    const name = newName()
    const worker = await work(current().services, [], { missing: { [name]: 'set the KEY' } })
    expect(await status(name)).toMatchObject({ workers: 0, missing: 'set the KEY', waiting: 0 })
    await worker.stop()
    expect(await status(name)).toBeUndefined()
  })

  it('counts only as many pushes of each sender as it is asked to, those that are due first', async () => {
    const [name, other] = [newName(), newName()]
    await addPusher(current().services, 'lupino', [name, other])
    const whole = (all: SenderStatus[]) => all.filter((one) => one.name === name || one.name === other)
    for (const text of ['a', 'b']) await api().push(name, 'lupino', text)
    await api().push(name, 'lupino', 'c', later())
    await api().push(other, 'lupino', 'd', later())
    const { senders } = current().services.store
    const exact = whole(await senders.status(1))
    expect(exact).toMatchObject([
      { name, waiting: 2, delayed: 1 },
      { name: other, waiting: 0, delayed: 1, oldestDueAge: null },
    ])
    const age = { oldestDueAge: expect.closeTo(exact[0]!.oldestDueAge!, -1) as number }
    expect(whole(await senders.status(1, 10))).toEqual([{ ...exact[0], ...age }, exact[1]])
    expect(whole(await senders.status(1, 2))).toEqual([{ ...exact[0], ...age, delayed: 0, isPart: true }, exact[1]])
  })

  it('takes the same push many times in one instant as one', async () => {
    await addPusher(current().services, 'lupino', ['once'])
    await Promise.all(Array.from({ length: 50 }, () => api().push('once', 'lupino', 'same', later())))
    expect(await status('once')).toMatchObject({ delayed: 1 })
  })

  it('accepts overlapping batches from many sides without a deadlock', async () => {
    await addPusher(current().services, 'lupino', ['busy'])
    const all = [current().services, await current().connectAnother(), await current().connectAnother()]
    const datas = Array.from({ length: 100 }, (_, index) => `data ${index}`)
    const rounds = Array.from({ length: 6 }, (_, round) => (round % 2 ? datas : datas.toReversed()))
    await Promise.all(
      all.flatMap((services) =>
        rounds.flatMap((round) => round.map((data) => services.api(1).push('busy', 'lupino', data, later()))),
      ),
    )
    expect(await status('busy')).toMatchObject({ delayed: 100 })
  })

  it('cancels what is pending, once', async () => {
    const name = await api().push('chime', 'lupino', 'to cancel', later())
    await api().cancelPush('chime', name)
    await expect(api().cancelPush('chime', name)).rejects.toMatchObject({ code: 'push_not_found' })
  })

  it('says that it is too late to cancel what is being sent', async () => {
    const hold = gate()
    const sender = bell('slow', () => hold.passed)
    const worker = await work(current().services, [sender])
    onTestFinished(() => worker.stop())
    await addPusher(current().services, 'lupino', ['slow'])
    const name = await api().push('slow', 'lupino', 'x')
    await waitFor(() => sender.rung.length === 1)
    await expect(api().cancelPush('slow', name)).rejects.toMatchObject({ code: 'push_sending' })
    hold.open()
    await waitFor(async () => (await status('slow'))?.active === 0)
    await expect(api().cancelPush('slow', name)).rejects.toMatchObject({ code: 'push_not_found' })
  })

  it('cancels the pushes of a pusher that is removed', async () => {
    await addPusher(current().services, 'leaver', ['farewell'])
    await api().push('farewell', 'leaver', 'x', later())
    await api().removePusher('leaver')
    await api().removePusher('leaver')
    expect(await api().getPusher('leaver')).toBeNull()
    expect(await status('farewell')).toBeUndefined()
  })
})
