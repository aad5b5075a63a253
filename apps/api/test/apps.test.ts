import { generateKeyPairSync } from 'node:crypto'
import { createApi } from '@carillon/api'
import { describe, expect, it } from 'vitest'
import { appWith, fakeParts, SECRET } from './fakes.ts'

const ADMIN = { account: 'admin', password: 'pass: wörd' }
const basic = (account: string, password: string) => `Basic ${Buffer.from(`${account}:${password}`).toString('base64')}`

function start(parts = fakeParts({ admin: ADMIN })) {
  const api = createApi(parts)
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await api.request(path, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      headers: { authorization: basic(ADMIN.account, ADMIN.password), 'content-type': 'application/json', ...headers },
    })
    return { status: response.status, headers: response.headers, json: await response.json() }
  }
  return { ...parts, call }
}

const { id, name, key, v2Only, enabled, createdAt } = appWith()
const plain = { id, name, key, v2Only, enabled, createdAt }

const badKey = 'publicKeys.0 must be an RSA (2048 bits or more) or P-256 public key as PEM'
const badKeys = [
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ type: 'spki', format: 'pem' }) as string,
  generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' }) as string,
  generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string,
]

describe('the administrator', () => {
  it.each([
    '',
    'Basic',
    'Basic !!!',
    `Bearer ${ADMIN.password}`,
    basic('admin', ''),
    basic('', ADMIN.password),
    basic('admin', 'pass'),
    basic('admin', `${ADMIN.password} `),
  ])('is not %j', async (authorization) => {
    const { call, calls } = start()
    for (const [method, path] of [
      ['GET', '/v1/apps'],
      ['POST', '/v1/apps'],
      ['PATCH', '/v1/apps/1'],
    ] as const) {
      const { status, json, headers } = await call(method, path, method === 'GET' ? undefined : {}, { authorization })
      expect({ status, json }).toEqual({
        status: 401,
        json: { err: 'The account or the password is wrong.', code: 'unauthorized' },
      })
      expect(headers.get('www-authenticate')).toBe('Basic realm="carillon", charset="UTF-8"')
    }
    expect(calls).toEqual([])
  })

  it('must be configured, unless the server is in open mode', async () => {
    const { status, json } = await start(fakeParts({ open: false })).call('GET', '/v1/apps')
    const err = 'Set ADMIN_ACCOUNT and ADMIN_PASSWORD to use this call. The command carillon app works without them.'
    expect({ status, json }).toEqual({ status: 403, json: { err, code: 'forbidden' } })
  })

  it.each([
    [{ host: 'localhost:6001' }, 200],
    [{ host: 'localhost:6001', origin: 'http://localhost:6001' }, 200],
    [{ host: 'push.example.com' }, 403],
    [{ host: 'localhost:6001', origin: 'https://evil.example' }, 403],
  ])('in open mode without an account is whoever calls from this machine: %j', async (headers, status) => {
    expect((await start(fakeParts({ open: true })).call('GET', '/v1/apps', undefined, headers)).status).toBe(status)
  })

  it('cannot be made to send a form by a page', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const { status, json } = await start().call('POST', '/v1/apps', { name: 'x' }, headers)
    expect({ status, json }).toMatchObject({ status: 415, json: { code: 'unsupported_media_type' } })
  })
})

describe('a page in the browser of the administrator', () => {
  const host = 'push.example.com'
  it.each([
    [{ origin: 'https://push.example.com' }, 201],
    [{ origin: 'https://PUSH.example.com:443', 'sec-fetch-site': 'same-origin' }, 201],
    [{ 'sec-fetch-site': 'none' }, 201],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'https://push.example.com:8443' }, 403],
    [{ origin: 'https://push.example.com.evil.example' }, 403],
    [{ origin: 'https://push.example.com@evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: '' }, 403],
    [{ origin: 'https://push.example.com, https://evil.example' }, 403],
    [{ origin: 'https://push.example.com', 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'anything-new' }, 403],
  ])('with %j is answered with %i', async (headers, status) => {
    const { call, calls } = start()
    const answer = await call('POST', '/v1/apps', { name: 'shop' }, { host, ...headers })
    expect([answer.status, calls.length]).toEqual([status, status === 201 ? 1 : 0])
  })

  it.each([
    ['POST', '/v1/apps?name=shop', undefined],
    ['POST', '/v1/apps?key=mine', { name: 'shop' }],
    ['PATCH', '/v1/apps/1?enabled=false', undefined],
    ['PATCH', '/v1/apps/1?x=', {}],
  ])('changes nothing by the query: %s %s', async (method, path, body) => {
    const { call, calls } = start()
    const err = 'This call reads its fields from a JSON body only, not from the query.'
    expect(await call(method, path, body)).toMatchObject({ status: 400, json: { err, code: 'bad_request' } })
    expect(calls).toEqual([])
  })
})

describe('GET /v1/apps', () => {
  it('masks the secrets', async () => {
    const { json } = await start().call('GET', '/v1/apps')
    expect(json).toEqual({ apps: [{ ...plain, secrets: [{ id: 1, secret: '********', createdAt: 1 }] }] })
  })
})

describe('POST /v1/apps', () => {
  it('creates an app, and shows its secret', async () => {
    const { call, calls } = start()
    const { status, json } = await call('POST', '/v1/apps', { name: 'shop' })
    expect(status).toBe(201)
    expect(json).toEqual({ app: { ...plain, id: 2, secrets: [{ id: 1, secret: SECRET, createdAt: 1 }] } })
    expect(calls).toEqual([['create', { name: 'shop', settings: {} }]])
  })

  it('takes every field', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const settings = {
      connectHook: 'https://example.com/connect',
      webhooks: [{ url: 'https://example.com/hook', events: ['channel_occupied'] }],
      clientEvents: true,
      subscriptionCount: false,
      watchlist: true,
      allowedOrigins: ['https://shop.example.com', '*.example.org', 'localhost:3000'],
      authorizedConnections: true,
      tlsOnly: true,
      limits: {
        eventBytes: 10_240,
        presenceMembers: 100,
        userInfoBytes: 1024,
        userIdCharacters: 255,
        authorizationSeconds: 30,
        connections: 1000,
        requestsPerSecond: 50,
      },
      publicKeys: [publicKey.export({ type: 'spki', format: 'pem' })],
      quietHours: { from: '22:00', to: '07:00', days: ['mon'] },
      timezone: 'Asia/Shanghai',
      smear: 0,
    }
    const own = { name: 'shop', key: 'shop-key', secret: 'shop-secret', v2Only: true }
    const { call, calls } = start()
    const { status, json } = await call('POST', '/v1/apps', { ...own, ...settings })
    expect(status).toBe(201)
    expect(json).toMatchObject({ app: settings })
    expect(calls).toEqual([['create', { ...own, settings }]])
  })

  it.each([
    [{}, 'name is required'],
    [{ name: '' }, 'name is required'],
    [{ name: 'x', nmae: 'y' }, 'nmae is not a field of this call'],
    [{ name: 'x', key: 'a b' }, 'key must be 1 to 64 of letters, digits, _, . and -'],
    [{ name: 'x', connectHook: 'ftp://example.com' }, 'connectHook must be an http or https URL'],
    [{ name: 'x', webhooks: [{ url: 'x', events: [] }] }, 'webhooks.0.url must be an http or https URL'],
    [{ name: 'x', quietHours: 'off' }, 'quietHours must be an object such as {"from": "22:00", "to": "07:00"}'],
    [{ name: 'x', quietHours: { from: '22:00' } }, 'quietHours.to is required'],
    [{ name: 'x', quietHours: { from: '22:00', to: '07:00', day: 'mon' } }, 'day is not a field of quietHours'],
    [{ name: 'x', timezone: 'Moon' }, 'timezone must be a time zone such as Asia/Shanghai: a name of the IANA list'],
    [{ name: 'x', smear: 3601 }, 'smear must be at most 3600'],
    [{ name: 'x', smear: -1 }, 'smear must be at least 0'],
    [{ name: 'x', smear: 1.5 }, 'smear must be a whole number'],
    [{ name: 'x', allowedOrigins: [] }, 'allowedOrigins must contain an origin; null allows all'],
    [
      { name: 'x', allowedOrigins: ['https://example.com/'] },
      'allowedOrigins.0 must be an origin or a host, such as https://example.com or *.example.com',
    ],
    [{ name: 'x', limits: { authorizationSeconds: 3601 } }, 'limits.authorizationSeconds must be at most 3600'],
    [{ name: 'x', limits: { eventBytes: -1 } }, 'limits.eventBytes must be above 0'],
    [
      { name: 'x', publicKeys: ['no key'] },
      'publicKeys.0 must be an RSA (2048 bits or more) or P-256 public key as PEM',
    ],
  ])('refuses %j', async (body, err) => {
    const { status, json } = await start().call('POST', '/v1/apps', body)
    expect({ status, json }).toEqual({ status: 422, json: { err, code: 'invalid_field' } })
  })

  it.each(badKeys)('refuses a key that no token may be signed for: %.40s', async (pem) => {
    const { status, json } = await start().call('POST', '/v1/apps', { name: 'x', publicKeys: [pem] })
    expect({ status, json }).toEqual({ status: 422, json: { err: badKey, code: 'invalid_field' } })
  })
})

describe('PATCH /v1/apps/{id}', () => {
  it('changes what is given; null removes a setting', async () => {
    const { call, calls } = start()
    const body = { name: 'new', enabled: false, connectHook: null, clientEvents: false, retireSecret: 3 }
    expect(await call('PATCH', '/v1/apps/1', body)).toMatchObject({ status: 200 })
    const settings = { connectHook: undefined, clientEvents: false }
    expect(calls).toEqual([['change', 1, { name: 'new', enabled: false, retireSecret: 3, settings }]])
    expect(Object.keys(settings)).toContain('connectHook')
  })

  it.each([
    ['', 'made-up'],
    ['chosen', 'chosen'],
  ])('shows only the secret that it adds: %j', async (addSecret, secret) => {
    const { json } = await start().call('PATCH', '/v1/apps/1/', { addSecret })
    const masked = { id: 1, secret: '********', createdAt: 1 }
    expect(json).toMatchObject({ app: { secrets: [masked, { id: 7, secret, createdAt: 2 }] } })
  })

  it.each([
    ['/v1/apps/2', {}, 404, 'There is no app 2.'],
    ['/v1/apps/0', {}, 422, 'id must be a positive integer'],
    ['/v1/apps/shop', {}, 422, 'id must be a positive integer'],
    ['/v1/apps/2147483648', {}, 422, 'id must be a positive integer'],
    ['/v1/apps/1', { secret: 'x' }, 422, 'secret is not a field of this call'],
  ])('%s %j is %i', async (path, body, status, err) => {
    expect(await start().call('PATCH', path, body)).toMatchObject({ status, json: { err } })
  })
})
