import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { canKillRedis, killableRedis } from '../services/fresh-redis.ts'
import { appWith, clustersOn } from '../services/realtime.ts'
import { app, dial, joins, startInMemory, startOn, tokenFor } from '../services/sessions.ts'

const now = () => Math.floor(Date.now() / 1000)
const T1 = (key: string) => `T1==${Buffer.from(`partner_id=${key}&sig=${'0'.repeat(40)}:x=1`).toString('base64')}`

describe('roles in a session', () => {
  it.each([
    { role: 'subscriber', publish: 403, subscribe: undefined, signal: 403, moderate: 403 },
    { role: 'publisher', publish: undefined, subscribe: undefined, signal: undefined, moderate: 403 },
    { role: 'publisheronly', publish: undefined, subscribe: 403, signal: 403, moderate: 403 },
    { role: 'moderator', publish: undefined, subscribe: undefined, signal: undefined, moderate: undefined },
    { role: '', publish: undefined, subscribe: undefined, signal: undefined, moderate: 403 },
  ])('$role', async ({ role, publish, subscribe, signal, moderate }) => {
    const { pair, session } = await startInMemory()
    const [other, client] = [await joins(pair[0], session), await joins(pair[0], session, { role })]
    const { id: streamId } = await other.publishes()
    const code = async (message: object) => (await client.asks(message)).code
    expect(await code({ type: 'publish', stream: {} })).toBe(publish)
    const own = `${client.id}-1`
    expect(await code({ type: 'change', streamId: own, hasAudio: false })).toBe(publish)
    await other.asks({ type: 'subscribe', streamId: own })
    expect(await code({ type: 'offer', to: other.id, streamId: own, sdp: 'v=0' })).toBe(publish)
    expect(await code({ type: 'unpublish', streamId: own })).toBe(publish)
    expect(await code({ type: 'subscribe', streamId })).toBe(subscribe)
    expect(await code({ type: 'answer', to: other.id, streamId, sdp: 'v=0' })).toBe(subscribe)
    expect(await code({ type: 'candidate', to: other.id, streamId, candidate: { candidate: '' } })).toBe(subscribe)
    expect(await code({ type: 'unsubscribe', streamId })).toBe(subscribe)
    expect(await code({ type: 'signal', signal: { type: 'a' } })).toBe(signal)
    expect(await code({ type: 'signal', to: other.id, signal: { type: 'a' } })).toBe(signal)
    expect(await code({ type: 'mute', streamId })).toBe(moderate)
    expect(await code({ type: 'mute', active: false })).toBe(moderate)
    expect(await code({ type: 'forceUnpublish', streamId })).toBe(moderate)
    expect(await code({ type: 'iceServers' })).toBe(undefined)
    expect(await code({ type: 'forceDisconnect', connectionId: other.id })).toBe(moderate)
    const connections = () => pair[0].rooms.connections(app.id, session)
    await expect.poll(async () => (await connections()).some(({ id }) => id === other.id)).toBe(moderate === 403)
  })
})

describe('who is not let into a session', () => {
  const apps = [
    app,
    appWith({}, { id: 8, key: '200', secrets: [{ id: 2, secret: 'other', createdAt: 0 }] }),
    appWith({}, { id: 9, key: '300', enabled: false }),
    appWith({ tlsOnly: true }, { id: 10, key: '400' }),
  ]
  type Case = [name: string, end: RegExp, token: (session: string) => string]
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
  it.each<Case>([
    ['no token', /^4400 /, () => ''],
    ['an expired token', /^4403 .*expired/, (id) => tokenFor(id, { expireTime: now() - 1 })],
    ['one of more than 30 days', /^4403 .*30 days/, (id) => tokenFor(id, { expireTime: now() + 31 * 86_400 })],
    ['another role', /^4403 .*role/, (id) => tokenFor(id, { role: 'owner' })],
    ['data that is too long', /^4403 .*connection_data/, (id) => tokenFor(id, { data: 'x'.repeat(1025) })],
    ['a JWT of the REST API', /^4403 .*scope/, (id) => tokenFor(id, { claims: { scope: undefined } })],
    ['one for another session', /^4403 .*another session/, () => tokenFor(sessionOf('100'))],
    ["another app's secret", /^4403 /, (id) => tokenFor(id, {}, { ...app, secrets: apps[1]!.secrets })],
    ['another app', /^4403 /, (id) => tokenFor(id, {}, apps[1])],
    ['alg: none', /^4403 /, (id) => `${none}.${tokenFor(id).split('.')[1]}.`],
    ['a forged signature', /^4403 /, (id) => `${tokenFor(id).slice(0, -4)}AAAA`],
    ['a forged T1 token', /^4403 /, () => T1(app.key)],
    ['no token at all', /^4403 /, () => '\0'],
  ])('%s', async (_, end, token) => {
    const { pair, session } = await startInMemory({ apps })
    const client = dial(pair[0], `/session/${session}?token=${encodeURIComponent(token(session))}`)
    expect(await client.closed).toMatch(end)
    expect(client.heard).toEqual([])
    expect(await pair[0].rooms.connections(app.id, session)).toEqual([])
  })

  it.each([
    ['/session', /^4400 /],
    ['/session/?token=x', /^4400 /],
    ['/session/a/b?token=x', /^4400 /],
    ['/session/%2e?token=x', /^4400 /],
    ['/session/x?token=x', /^4404 /],
    [`/session/1_${'A'.repeat(600)}?token=x`, /^4404 /],
  ])('whoever asks for %.40s', async (target, end) => {
    const { pair } = await startInMemory()
    expect(await dial(pair[0], target).closed).toMatch(end)
  })

  it('clients that ask for a session that was never created, of a disabled app, or without TLS', async () => {
    const { pair } = await startInMemory({ apps })
    const end = (id: string, who = app) => dial(pair[0], `/session/${id}?token=${tokenFor(id, {}, who)}`).closed
    expect(await end(sessionOf('100'))).toMatch(/^4404 /)
    expect(await end(sessionOf('300'), apps[2])).toMatch(/^4403 .*disabled/)
    expect(await end(sessionOf('400'), apps[3])).toMatch(/^4403 .*TLS/)
  })

  it('a page of an origin that the app does not allow', async () => {
    const { pair, session } = await startInMemory({
      apps: [{ ...app, settings: { allowedOrigins: ['*.example.com'] } }],
    })
    const target = `/session/${session}?token=${tokenFor(session)}`
    expect(await dial(pair[0], target, { origin: 'https://evil.example' }).closed).toMatch(/^4403 .*origin/)
    for (const options of [{ origin: 'https://shop.example.com' }, {}]) {
      await dial(pair[0], target, options).hears({ type: 'connected' })
    }
  })

  it('more connections than the app may have', async () => {
    const { pair, session } = await startInMemory({ apps: [{ ...app, settings: { limits: { connections: 1 } } }] })
    const first = await joins(pair[0], session)
    expect(await dial(pair[0], `/session/${session}?token=${tokenFor(session)}`).closed).toMatch(/^4503 /)
    first.end()
    await expect.poll(() => pair[0].hub.connections.count(app.id)).toBe(0)
    await joins(pair[0], session)
    await pair[0].hub.connections.closeAll(app.id, 'disabled')
    await expect.poll(() => pair[0].hub.connections.count(app.id)).toBe(0)
  })
})

describe('bad input in a session', () => {
  it.each([
    '',
    'x',
    'null',
    '[]',
    '"signal"',
    '{}',
    '{"type":1}',
    '{"type":"__proto__"}',
    '{"type":"toString"}',
    '{"type":"connected"}',
    '{"type":"signal"}',
    '{"type":"signal","signal":"x"}',
    '{"type":"signal","signal":{"data":1}}',
    '{"type":"signal","signal":{},"to":7}',
    '{"type":"publish"}',
    '{"type":"publish","stream":{"videoType":"x"}}',
    `{"type":"publish","stream":{"name":"${'x'.repeat(201)}"}}`,
    '{"type":"subscribe"}',
    `{"type":"subscribe","streamId":"${'x'.repeat(65)}"}`,
    '{"type":"mute"}',
    '{"type":"mute","active":"yes"}',
    '{"type":"offer","to":"x","streamId":"y"}',
    '{"type":"candidate","to":"x","streamId":"y","candidate":"z"}',
    `{"type":"signal","signal":{"type":"${'ü'.repeat(65)}"}}`,
    `{"type":"signal","signal":{"data":"${'ü'.repeat(4097)}"}}`,
    `{"type":"answer","to":"x","streamId":"y","sdp":"${'x'.repeat(32 * 1024 + 1)}"}`,
    '['.repeat(60_000),
  ])('%.60s is answered with 400', async (text) => {
    const { pair, session } = await startInMemory()
    const client = await joins(pair[0], session, { role: 'moderator' })
    client.send(text)
    expect(await client.rest()).toMatchObject([{ type: 'error', code: 400 }])
  })

  it('the longest signal is accepted, and a request gets whatever answer is given', async () => {
    const { pair, session } = await startInMemory()
    const client = await joins(pair[0], session)
    const signal = { type: 'ü'.repeat(64), data: 'ü'.repeat(4096) }
    client.send({ type: 'signal', signal, request: 'one' })
    expect(await client.hears({ request: 'one' })).toEqual({ type: 'done', request: 'one' })
    expect(await client.hears({ type: 'signal' })).toMatchObject({ signal })
    client.send({ type: 'mute', request: 'two' })
    expect(await client.hears({ request: 'two' })).toMatchObject({ type: 'error', code: 403 })
    client.send({ type: 'signal', signal: {}, request: { a: 1 } })
    expect(await client.rest()).toMatchObject([{ type: 'error', code: 400 }])
  })

  it('1 MB of SDP closes its own connection alone', async () => {
    const { pair, session } = await startInMemory()
    const [client, other] = [await joins(pair[0], session), await joins(pair[0], session)]
    const { id: streamId } = await client.publishes()
    await other.asks({ type: 'subscribe', streamId })
    await other.rest()
    client.send({ type: 'offer', to: other.id, streamId, sdp: 'x'.repeat(1024 * 1024) })
    expect(await client.closed).toMatch(/^1009/)
    await other.hears({ type: 'connectionDestroyed' })
    expect((await other.rest()).map(({ type }) => type)).toEqual(['streamDestroyed'])
  })

  it('an offer to another session, or to who did not ask, goes nowhere', async () => {
    const { pair, session, newSession } = await startInMemory()
    const [client, other] = [await joins(pair[0], session), await joins(pair[0], session)]
    const stranger = await joins(pair[0], newSession())
    const { id: streamId } = await client.publishes()
    expect(await stranger.asks({ type: 'subscribe', streamId })).toMatchObject({ code: 404 })
    for (const to of [stranger.id, other.id, client.id, 'nobody', `:${other.id}`]) {
      const candidate = { candidate: 'candidate:1' }
      expect(await client.asks({ type: 'offer', to, streamId, sdp: 'v=0' })).toMatchObject({ code: 404 })
      if (to === client.id) continue
      expect(await client.asks({ type: 'candidate', to, streamId, candidate })).toMatchObject({ code: 404 })
    }
    expect(await stranger.rest()).toEqual([])
    expect((await other.rest()).map(({ type }) => type)).toEqual(['streamCreated'])
  })

  it("an offer of another's stream, or an answer to one that was not asked for, is refused", async () => {
    const { pair, session } = await startInMemory()
    const [client, other] = [await joins(pair[0], session), await joins(pair[0], session)]
    const { id: streamId } = await other.publishes()
    const call = { to: other.id, streamId, sdp: 'v=0' }
    expect(await client.asks({ type: 'offer', ...call })).toMatchObject({ code: 403 })
    expect(await client.asks({ type: 'answer', ...call })).toMatchObject({ code: 403 })
    expect(await client.asks({ type: 'candidate', ...call, candidate: { candidate: '' } })).toMatchObject({ code: 403 })
    for (const type of ['unpublish', 'change'])
      expect(await client.asks({ type, streamId })).toMatchObject({ code: 404 })
    await client.asks({ type: 'subscribe', streamId })
    expect(await client.asks({ type: 'answer', ...call, to: client.id })).toMatchObject({ code: 403 })
    expect((await other.rest()).map(({ type }) => type)).toEqual(['streamCreated', 'subscribe'])
  })

  it('1,000 signals at once: most are dropped, and say so; others are not disturbed', async () => {
    const { pair, session } = await startInMemory()
    const [client, other] = [await joins(pair[0], session), await joins(pair[0], session)]
    for (let n = 0; n < 1000; n++) client.send({ type: 'signal', signal: { data: `${n}` } })
    const heard = await client.rest()
    const dropped = heard.filter(({ code }) => code === 429).length
    const taken = heard.filter(({ type }) => type === 'signal').length
    expect(dropped + taken).toBe(1000)
    expect(dropped).toBeGreaterThanOrEqual(500)
    await expect.poll(() => other.heard.filter(({ type }) => type === 'signal').length).toBe(taken)
    expect(await other.asks({ type: 'signal', signal: {} })).toEqual({ type: 'done' })
  })

  it('1,000 messages at once that mean nothing are not all answered at length', async () => {
    const { pair, session } = await startInMemory()
    const client = await joins(pair[0], session)
    for (let n = 0; n < 1000; n++) client.send(n % 2 ? 'x' : '{"type":"connected"}')
    await expect.poll(() => client.heard.length).toBe(1000)
    const dropped = client.heard.filter(({ code }) => code === 429).length
    expect(dropped).toBeGreaterThanOrEqual(500)
    expect(client.heard.filter(({ code }) => code === 400)).toHaveLength(1000 - dropped)
  })

  it('streams beyond 16 are refused', async () => {
    const { pair, session } = await startInMemory()
    const client = await joins(pair[0], session)
    for (let n = 0; n < 16; n++) await client.publishes()
    expect(await client.asks({ type: 'publish', stream: {} })).toMatchObject({ code: 429 })
    expect(await pair[0].rooms.streams(app.id, session)).toHaveLength(16)
  })

  it('200 connections that arrive and leave at once leave nothing behind', async () => {
    const { pair, session } = await startInMemory()
    const other = await joins(pair[0], session)
    const target = `/session/${session}?token=${tokenFor(session, { data: '{"pusher":"ann"}' })}`
    const comeAndGo = async (n: number) => {
      const client = dial(pair[0], target)
      if (n % 2 === 0) await client.hears({ type: 'connected' })
      else await client.open
      if (n % 4 === 0) client.send({ type: 'publish', stream: {} })
      client.terminate()
      await client.closed
    }
    for (let some = 0; some < 4; some++) await Promise.all(Array.from({ length: 50 }, (_, n) => comeAndGo(n)))
    await expect.poll(() => pair[0].hub.connections.count(app.id)).toBe(1)
    await expect.poll(() => pair[0].hub.roster.size(`sessions:${app.id}:${session}`)).toBe(1)
    await expect.poll(() => pair[0].hub.users.connections(app.id, ['ann'])).toEqual([0])
    await other.rest()
  })

  it('no text whatsoever crashes the server, or ends another connection', async () => {
    const { pair, session } = await startInMemory()
    const other = await joins(pair[0], session)
    const { id: streamId } = await other.publishes()
    const client = await joins(pair[0], session, { role: 'moderator' })
    const send = async (text: string) => {
      client.send(text)
      expect(await Promise.race([client.closed, client.rest().then(() => '')])).toBe('')
    }
    await fc.assert(fc.asyncProperty(anyMessage(streamId), send), { numRuns: 150 })
    expect(await other.asks({ type: 'signal', signal: {} })).toMatchObject({ type: 'done' })
  })
})

describe.skipIf(!canKillRedis)('Redis that goes while clients are in a session', () => {
  it('closes clients that request something with 4503, and leaves no ghost', async () => {
    const redis = await killableRedis()
    onTestFinished(() => redis.drop())
    const { pair, session } = await startOn(await clustersOn(redis, 2))
    const [client, idle] = [await joins(pair[0], session), await joins(pair[1], session)]
    await client.publishes()
    await redis.kill()
    client.send({ type: 'publish', stream: {} })
    expect(await client.closed).toMatch(/^4503 /)
    await redis.restart()
    await expect
      .poll(() => pair[1].rooms.connections(app.id, session), { timeout: 20_000 })
      .toMatchObject([{ id: idle.id }])
    expect(await pair[1].rooms.streams(app.id, session)).toEqual([])
    const back = await joins(pair[0], session)
    await idle.hears({ type: 'connectionCreated' })
    expect(back.connected).toMatchObject({ connections: [{ id: idle.id }, { id: back.id }], streams: [] })
  })
})

/** The key of an app in a session's id, whether or not it was made. */
function sessionOf(key: string): string {
  return `1_${Buffer.from(`1~${key}~~1~x~~`).toString('base64url')}`
}

/** Text of any kind, JSON of any shape, and what nearly is a message that the server knows. */
function anyMessage(streamId: string): fc.Arbitrary<string> {
  const anything = fc.jsonValue()
  const types = ['signal', 'publish', 'unpublish', 'change', 'subscribe', 'unsubscribe', 'offer', 'answer', 'candidate']
  const more = ['forceUnpublish', 'mute', 'iceServers']
  const some = fc.oneof(fc.constantFrom(streamId, 'x', ''), anything)
  const message = fc.record(
    {
      type: fc.oneof(fc.constantFrom(...types, ...more), anything),
      to: some,
      streamId: some,
      request: some,
      signal: fc.oneof(fc.record({ type: some, data: some }), anything),
      stream: fc.oneof(fc.record({ name: some }), anything),
      candidate: fc.oneof(fc.record({ candidate: some, sdpMid: some }), anything),
      sdp: some,
      active: some,
      connectionId: some,
    },
    { requiredKeys: [] },
  )
  const text = message.map((value) => JSON.stringify(value))
  return fc.oneof(fc.string({ unit: 'binary' }), fc.json(), text, text)
}
