import crypto, { createECDH, createPublicKey, verify } from 'node:crypto'
import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import type { OpenBreaker } from '@carillon/contract'
import { guardedOutbound } from '@carillon/outgoing'
import { silentLogger } from '@carillon/testkit'
import webpush from 'web-push'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { MOST_PAYLOAD, type WebPushMessage, webPush } from '../webpush/web-push.ts'
import { pushService, type ReceivedMessage } from '../../../test/services/push-service.ts'
import { subscriber, type Subscriber } from '../../../test/services/subscriber.ts'
import { addressOf } from './web-push-parts.ts'

const vapid = { ...webpush.generateVAPIDKeys(), subject: 'mailto:ops@example.com' }

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

async function service(answer?: RequestListener) {
  const { origin, received } = await pushService(answer)
  return { origin, received, endpoint: `${origin}/send/a-secret-token` }
}

type ReadBreaker = () => OpenBreaker | null

function sending({ allowPrivate = true, log = silentLogger, breakers = new Set<ReadBreaker>() } = {}) {
  const outbound = guardedOutbound({ allowPrivate })
  onTestFinished(() => outbound.close())
  const watchBreaker = (read: ReadBreaker) => (breakers.add(read), () => void breakers.delete(read))
  const send = webPush({ vapid, outbound, log, watchBreaker })
  return (to: Subscriber, message: Partial<WebPushMessage> = {}) =>
    send(addressOf(to), { payload: '{}', ttl: 60, urgency: 'high', collapse: 'c', ...message })
}

describe('a message', () => {
  it('is the one of RFC 8291, section 5, for its keys and salt', async () => {
    const sender = createECDH('prime256v1')
    sender.setPrivateKey('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw', 'base64url')
    vi.spyOn(sender, 'generateKeys').mockImplementation(() => sender.getPublicKey() as Buffer & string)
    const salt = Buffer.from('DGv6ra1nlYgDCS1FRnbzlw', 'base64url')
    const { endpoint, received } = await service()
    const receiver = subscriber(endpoint, {
      privateKey: 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94',
      auth: 'BTBZMqHH6r4Tts7J_aSIgg',
    })
    vi.spyOn(crypto, 'createECDH').mockReturnValue(sender)
    vi.spyOn(crypto, 'randomBytes').mockImplementation(() => salt)
    await sending()(receiver, { payload: 'When I grow up, I want to be a watermelon' })
    expect(received[0]!.body.toString('base64url')).toBe(
      'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
    )
  })

  it('can be read by its browser, and says how it is to be treated', async () => {
    const { endpoint, received } = await service()
    const ada = subscriber(endpoint)
    const payload = JSON.stringify({ title: 'Grüße 🔔' })
    await sending()(ada, { payload, ttl: 60, urgency: 'normal', collapse: 'order-7x' })
    const [{ url, headers, body }] = received as [ReceivedMessage]
    expect(ada.decrypt(body)).toBe(payload)
    expect(url).toBe('/send/a-secret-token')
    expect(headers).toMatchObject({
      ttl: '60',
      urgency: 'normal',
      topic: 'order-7x',
      'content-encoding': 'aes128gcm',
      'content-length': String(body.length),
    })
  })

  it('may have 3,993 bytes, which are 4,096 encrypted; of a larger one nothing is sent', async () => {
    const { endpoint, received } = await service()
    const send = sending()
    const ada = subscriber(endpoint)
    expect(await send(ada, { payload: 'é'.padEnd(MOST_PAYLOAD - 1, 'x') })).toMatchObject({ sent: true })
    expect(received[0]!.body).toHaveLength(4096)
    const tooLarge = await send(ada, { payload: 'é'.padEnd(MOST_PAYLOAD, 'x') })
    expect(tooLarge).toEqual({ giveUp: 'the notification has 3994 bytes, and browsers take 3993' })
    expect(received).toHaveLength(1)
  })

  it.each([
    ['order-7x', 'order-7x'],
    ['x'.repeat(32), 'x'.repeat(32)],
    ['x'.repeat(33), expect.stringMatching(/^[\w-]{32}$/)],
    ['order 7', expect.stringMatching(/^[\w-]{32}$/)],
    // Apple decodes it, and no base64 has this length: BadWebPushTopic.
    ['order', expect.stringMatching(/^[\w-]{32}$/)],
  ])('with the collapse key %j has a topic that every service takes', async (collapse, topic) => {
    const { endpoint, received } = await service()
    await sending()(subscriber(endpoint), { collapse })
    expect(received[0]!.headers['topic']).toEqual(topic)
  })
})

describe('the signature', () => {
  interface Claims {
    aud: string
    exp: number
    sub: string
  }

  /** The claims of a token that its key has signed. */
  function claimsIn({ authorization = '' }: IncomingHttpHeaders): Claims | undefined {
    const [, token = '', k = ''] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(authorization) ?? []
    const [header = '', claims = '', signature = ''] = token.split('.')
    const point = Buffer.from(k, 'base64url')
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'))
    const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: x!, y: y! }, format: 'jwk' })
    const signed = Buffer.from(`${header}.${claims}`)
    const isSigned = verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
    return isSigned ? (JSON.parse(Buffer.from(claims, 'base64url').toString()) as Claims) : undefined
  }

  it('is made once for an origin, and names it', async () => {
    const [one, other] = [await service(), await service()]
    const signed = vi.spyOn(webpush, 'getVapidHeaders')
    const send = sending()
    for (const { endpoint } of [one, one, other, one]) await send(subscriber(endpoint))
    expect(signed.mock.calls.map(([origin]) => origin)).toEqual([one.origin, other.origin])
    for (const { received, origin } of [one, other]) {
      const claims = claimsIn(received[0]!.headers)
      expect(claims).toMatchObject({ aud: origin, sub: 'mailto:ops@example.com' })
      expect(claims!.exp - Date.now() / 1000).toBeLessThan(86_400)
    }
  })

  it('is renewed long before it expires', async () => {
    const { endpoint, received } = await service()
    vi.useFakeTimers({ toFake: ['Date'] })
    const send = sending()
    for (const hours of [0, 5.9, 0.2]) {
      vi.advanceTimersByTime(hours * 3_600_000)
      await send(subscriber(endpoint))
    }
    const [first, second, third] = received.map(({ headers }) => headers.authorization)
    expect(second).toBe(first)
    expect(third).not.toBe(first)
  })
})

describe('the answer of a push service', () => {
  it.each<[number, Record<string, string>, string, object]>([
    [201, { location: 'https://push.example.com/m/0:16%7' }, '', { sent: true, messageId: '0:16%7' }],
    [201, { 'apns-id': '2A2B' }, '', { sent: true, messageId: '2A2B' }],
    [201, { location: `/${'x'.repeat(101)}` }, '', { sent: true, messageId: undefined }],
    [200, {}, '', { sent: true, messageId: undefined }],
    [202, {}, '', { sent: true, messageId: undefined }],
    [404, {}, '', { remove: 'HOST answered 404' }],
    [410, {}, '{"errno":106}', { remove: 'HOST answered 410 (errno 106)' }],
    [413, {}, '', { giveUp: 'HOST answered 413: the notification is too large' }],
    [400, {}, '{"reason":"BadWebPushTopic"}', { giveUp: 'HOST answered 400 BadWebPushTopic' }],
    [400, {}, 'bad: /send/a-secret-token', { giveUp: 'HOST answered 400' }],
    [301, { location: '/elsewhere' }, '', { giveUp: 'HOST answered 301' }],
    [429, { 'retry-after': '120' }, '', { retry: 'HOST answered 429', after: 120, outage: undefined }],
    [429, {}, '', { retry: 'HOST answered 429', after: undefined }],
    [408, {}, '', { retry: 'HOST answered 408' }],
    [500, {}, '', { retry: 'HOST answered 500', sent: 'no', outage: 'HTTP 500' }],
    [502, {}, '', { retry: 'HOST answered 502', sent: 'maybe' }],
    [503, { 'retry-after': '7' }, '', { retry: 'HOST answered 503', after: 7, outage: 'HTTP 503' }],
    [401, {}, '', { needsOperator: true, outage: 'HTTP 401' }],
    [
      403,
      {},
      '{"reason":"BadJwtToken"}',
      {
        retry: 'HOST answered 403 BadJwtToken: it does not accept the VAPID keys or VAPID_SUBJECT',
        sent: 'no',
        outage: 'HTTP 403',
        needsOperator: true,
      },
    ],
    [403, {}, '{"reason":"VapidPkHashMismatch"}', { needsOperator: true, outage: undefined }],
  ])('%i %o %s', async (status, headers, body, result) => {
    const { endpoint, origin } = await service((_, response) => response.writeHead(status, headers).end(body))
    const called = await sending()(subscriber(endpoint))
    const { host } = new URL(origin)
    const masked = Object.entries(called).map(([key, value]) => [
      key,
      typeof value === 'string' ? value.replace(host, 'HOST') : value,
    ])
    expect(Object.fromEntries(masked)).toMatchObject(result)
    expect(JSON.stringify(called)).not.toContain('a-secret-token')
  })

  it('does not come: the call is tried again, and may have sent the message only if it got out', async () => {
    const { endpoint } = await service((request) => request.socket.destroy())
    const send = sending()
    expect(await send(subscriber(endpoint))).toMatchObject({ sent: 'maybe', outage: 'UND_ERR_SOCKET' })
    expect(await send(subscriber('http://127.0.0.1:1/secret'))).toMatchObject({
      retry: '127.0.0.1:1: The URL cannot be reached (ECONNREFUSED).',
      sent: 'no',
      outage: 'ECONNREFUSED',
    })
  })
})

describe('a push service that is out of order', () => {
  it('is not called for a while, which is no failed attempt, and holds up no other', async () => {
    const { endpoint, received } = await service((_, response) => response.writeHead(503).end())
    const other = await service()
    const send = sending()
    for (let call = 0; call < 5; call++)
      expect(await send(subscriber(endpoint))).toMatchObject({ retry: expect.stringContaining('503') })
    expect(await send(subscriber(endpoint))).toMatchObject({ wait: expect.stringContaining('HTTP 503') })
    expect(received).toHaveLength(5)
    expect(await send(subscriber(other.endpoint))).toMatchObject({ sent: true })
  })

  it('is shown to operators', async () => {
    const { endpoint, origin } = await service((_, response) => response.writeHead(503).end())
    const breakers = new Set<ReadBreaker>()
    const send = sending({ breakers })
    for (let call = 0; call < 5; call++) await send(subscriber(endpoint))
    expect([...breakers].map((read) => read())).toEqual([
      expect.objectContaining({ transport: new URL(origin).host, outage: 'HTTP 503' }),
    ])
  })

  it('refuses the keys: the log says so once', async () => {
    const errors: unknown[] = []
    const { endpoint } = await service((_, response) => response.writeHead(403).end())
    const send = sending({ log: { ...silentLogger, error: (...line) => void errors.push(line) } })
    for (let call = 0; call < 7; call++) expect(await send(subscriber(endpoint))).toMatchObject({ needsOperator: true })
    expect(errors).toEqual([
      [expect.objectContaining({ reason: expect.stringContaining('VAPID_SUBJECT') }), expect.any(String)],
    ])
    expect(JSON.stringify(errors)).not.toContain('a-secret-token')
  })
})

describe('a subscription', () => {
  it('at a private address is not called', async () => {
    const { endpoint, received } = await service()
    expect(await sending({ allowPrivate: false })(subscriber(endpoint))).toEqual({
      giveUp: expect.stringContaining('private address'),
    })
    expect(received).toEqual([])
  })

  it.each([
    ['a point that is not on the curve', { p256dh: Buffer.alloc(65, 4).toString('base64url'), auth: 'A'.repeat(22) }],
    ['a key of another curve', { p256dh: Buffer.alloc(97, 4).toString('base64url'), auth: 'A'.repeat(22) }],
    ['a short secret', { ...subscriber('').subscription.keys, auth: 'AAAA' }],
    ['no keys', {}],
    ['no keys at all', undefined],
  ])('with %s is not called again', async (_, keys) => {
    const { endpoint, received } = await service()
    const broken = { ...subscriber(endpoint), subscription: { endpoint, keys } } as Subscriber
    expect(await sending()(broken)).toEqual({ disable: expect.stringContaining('the subscription cannot be used') })
    expect(received).toEqual([])
  })
})
