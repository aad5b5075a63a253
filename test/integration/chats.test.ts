import type { AddressKind, SenderDefinition } from '@carillon/contract'
import { guardedOutbound } from '@carillon/outgoing'
import senddiscord from '@carillon/sender-discord'
import sendtelegram from '@carillon/sender-telegram'
import { createSender, fakeProvider, type ProviderAnswer, waitFor } from '@carillon/testkit'
import type { Services } from 'carillon'
import { expect, it, onTestFinished } from 'vitest'
import { onEveryBackend } from './backends.ts'
import { addPusher, newName, work } from './bells.ts'

const patient = { timeout: 25_000 }
const sent = { body: { ok: true, result: { message_id: 42 } } }
const unknownWebhook = { status: 404, body: { message: 'Unknown Webhook', code: 10015 } }

onEveryBackend('a chat', (current) => {
  /** A local server, and workers that send to it, two where there is room for two. A failed attempt is the last. */
  async function chats(definition: SenderDefinition, env: Record<string, string>, usual: ProviderAnswer) {
    const provider = await fakeProvider(usual)
    const outbound = guardedOutbound({ allowPrivate: true })
    const start = async (services: Services) => {
      const context = { outbound, pacer: services.pacer, addresses: services.store.addresses }
      const sender = await createSender(definition, { TELEGRAM_BASE_URL: provider.url, ...env }, context)
      return work(services, [sender], { retryTimes: 1 })
    }
    const workers = [await start(current().services)]
    if (current().redisUrl) workers.push(await start(await current().connectAnother()))
    onTestFinished(async () => {
      await Promise.all(workers.map((worker) => worker.stop()))
      await outbound.close()
      await provider.close()
    })
    return provider
  }

  async function register(sender: string, kind: AddressKind, token: string): Promise<string> {
    const pusher = newName()
    await addPusher(current().services, pusher, [sender])
    await current().services.store.addresses.register({ app: 1, pusher, kind, token })
    return pusher
  }

  const push = (sender: string, pusher: string, data: object) =>
    current().services.api(1).push(sender, pusher, JSON.stringify(data))

  /** The pushes of a pusher once none of them is unfinished, newest first. */
  const finished = (pusher: string) =>
    waitFor(async () => {
      const pushes = await current().services.store.history.list(1, { pusher, size: 100 })
      return pushes.every(({ finishedAt }) => finishedAt !== null) && pushes
    }, patient)

  it('gets each of 100 messages once, at its own pace, and holds up no other', patient, async () => {
    const provider = await chats(sendtelegram, { TELEGRAM_TOKEN: '1:a', TELEGRAM_CHAT_RATE: '20/s' }, sent)
    const [busy, quiet] = [
      await register('sendtelegram', 'telegram', '7001'),
      await register('sendtelegram', 'telegram', '7002'),
    ]
    const numbers = Array.from({ length: 100 }, (_, number) => number)
    await Promise.all(numbers.map((number) => push('sendtelegram', busy, { text: `message ${number}` })))
    await push('sendtelegram', quiet, { text: 'hello' })
    const pushes = await finished(busy)
    const bodies = provider.requests.map(({ body }) => JSON.parse(body) as { chat_id: string; text: string })
    expect(pushes).toHaveLength(100)
    expect(pushes.every(({ state, failures }) => state === 'sent' && failures === 0)).toBe(true)
    expect(pushes.filter(({ attempt }) => attempt > 1).length, 'pushes that waited').toBeGreaterThan(10)
    expect(new Set(bodies.filter(({ chat_id }) => chat_id === '7001').map(({ text }) => text)).size).toBe(100)
    expect(bodies).toHaveLength(101)
    expect(bodies.at(-1)).toMatchObject({ chat_id: '7001' })
  })

  it('that asks for a pause gets its message after it, and no attempt has failed', async () => {
    const provider = await chats(sendtelegram, { TELEGRAM_TOKEN: '1:a' }, sent)
    const chat = await register('sendtelegram', 'telegram', '7003')
    const parameters = { retry_after: 1 }
    provider.answer({ status: 429, body: { ok: false, error_code: 429, description: 'Too Many Requests', parameters } })
    await push('sendtelegram', chat, { text: 'hello' })
    const [found] = await finished(chat)
    expect(found).toMatchObject({ state: 'sent', failures: 0, messageId: '42' })
    expect(provider.requests).toHaveLength(2)
  })

  it('that has moved is called at its new place from then on', async () => {
    const provider = await chats(sendtelegram, { TELEGRAM_TOKEN: '1:a', TELEGRAM_GROUP_RATE: '50/s' }, sent)
    const group = await register('sendtelegram', 'telegram', '-4567')
    const parameters = { migrate_to_chat_id: -100_123 }
    provider.answer({ status: 400, body: { ok: false, error_code: 400, description: 'upgraded', parameters } })
    await push('sendtelegram', group, { text: 'one' })
    await finished(group)
    await push('sendtelegram', group, { text: 'two' })
    await finished(group)
    const called = provider.requests.map(({ body }) => (JSON.parse(body) as { chat_id: string }).chat_id)
    expect(called).toEqual(['-4567', '-100123', '-100123'])
  })

  it('that is gone is called once and never again', async () => {
    const provider = await chats(senddiscord, {}, unknownWebhook)
    const webhook = await register('senddiscord', 'discord', `${provider.url}/api/webhooks/1/XyzSecret`)
    await push('senddiscord', webhook, { content: 'one' })
    expect(await finished(webhook)).toMatchObject([{ state: 'dead', reason: expect.stringContaining('code 10015') }])
    await push('senddiscord', webhook, { content: 'two' })
    const [second, first] = await finished(webhook)
    expect(second).toMatchObject({ state: 'dead', reason: expect.stringContaining('no enabled discord address') })
    expect(provider.requests).toHaveLength(1)
    const shown = await current().services.store.history.find(1, first!.id)
    expect(shown!.timeline.at(-1)).toMatchObject({ addresses: [{ kind: 'discord', outcome: 'disabled' }] })
    expect(JSON.stringify([first, second, shown])).not.toContain('XyzSecret')
    expect(await current().services.store.addresses.list(1, webhook)).toMatchObject([
      { reason: 'Discord answered 404: code 10015' },
    ])
  })
})
