import { SetupError, type SharedValues } from '@carillon/contract'
import { guardedOutbound } from '@carillon/outgoing'
import { createSender, exampleContext, pushFor } from '@carillon/testkit'
import webpush from 'web-push'
import { describe, expect, it, onTestFinished } from 'vitest'
import { pushService } from '../../../test/services/push-service.ts'
import { subscriber } from '../../../test/services/subscriber.ts'
import sendpush from '../index.ts'
import { addressOf, sharedInMemory } from './web-push-parts.ts'

function context(shared: SharedValues = sharedInMemory()) {
  const outbound = guardedOutbound({ allowPrivate: true })
  onTestFinished(() => outbound.close())
  return { outbound, shared }
}

/** What a browser gets of a push with this data. */
async function received(data: object, env: Record<string, string> = {}, id = '12') {
  const service = await pushService()
  const ada = subscriber(`${service.origin}/send/a-secret-token`)
  const sender = await createSender(sendpush, env, context())
  const push = await pushFor(sender, { id, data, addresses: [addressOf(ada)] })
  expect(await sender.send(push)).toMatchObject({ done: true, addresses: [{ kind: 'webpush', outcome: 'sent' }] })
  const [{ headers, body }] = service.received as [(typeof service.received)[number]]
  return { headers, payload: JSON.parse(ada.decrypt(body)) as unknown }
}

describe('a browser', () => {
  it('gets all that it can show, and a tag with which a second send replaces the first', async () => {
    const actions = [{ action: 'track', title: 'Track', icon: '/t.png', url: '/track' }]
    const shown = { body: 'b', icon: '/i.png', image: '/m.png', url: '/orders/7', actions, data: { order: '7' } }
    const { headers, payload } = await received({ title: 'Dear {{ pusher.nickname }}', badge: 3, sound: 's', ...shown })
    expect(payload).toEqual({ id: '12', title: 'Dear Lupino', tag: '12', appBadge: 3, ...shown })
    expect(headers).toMatchObject({ ttl: '2419200', urgency: 'high', topic: '12' })
  })

  it('gets what webpush has instead of what was built', async () => {
    const options = { collapse: 'order-7x', ttl: 60, priority: 'normal' }
    const raw = { badge: '/badge.png', requireInteraction: true, body: null }
    const { headers, payload } = await received({ title: 't', body: 'b', ...options, webpush: raw })
    const built = { id: '12', title: 't', tag: 'order-7x' }
    expect(payload).toEqual({ ...built, badge: '/badge.png', requireInteraction: true })
    expect(headers).toMatchObject({ ttl: '60', urgency: 'normal', topic: 'order-7x' })
  })

  it('gets no title with a silent push, so that it shows nothing', async () => {
    const { headers, payload } = await received({ silent: true, data: { sync: 'orders' } })
    expect(payload).toEqual({ id: '12', data: { sync: 'orders' } })
    expect(headers['urgency']).toBe('normal')
  })

  it('gets a title, though an empty one, with a push that has only a body', async () => {
    expect(await received({ body: 'b' })).toMatchObject({ payload: { title: '', body: 'b' } })
  })
})

describe('the keys', () => {
  it('are the pair that all workers share, unless the operator has set one', async () => {
    const shared = sharedInMemory()
    const keysIn = async (env: Record<string, string>) => {
      const service = await pushService()
      const sender = await createSender(sendpush, env, context(shared))
      const addresses = [addressOf(subscriber(service.origin))]
      await sender.send(await pushFor(sender, { data: { title: 't' }, addresses }))
      return String(service.received[0]!.headers.authorization).split('k=')[1]
    }
    const made = await keysIn({})
    expect(await keysIn({ VAPID_PUBLIC_KEY: '' })).toBe(made)
    const { publicKey, privateKey } = webpush.generateVAPIDKeys()
    expect(await keysIn({ VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey })).toBe(publicKey)
  })

  const pair = webpush.generateVAPIDKeys()
  it.each([
    [{ VAPID_PUBLIC_KEY: pair.publicKey }, 'VAPID_PRIVATE_KEY: is also required: set both keys or neither'],
    [{ VAPID_PRIVATE_KEY: pair.privateKey }, 'VAPID_PUBLIC_KEY: is also required: set both keys or neither'],
    [
      { VAPID_PUBLIC_KEY: webpush.generateVAPIDKeys().publicKey, VAPID_PRIVATE_KEY: pair.privateKey },
      'VAPID_PRIVATE_KEY: must belong to VAPID_PUBLIC_KEY: both are keys of P-256, in base64url',
    ],
    [
      { VAPID_SUBJECT: 'mailto:ops@localhost' },
      'VAPID_SUBJECT: must contain a host that everybody can look up, such as example.com: Apple refuses localhost',
    ],
    [{ VAPID_SUBJECT: 'ops@example.com' }, 'VAPID_SUBJECT: must be mailto: with an email address, or an https: URL'],
  ])('%o stop the start', async (env, sentence) => {
    const starting = sendpush.create(env, exampleContext(context()))
    await expect(starting).rejects.toThrow(new SetupError(`Sender sendpush cannot start: ${sentence}`))
    await expect(starting).rejects.not.toThrow(pair.privateKey)
  })
})
