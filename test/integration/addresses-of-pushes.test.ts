import { type Address, RetryableError, shortToken } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { onEveryBackend } from './backends.ts'
import { addPusher, bell, newName, work } from './bells.ts'

const SOON_S = 0.01

onEveryBackend('the addresses of pushes', (current) => {
  const store = () => current().services.store
  const api = () => current().services.api(1)
  let name: string
  beforeEach(async () => {
    name = newName()
    await addPusher(current().services, name, [name])
  })

  const register = (kind: Address['kind'], token: string, pusher = name) =>
    store().addresses.register({ app: 1, pusher, kind, token: `${token}-of-${pusher}` })

  it('come with each push, of the kinds of its sender, those seen last first', async () => {
    const first = await register('fcm', 'first')
    const second = await register('apns', 'second')
    await store().addresses.disable(1, (await register('fcm', 'disabled')).id, 'no')
    await register('slack', 'chat')
    const sender = bell(name, () => {}, { addressKinds: ['fcm', 'apns'] })
    const worker = await work(current().services, [sender])
    onTestFinished(() => worker.stop())
    await api().push(name, name, 'ding')
    await waitFor(() => sender.rung.length === 1)
    const shown = { target: '', environment: '', platform: '', locale: '', timezone: '', label: '' }
    const times = { createdAt: expect.any(Number), seenAt: expect.any(Number) }
    expect(sender.rung[0]!.addresses).toEqual([
      { ...shown, ...times, id: second.id, kind: 'apns', token: `second-of-${name}` },
      { ...shown, ...times, id: first.id, kind: 'fcm', token: `first-of-${name}` },
    ])
  })

  it('come with pushes that are dispatched to idle workers', async () => {
    const { id } = await register('fcm', 'phone')
    const sender = bell(name, () => {}, { addressKinds: ['fcm'] })
    const worker = await work(current().services, [sender])
    onTestFinished(() => worker.stop())
    const rungAt = () => sender.rung.map(({ addresses }) => addresses.map((address) => address.id))
    for (const data of ['1', '2', '3', '4', '5']) {
      await api().push(name, name, data)
      await waitFor(() => sender.rung.length === Number(data))
    }
    expect(rungAt()).toEqual([[id], [id], [id], [id], [id]])
  })

  it('of a broadcast are those of each recipient, and what failed is sent again alone', async () => {
    const others = [1, 2, 3].map((each) => `${name}-${each}`)
    for (const pusher of others) await addPusher(current().services, pusher, [name])
    for (const pusher of [name, ...others]) await register('fcm', 'phone', pusher)
    await register('telegram', 'chat')
    const calls: string[] = []
    const sender = bell(
      name,
      ({ addresses, progress, attempt }) => {
        const open = addresses.filter(({ id }) => !Array.isArray(progress) || progress.includes(id))
        const results = open.map(({ id, kind, token }) => {
          calls.push(token)
          const failed = kind === 'telegram' && attempt < 3
          return { id, result: { kind, address: shortToken(token), outcome: failed ? 'failed' : 'sent' } as const }
        })
        const failed = results.flatMap(({ id, result }) => (result.outcome === 'failed' ? [id] : []))
        const given = { addresses: results.map(({ result }) => result) }
        if (failed.length > 0) throw new RetryableError('busy', { after: SOON_S, progress: failed, ...given })
        return { done: true, ...given }
      },
      { addressKinds: ['fcm', 'telegram'] },
    )
    const worker = await work(current().services, [sender])
    onTestFinished(() => worker.stop())
    const broadcast = await api().pushAll(name, 'ding')
    await waitFor(async () => (await store().broadcasts.status(1, broadcast))?.state === 'done')
    const chat = `chat-of-${name}`
    expect(calls.toSorted()).toEqual(
      [chat, chat, chat, ...[name, ...others].map((pusher) => `phone-of-${pusher}`)].toSorted(),
    )
    const [{ id } = { id: '' }] = await store().history.list(1, { pusher: name })
    const { timeline } = (await store().history.find(1, id))!
    const shown = { kind: 'telegram', address: shortToken(chat) }
    expect(timeline.filter(({ event }) => event === 'failed' || event === 'sent')).toMatchObject([
      { event: 'failed', attempt: 1, addresses: expect.arrayContaining([{ ...shown, outcome: 'failed' }]) },
      { event: 'failed', attempt: 2, addresses: [{ ...shown, outcome: 'failed' }] },
      { event: 'sent', attempt: 3, addresses: [{ ...shown, outcome: 'sent' }] },
    ])
    expect(JSON.stringify(timeline)).not.toContain(chat)
  })
})
