import { generateKeyPairSync } from 'node:crypto'
import { createApi } from '@carillon/api'
import { signUserToken } from '@carillon/contract'
import jwt, { type SignOptions } from 'jsonwebtoken'
import { describe, expect, it } from 'vitest'
import { startApi } from './calls.ts'
import { appWith, type Fakes, fakeParts, SECRET } from './fakes.ts'
import { closed } from './signing.ts'
import { send, serveApi } from './support.ts'

const ME = '/v1/me/addresses'
const FCM = 'eH0fLhuiRj2Np7UQ-opXAm:APA91bGtC-wH4sgW1jWkMKIZf7FYkm'
const HOUR_S = 3600

const now = () => Math.floor(Date.now() / 1000)
const good = { sub: 'lupino', scope: ['addresses'], exp: now() + HOUR_S }

/** By a library of its own, as an application would. */
function tokenOf(claims: object = good, secret = SECRET, { keyid = 'demo', ...options }: SignOptions = {}): string {
  return jwt.sign(JSON.parse(JSON.stringify(claims)) as object, secret, { noTimestamp: true, keyid, ...options })
}

function part(content: object): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url')
}

async function callWith(token: string | undefined, { method = 'GET', path = ME, parts = closed(), body = '' } = {}) {
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body && { 'content-type': 'application/json' }),
  }
  const response = await createApi(parts).request(path, { method, headers, ...(body && { body }) })
  return { status: response.status, json: await response.json() }
}

describe('a user token', () => {
  it('lets its user register, list and remove addresses', async () => {
    const parts = closed()
    const body = JSON.stringify({ kind: 'fcm', token: FCM })
    const registered = await callWith(tokenOf(), { method: 'PUT', body, parts })
    expect(registered).toMatchObject({
      status: 200,
      json: { address: { kind: 'fcm', address: '…f7FYkm' } },
    })
    expect(await callWith(tokenOf(), { parts })).toMatchObject({ status: 200, json: { addresses: [{ id: '1' }, {}] } })
    expect(await callWith(tokenOf(), { method: 'DELETE', path: `${ME}/1`, parts })).toMatchObject({ status: 200 })
    expect(await callWith(tokenOf(), { method: 'DELETE', path: `${ME}/7`, parts })).toMatchObject({ status: 404 })
    expect(parts.calls).toEqual([
      ['registerAddress', { app: 1, pusher: 'lupino', kind: 'fcm', token: FCM }],
      ['listAddresses', 1, 'lupino'],
    ])
  })

  it('gets the key for Web Push', async () => {
    expect(await callWith(tokenOf(), { path: '/v1/me/push-key' })).toEqual({
      status: 200,
      json: { key: 'a public key' },
    })
  })

  it('of a pusher who is gone finds nobody', async () => {
    const token = tokenOf({ ...good, sub: 'nobody' })
    expect(await callWith(token)).toMatchObject({ status: 404, json: { code: 'pusher_not_found' } })
  })

  it('may be signed with any secret of the app', async () => {
    const secrets = ['older', SECRET].map((secret, id) => ({ id, secret, createdAt: 1 }))
    const parts = closed({ known: [appWith({ secrets })] })
    for (const { secret } of secrets)
      expect(await callWith(tokenOf(good, secret), { parts })).toMatchObject({ status: 200 })
  })

  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = publicKey.export({ type: 'spki', format: 'pem' })
  const [head, claims, signature] = tokenOf().split('.') as [string, string, string]
  const why = (reason: string) => `This user token is not accepted: ${reason}.`
  const refused: [string, string | undefined, string][] = [
    ['that is absent', undefined, 'Send a user token: Authorization: Bearer …'],
    ['that is no JWT', 'nonsense', why('it is not a JWT')],
    ['of an algorithm none', `${part({ alg: 'none', kid: 'demo' })}.${claims}.`, why('its alg is not HS256')],
    [
      'of an algorithm none, signed',
      `${part({ alg: 'none', kid: 'demo' })}.${claims}.${signature}`,
      why('its alg is not HS256'),
    ],
    ['of HS512', tokenOf(good, SECRET, { algorithm: 'HS512' }), why('its alg is not HS256')],
    ['of RS256', jwt.sign(good, privateKey, { algorithm: 'RS256', keyid: 'demo' }), why('its alg is not HS256')],
    [
      'of HS256 with a public key as its secret',
      tokenOf(good, pem as string),
      why('no secret of its app has signed it'),
    ],
    ['without a kid', jwt.sign(good, SECRET), why('its header does not name the key of the app as kid')],
    ['of an unknown app', tokenOf(good, SECRET, { keyid: 'other' }), why('its kid is not the key of an app')],
    ['of another app', tokenOf(good, 'another secret'), why('no secret of its app has signed it')],
    [
      'that was altered',
      `${head}.${part({ ...good, sub: 'admin' })}.${signature}`,
      why('no secret of its app has signed it'),
    ],
    ['whose signature is cut off', `${head}.${claims}.`, why('no secret of its app has signed it')],
    [
      'with a critical header',
      tokenOf(good, SECRET, { header: { alg: 'HS256', crit: ['exp'] } }),
      why('it is not a JWT'),
    ],
    ['that has expired', tokenOf({ ...good, exp: now() - 1 }), why('it has expired')],
    ['that never expires', tokenOf({ ...good, exp: undefined }), why('its exp is missing or invalid')],
    [
      'that begins tomorrow',
      tokenOf({ ...good, nbf: now() + HOUR_S }),
      why('its nbf is in the future, so it is not valid yet'),
    ],
    [
      'that expires in milliseconds',
      tokenOf({ ...good, exp: (now() + HOUR_S) * 1000 }),
      why('its exp is in milliseconds, and must be in seconds'),
    ],
    [
      'that is valid for two days',
      tokenOf({ ...good, exp: now() + 48 * HOUR_S }),
      why('it is valid for more than 24 hours'),
    ],
    ['of nobody', tokenOf({ ...good, sub: undefined }), why('its sub is not the id of a pusher')],
    ['of no text', tokenOf({ ...good, sub: '' }), why('its sub is not the id of a pusher')],
    ['without a scope', tokenOf({ ...good, scope: undefined }), why('its scope is not a list')],
    ['of a session', tokenOf({ ...good, scope: 'session.connect' }), why('its scope is not a list')],
    [
      'of a client of a session',
      tokenOf({ ...good, session_id: 'x' }),
      why('its claim session_id shows that it is for something else'),
    ],
    ['of a project', tokenOf({ ...good, ist: 'project' }), why('its claim ist shows that it is for something else')],
    [
      'of a Snapper consumer',
      tokenOf({ ...good, userId: 'lupino' }),
      why('its claim userId shows that it is for something else'),
    ],
  ]
  it.each(refused)('%s is refused', async (_which, token, err) => {
    expect(await callWith(token)).toEqual({ status: 401, json: { err, code: 'unauthorized' } })
  })

  it('of another scope is refused', async () => {
    for (const scope of [[], ['inbox'], ['addresses2'], [['addresses']]])
      expect(await callWith(tokenOf({ ...good, scope }))).toEqual({
        status: 403,
        json: { err: 'This call requires a user token with the scope addresses.', code: 'forbidden' },
      })
  })

  it('of a disabled app is refused', async () => {
    const answer = await callWith(tokenOf(), { parts: closed({ known: [appWith({ enabled: false })] }) })
    expect(answer).toEqual({ status: 403, json: { err: 'This app is disabled.', code: 'forbidden' } })
  })

  it('opens nothing but /v1/me, even in open mode', async () => {
    for (const path of ['/pusher/pushers/', '/v1/pushers/lupino/addresses', '/v1/senders', '/v1/apps'])
      expect(await callWith(tokenOf(), { path })).toMatchObject({ status: path === '/v1/apps' ? 403 : 401 })
    expect(await callWith(undefined, { parts: fakeParts() })).toMatchObject({ status: 401 })
  })
})

describe('POST /v1/pushers/{id}/token', () => {
  it('makes one, for an hour and for addresses unless it says otherwise', async () => {
    const parts = fakeParts()
    const { call } = startApi(parts)
    const { json } = await call('POST', '/v1/pushers/lupino/token')
    const { token, expiresAt } = json as { token: string; expiresAt: number }
    expect(await callWith(token, { parts })).toMatchObject({ status: 200 })
    const { header, payload } = jwt.verify(token, SECRET, { algorithms: ['HS256'], complete: true })
    expect(header).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'demo' })
    expect(payload).toEqual({ sub: 'lupino', scope: ['addresses'], iat: expiresAt - HOUR_S, exp: expiresAt })
  })

  it('makes one as it is asked', async () => {
    const { call, json: post } = startApi()
    const asked = await call('POST', '/v1/pushers/lupino/token', { scope: 'inbox, preferences', expiresIn: '60' })
    const again = await post('/v1/pushers/lupino/token', { scope: ['inbox', 'preferences'], expiresIn: 60 })
    for (const { json } of [asked, again]) {
      const { iat = 0, exp, scope } = jwt.decode((json as { token: string }).token) as jwt.JwtPayload
      expect([exp! - iat, scope]).toEqual([60, ['inbox', 'preferences']])
    }
  })

  it.each([
    [{ scope: 'everything' }, 'scope.0 must be one of addresses, inbox, preferences'],
    [{ scope: [] }, 'scope must have at least one entry'],
    [{ scope: 7 }, 'scope must be a list'],
    [{ expiresIn: 86_401 }, 'expiresIn must be seconds from 1 to 86400'],
    [{ expiresIn: 0 }, 'expiresIn must be seconds from 1 to 86400'],
  ])('refuses %j', async (fields, err) => {
    expect(await startApi().json('/v1/pushers/lupino/token', fields)).toMatchObject({ status: 422, json: { err } })
  })

  it('makes none for nobody', async () => {
    expect(await startApi().call('POST', '/v1/pushers/nobody/token')).toMatchObject({ status: 404 })
  })
})

describe('web pages', () => {
  const origin = 'https://shop.example.com'
  const parts = () => closed({ allowedOrigins: [origin, 'https://*.example.org'] })
  const ask = (given: Fakes, from: string, method = 'PUT') =>
    createApi(given).request(ME, {
      method: 'OPTIONS',
      headers: {
        origin: from,
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization',
      },
    })

  it.each([origin, 'https://app.example.org'])('of %s may call', async (from) => {
    const { status, headers } = await ask(parts(), from)
    expect(status).toBe(204)
    expect(headers.get('access-control-allow-origin')).toBe(from)
    expect(headers.get('access-control-allow-methods')).toBe('PUT,GET')
    expect(headers.get('access-control-allow-headers')).toBe('Authorization,Content-Type')
    expect(headers.get('access-control-allow-credentials')).toBeNull()
    expect(headers.get('vary')).toContain('Origin')
    for (const token of [tokenOf(), 'nonsense']) {
      const answer = await createApi(parts()).request(ME, {
        headers: { origin: from, authorization: `Bearer ${token}` },
      })
      expect(answer.headers.get('access-control-allow-origin')).toBe(from)
      expect(answer.headers.get('vary')).toBe('Origin')
    }
  })

  it.each([
    ['of other origins', parts(), 'https://evil.example'],
    ['of an origin that begins alike', parts(), `${origin}.evil.example`],
    ['where none is allowed', closed(), origin],
  ])('%s may not', async (_which, given, from) => {
    expect((await ask(given, from)).headers.get('access-control-allow-origin')).toBeNull()
    const answer = await createApi(given).request(ME, {
      headers: { origin: from, authorization: `Bearer ${tokenOf()}` },
    })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    expect(answer.headers.get('vary')).toBe('Origin')
  })

  it('may not call other routes', async () => {
    const answer = await createApi(parts()).request('/pusher/pushers/', { headers: { origin } })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('too many calls', () => {
  const refusal = { err: 'Too many requests; try again after the seconds in Retry-After.', code: 'too_many_requests' }
  const calls = (port: number, count: number, headers: Record<string, string>) =>
    Promise.all(Array.from({ length: count }, () => send(port, 'GET', '/v1/me/push-key', { headers })))

  it('of one user are refused, and not those of others', async () => {
    const { port } = await serveApi(closed())
    const answers = await calls(port, 30, { authorization: `Bearer ${tokenOf()}` })
    const late = answers.filter(({ status }) => status === 429)
    expect(late).toHaveLength(30 - 12)
    expect(late[0]!.json).toEqual(refusal)
    expect(Number(late[0]!.headers['retry-after'])).toBeGreaterThan(0)
    const other = `Bearer ${tokenOf({ ...good, sub: 'other' })}`
    expect((await calls(port, 1, { authorization: other }))[0]!.status).toBe(200)
  })

  it('from one address are refused, before a token is read', async () => {
    const { port } = await serveApi(closed())
    const from = (address: string) => ({ authorization: 'Bearer nonsense', 'x-forwarded-for': `10.0.0.1, ${address}` })
    const statuses = (await calls(port, 130, from('192.0.2.1'))).map(({ status }) => status)
    expect(statuses.filter((status) => status === 429)).toHaveLength(10)
    expect((await calls(port, 1, from('192.0.2.2')))[0]!.status).toBe(401)
  })
})

it('signs as any library would', () => {
  const { token } = signUserToken({ key: 'demo', secret: SECRET, pusher: 'lupino', now: now(), expiresIn: 60 })
  expect(jwt.verify(token, SECRET, { algorithms: ['HS256'] })).toMatchObject({ sub: 'lupino', scope: ['addresses'] })
})
