import {
  type Address,
  type AddressBook,
  type Push,
  RetryableError,
  type Sender,
  type SharedValues,
} from '@carillon/contract'
import sendpush from '@carillon/sender-push'
import {
  createSender,
  exampleAddress,
  examplePusher,
  exerciseSender,
  pushFor,
  type PushOverrides,
} from '@carillon/testkit'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ownValues } from '../../senders/push/shared-values.ts'
import type { Http2Reply } from '../services/http2-server.ts'
import { apnsSettings } from '../services/push-credentials.ts'
import { fakeApns, type Script } from '../services/push-providers.ts'

const TOKEN = 'a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90'
const address = (fields: Partial<Address> = {}) =>
  exampleAddress({ id: '7', kind: 'apns', token: TOKEN, target: '', seenAt: 1000, ...fields })

async function stage({
  script = {},
  sandboxScript = {},
  shared,
}: { script?: Script; sandboxScript?: Script; shared?: SharedValues } = {}) {
  const production = await fakeApns(script)
  const sandbox = await fakeApns(sandboxScript)
  const changes: unknown[][] = []
  const addresses: AddressBook = {
    remove: async (...call) => void changes.push(['remove', ...call]),
    disable: async (...call) => void changes.push(['disable', ...call]),
    change: async (...call) => void changes.push(['change', ...call]),
  }
  const errors: string[] = []
  const log = { debug() {}, info() {}, warn() {}, error: (fields: object) => void errors.push(JSON.stringify(fields)) }
  const sender = await createSender(sendpush, apnsSettings(production.url, sandbox.url), { addresses, shared, log })
  onTestFinished(() => sender.close?.())
  const send = async (overrides: PushOverrides = {}) => sender.send(await example(sender, overrides))
  return { production, sandbox, changes, errors, sender, send }
}

function example(sender: Sender, overrides: PushOverrides): Promise<Push> {
  return pushFor(sender, { id: '12', data: { title: 'Hello' }, addresses: [address()], ...overrides })
}

const refused = (status: number, reason: string, more = {}): Http2Reply => ({ status, body: { reason, ...more } })
const failure = (outcome: Promise<unknown>) => outcome.catch((error: unknown) => error as RetryableError)

let calls = 0
exerciseSender(() => createSender(sendpush, {}, { outbox: { write: async () => 'outbox: a.json' } }), {
  push: { data: { title: 'Hello' }, addresses: [address()] },
  nonsense: [{}],
  refused: { data: { title: 'Hello' }, addresses: [] },
  partly: {
    async create() {
      const busy = 'b'.repeat(64)
      const production = await fakeApns({ [busy]: [refused(503, 'ServiceUnavailable')] })
      const { reply } = production
      production.reply = (call) => {
        calls++
        return reply(call)
      }
      return createSender(sendpush, apnsSettings(production.url))
    },
    push: { data: { title: 'Hello' }, addresses: [address(), address({ id: '8', token: 'b'.repeat(64) })] },
    calls: () => calls,
  },
})

describe('a notification', () => {
  it('has the fields of the push as APNs wants them', async () => {
    const { production, send } = await stage()
    const data = {
      title: 'Hello {{ pusher.nickname }}',
      body: 'Text',
      url: 'https://example.com/{{ pusher.id }}',
      image: 'https://example.com/a.png',
      badge: 3,
      sound: 'bell.caf',
      collapse: 'news',
      ttl: 60,
      priority: 'normal',
      data: { order: '7' },
      apns: { aps: { 'thread-id': 'a', alert: { subtitle: 'for {{ pusher.id }}' } } },
    }
    expect(await send({ data })).toMatchObject({
      done: true,
      messageId: expect.stringMatching(/^[\da-f-]{36}$/) as string,
    })
    const [{ path, headers, body }] = production.calls as [(typeof production.calls)[number]]
    expect(path).toBe(`/3/device/${TOKEN}`)
    expect(headers).toMatchObject({
      'apns-topic': 'com.example.app',
      'apns-push-type': 'alert',
      'apns-priority': '5',
      'apns-collapse-id': 'news',
    })
    expect(Number(headers['apns-expiration'])).toBeCloseTo(Date.now() / 1000 + 60, -1)
    expect(JSON.parse(body)).toEqual({
      aps: {
        alert: { title: 'Hello Lupino', body: 'Text', subtitle: 'for lupino' },
        badge: 3,
        sound: 'bell.caf',
        'mutable-content': 1,
        'thread-id': 'a',
      },
      url: 'https://example.com/lupino',
      image: 'https://example.com/a.png',
      order: '7',
    })
  })

  it('is urgent, rings, and replaces its own first send, unless the push says otherwise', async () => {
    const { production, send } = await stage()
    const first = await send()
    await send()
    await send({ data: { title: 'Hello', sound: '', ttl: 0 } })
    await send({ data: { silent: true }, id: '13' })
    const [one, two, mute, silent] = production.calls
    expect(one!.headers).toMatchObject({ 'apns-priority': '10', 'apns-collapse-id': '12' })
    expect(one!.headers).not.toHaveProperty('apns-expiration')
    expect(two!.headers['apns-id']).toBe(one!.headers['apns-id'])
    expect(first).toMatchObject({ messageId: one!.headers['apns-id'] })
    expect(JSON.parse(one!.body)).toMatchObject({ aps: { sound: 'default' } })
    expect(JSON.parse(mute!.body)).toEqual({ aps: { alert: { title: 'Hello' } } })
    expect(mute!.headers['apns-expiration']).toBe('0')
    expect(silent!.headers).toMatchObject({ 'apns-priority': '5', 'apns-push-type': 'background' })
    expect(silent!.headers['apns-id']).not.toBe(one!.headers['apns-id'])
    expect(JSON.parse(silent!.body)).toEqual({ aps: { 'content-available': 1 } })
  })

  it('goes to the topic of its address', async () => {
    const { production, send } = await stage()
    await send({ addresses: [address({ target: 'com.example.other' })] })
    expect(production.calls[0]!.headers['apns-topic']).toBe('com.example.other')
  })

  it('is given up where it is too large, with its size', async () => {
    const { production, send } = await stage()
    const data = { title: '{{ pusher.attributes.long }}' }
    const outcome = await send({ data, pusher: examplePusher({ attributes: { long: 'x'.repeat(4200) } }) })
    expect(outcome).toMatchObject({
      giveUp: expect.stringMatching(/the payload has 4\d\d\d bytes, and APNs takes 4096/) as string,
    })
    expect(production.calls).toEqual([])
  })
})

describe('an answer of APNs', () => {
  it.each([
    ['410 Unregistered', refused(410, 'Unregistered', { timestamp: 2_000_000 }), 'removed', ['remove', 1, '7', 2000]],
    ['410 ExpiredToken', refused(410, 'ExpiredToken', { timestamp: 2_000_000 }), 'removed', ['remove', 1, '7', 2000]],
    [
      '410 before the address was registered again',
      refused(410, 'Unregistered', { timestamp: 999_000 }),
      'gaveUp',
      ['remove', 1, '7', 999],
    ],
    [
      '400 DeviceTokenNotForTopic',
      refused(400, 'DeviceTokenNotForTopic'),
      'disabled',
      ['disable', 1, '7', expect.any(String)],
    ],
    ['413', refused(413, 'PayloadTooLarge'), 'gaveUp', undefined],
    ['400 BadCollapseId', refused(400, 'BadCollapseId'), 'gaveUp', undefined],
    ['403 Forbidden', refused(403, 'Forbidden'), 'gaveUp', undefined],
  ])('of %s ends it', async (_, reply, outcome, change) => {
    const { production, changes, send } = await stage({ script: { [TOKEN]: [reply] } })
    expect(await send()).toMatchObject({
      giveUp: expect.stringContaining(`APNs answered ${reply.status}`) as string,
      addresses: [{ outcome }],
    })
    expect(changes).toEqual(change ? [change] : [])
    expect(production.calls).toHaveLength(1)
  })

  it.each([
    [
      '429 TooManyRequests',
      { ...refused(429, 'TooManyRequests'), headers: { 'retry-after': '7' } },
      { after: expect.closeTo(7, 1) as number, sent: 'no' },
    ],
    [
      '429 TooManyProviderTokenUpdates',
      refused(429, 'TooManyProviderTokenUpdates'),
      { after: expect.closeTo(1200, 0) as number, sent: 'no' },
    ],
    ['500', refused(500, 'InternalServerError'), { after: undefined, sent: 'no', outage: 'HTTP 500' }],
    ['503', refused(503, 'ServiceUnavailable'), { after: undefined, sent: 'no', outage: 'HTTP 503' }],
    ['502 of a gateway', refused(502, 'x'), { sent: 'maybe' }],
    ['520 of a proxy', refused(520, 'x'), { sent: 'maybe' }],
    ['403 InvalidProviderToken', refused(403, 'InvalidProviderToken'), { needsOperator: true, sent: 'no' }],
    ['400 TopicDisallowed', refused(400, 'TopicDisallowed'), { needsOperator: true, sent: 'no' }],
  ])('of %s is tried again', async (_, reply, expected) => {
    const { changes, send } = await stage({ script: { [TOKEN]: [reply] } })
    const error = await failure(send())
    expect(error).toBeInstanceOf(RetryableError)
    expect(error).toMatchObject(expected)
    expect(changes).toEqual([])
  })

  it('tells the operator', async () => {
    const { errors, send } = await stage({ script: { [TOKEN]: [refused(400, 'DeviceTokenNotForTopic')] } })
    await send()
    await send()
    expect(errors).toEqual([expect.stringContaining('DeviceTokenNotForTopic')])
    expect(errors[0]).not.toContain(TOKEN)
  })

  it('of a lost connection may have been a success', async () => {
    const { send } = await stage({ script: { [TOKEN]: [{ fault: 'reset' }] } })
    expect(await failure(send())).toMatchObject({
      sent: 'maybe',
      message: expect.stringContaining('APNs did not answer') as string,
    })
  })
})

describe('a bad token', () => {
  const bad = refused(400, 'BadDeviceToken')

  it('is tried once in the other environment, which is remembered if it works', async () => {
    const { production, sandbox, changes, send } = await stage({ script: { [TOKEN]: [bad] } })
    expect(await send()).toMatchObject({ done: true })
    expect([production.calls.length, sandbox.calls.length]).toEqual([1, 1])
    expect(changes).toEqual([['change', 1, '7', { environment: 'sandbox' }]])
  })

  it('of the sandbox is tried there first', async () => {
    const { production, sandbox, send } = await stage()
    await send({ addresses: [address({ environment: 'sandbox' })] })
    expect([production.calls.length, sandbox.calls.length]).toEqual([0, 1])
  })

  it('is removed when both environments say so', async () => {
    const { changes, send } = await stage({ script: { [TOKEN]: [bad] }, sandboxScript: { [TOKEN]: [bad] } })
    expect(await send()).toMatchObject({ addresses: [{ outcome: 'removed' }] })
    expect(changes).toEqual([['remove', 1, '7', undefined]])
  })

  it('is kept when the other environment does not know either', async () => {
    const sandboxScript = { [TOKEN]: [refused(503, 'ServiceUnavailable')] }
    const { changes, send } = await stage({ script: { [TOKEN]: [bad] }, sandboxScript })
    expect(await failure(send())).toMatchObject({ outage: 'HTTP 503' })
    expect(changes).toEqual([])
  })
})

describe('the provider token', () => {
  it('names the key and the team, and is the same for all workers', async () => {
    const shared = ownValues()
    const [one, two] = [await stage({ shared }), await stage({ shared })]
    await Promise.all([one.send(), one.send(), two.send()])
    const tokens = [...one.production.calls, ...two.production.calls].map(({ headers }) => headers.authorization)
    expect(tokens).toHaveLength(3)
    expect(new Set(tokens).size).toBe(1)
    const token = tokens[0]!.replace('bearer ', '')
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', kid: 'ABC123DEFG' })
    expect(decodeJwt(token)).toEqual({ iss: 'TEAM123456', iat: expect.closeTo(Date.now() / 1000, -1) as number })
  })

  /** Values of which the first is the token of an hour ago. */
  function old(): SharedValues & { dropped: string[] } {
    const now = ownValues()
    const dropped: string[] = []
    const claims = Buffer.from(JSON.stringify({ iat: Math.floor(Date.now() / 1000) - 3700 })).toString('base64url')
    const expired = `e30.${claims}.x`
    return {
      dropped,
      get: async (name, maxAge, make) => (dropped.length > 0 ? now.get(name, maxAge, make) : expired),
      drop: async (_, value) => void dropped.push(value),
    }
  }

  it('is replaced at once when it has expired, for all that were under way', async () => {
    const shared = old()
    const { production, send } = await stage({ shared, script: { [TOKEN]: [] } })
    const { reply } = production
    production.reply = (call) =>
      call.headers.authorization?.includes('e30.') ? refused(403, 'ExpiredProviderToken') : reply(call)
    expect(await Promise.all([send(), send()])).toMatchObject([{ done: true }, { done: true }])
    expect(shared.dropped).toHaveLength(1)
  })

  it('is not replaced when it is too young to have expired', async () => {
    const { production, send } = await stage({ script: { [TOKEN]: [refused(403, 'ExpiredProviderToken')] } })
    expect(await failure(send())).toMatchObject({ needsOperator: true })
    expect(production.calls).toHaveLength(1)
  })
})

describe('the settings', () => {
  const good = apnsSettings('https://127.0.0.1:1')
  it.each([
    [{ APNS_KEY: 'no-such-file.p8' }, 'APNS_KEY: names a file that cannot be read: ENOENT'],
    [{ APNS_KEY: '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----' }, 'APNS_KEY: must be the private key'],
    [{ APNS_KEY_ID: 'short' }, 'APNS_KEY_ID: must have 10 letters and digits'],
    [{ APNS_TEAM_ID: '' }, 'APNS_TEAM_ID: is also required: set all of APNS_KEY, APNS_KEY_ID, APNS_TEAM_ID'],
    [{ APNS_BASE_URL: 'api.push.apple.com' }, 'APNS_BASE_URL: must be an http or https address'],
  ])('refuse %j with a sentence', async (env, sentence) => {
    await expect(createSender(sendpush, { ...good, ...env })).rejects.toThrow(
      `Sender sendpush cannot start: ${sentence}`,
    )
  })

  it('take a key on one line', async () => {
    const sender = await createSender(sendpush, { ...good, APNS_KEY: good.APNS_KEY.replaceAll('\n', '\\n') })
    await sender.close?.()
  })

  it('make an address wait for a topic', async () => {
    const production = await fakeApns()
    const sender = await createSender(sendpush, { ...apnsSettings(production.url), APNS_TOPIC: '' })
    onTestFinished(() => sender.close?.())
    expect(await failure(sender.send(await example(sender, {})))).toMatchObject({
      message: expect.stringContaining('APNS_TOPIC is not set') as string,
      needsOperator: true,
    })
  })

  it('make an address of another kind wait for its provider', async () => {
    const { send } = await stage()
    const outcome = await failure(send({ addresses: [address({ kind: 'fcm' }), address({ id: '8' })] }))
    expect(outcome).toMatchObject({
      message: 'no worker has the settings for fcm: set FCM_CREDENTIALS',
      ifLast: { done: true },
    })
  })
})
