import { createApi } from '@carillon/api'
import { signV1, signV2 } from '@carillon/contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import vectors from '../vectors.json' with { type: 'json' }
import { exampleApp, type Fakes, fakeParts, SECRET, send, serveApi } from './api-support.ts'

const NOW = 1_456_403_493
const PUSH = '/pusher/sendmail/push'
const BODY = 'pusher=lupino&data=x'

beforeEach(() => vi.useFakeTimers({ toFake: ['Date', 'performance'], now: NOW * 1000 }))
afterEach(() => vi.useRealTimers())

const closed = (given: Partial<Fakes> = {}) => fakeParts({ open: false, ...given })

function v1Headers(signed: Record<string, string>, { time = String(NOW), key = 'demo', secret = SECRET } = {}) {
  const signature = signV1(secret, { ...signed, app_key: key, timestamp: time })
  return { 'x-app-key': key, 'x-request-time': time, 'x-request-signature': signature }
}

const pushHeaders = (options = {}) => v1Headers({ pusher: 'lupino', data: 'x', path: PUSH }, options)

interface V2Options {
  method?: string
  pathAndQuery?: string
  body?: string | Uint8Array
  nonce?: string
  secret?: string
  time?: string
}

function v2Headers({
  method = 'POST',
  pathAndQuery = PUSH,
  body = BODY,
  nonce = 'n-1',
  secret = SECRET,
  time = String(NOW),
}: V2Options = {}) {
  const signature = signV2(secret, { method, pathAndQuery, timestamp: time, nonce, body })
  return {
    'x-app-key': 'demo',
    'x-request-time': time,
    'x-signature-version': '2',
    'x-request-nonce': nonce,
    'x-request-signature': signature,
  }
}

describe('the vectors, over HTTP', () => {
  interface V1Vector {
    what: string
    secret: string
    params: Record<string, string>
    signature: string
  }
  const requests = (vectors.hmac_md5 as object[] as V1Vector[]).filter(({ params }) => params['path'])

  it.each(requests)('v1: $what', async ({ secret, params, signature }) => {
    const { app_key: key = '', timestamp = '', path = '', ...own } = params
    const app = exampleApp({ key, secrets: [{ id: 1, secret, createdAt: 1 }] })
    const { port } = await serveApi(closed({ known: [app] }))
    const headers = { 'x-app-key': key, 'x-request-time': timestamp, 'x-request-signature': signature }
    const fields = new URLSearchParams(own).toString()
    const search = path.includes('search')
    const answer = search
      ? await send(port, 'GET', `${path}?${fields}`, { headers })
      : await send(port, 'POST', encodeURI(path), { body: fields, headers })
    // The pusher of one vector is not there, which only a right signature gets to hear
    expect(answer.status).toBe(path.includes('李雷') ? 404 : 200)
  })

  it.each(vectors.v2)(
    'v2: $method $path_and_query',
    async ({ secret, method, path_and_query: path, timestamp, nonce, body, signature }) => {
      const { port } = await serveApi(closed({ known: [exampleApp({ secrets: [{ id: 1, secret, createdAt: 1 }] })] }))
      const type = body.startsWith('{') ? { 'content-type': 'application/json' } : {}
      const headers = { ...v2Headers({ nonce, time: timestamp }), ...type, 'x-request-signature': signature }
      const { status } = await send(port, method, path, { body, headers })
      const expected: Record<string, number> = { 'n-3': 422, 'n-4': 404 } // no pushes, no such pusher
      expect(status).toBe(expected[nonce] ?? 200)
    },
  )
})

describe('version 1', () => {
  it('covers the query and the form together', async () => {
    const { port } = await serveApi(closed())
    const headers = pushHeaders()
    expect(await send(port, 'POST', `${PUSH}?data=x`, { body: 'pusher=lupino', headers })).toMatchObject({
      status: 200,
    })
  })

  it('takes a JSON body as one parameter', async () => {
    const { port } = await serveApi(closed())
    const body = '{ "pusher": "lupino", "data": "x" }'
    const headers = { ...v1Headers({ body, path: PUSH }), 'content-type': 'application/json' }
    expect(await send(port, 'POST', PUSH, { body, headers })).toMatchObject({ status: 200 })
    const changed = await send(port, 'POST', PUSH, { body: body.replaceAll(' ', ''), headers })
    expect(changed).toMatchObject({ status: 401 })
  })

  it('covers parameters that are named like a property of every object', async () => {
    const { port } = await serveApi(closed())
    const signed = Object.fromEntries([
      ['__proto__', 'a'],
      ['pusher', 'lupino'],
      ['data', 'x'],
      ['path', PUSH],
    ])
    const signature = signV1(
      SECRET,
      Object.assign(Object.create(null), signed, { app_key: 'demo', timestamp: String(NOW) }),
    )
    const headers = { ...pushHeaders(), 'x-request-signature': signature }
    expect(await send(port, 'POST', PUSH, { body: `${BODY}&__proto__=a`, headers })).toMatchObject({ status: 200 })
    expect(await send(port, 'POST', PUSH, { body: `${BODY}&__proto__=b`, headers })).toMatchObject({ status: 401 })
  })
})

describe('a refusal', () => {
  const words = {
    key: { status: 401, json: { err: 'Invalid X-App-Key', code: 'invalid_app_key' } },
    time: { status: 401, json: { err: 'Invalid X-Request-Time', code: 'invalid_request_time' } },
    signature: { status: 401, json: { err: 'Invalid X-Request-Signature', code: 'invalid_request_signature' } },
  }
  const cases: [string, Record<string, string>, keyof typeof words][] = [
    ['no headers at all', {}, 'key'],
    ['an unknown key', pushHeaders({ key: 'other' }), 'key'],
    ['an empty key', pushHeaders({ key: '' }), 'key'],
    ['no time', { ...pushHeaders(), 'x-request-time': '' }, 'time'],
    ['a time that is none', pushHeaders({ time: 'now' }), 'time'],
    ['a time with a fraction', pushHeaders({ time: `${NOW}.5` }), 'time'],
    ['a time in milliseconds', pushHeaders({ time: `${NOW}000` }), 'time'],
    ['a stale time', pushHeaders({ time: String(NOW - 601) }), 'time'],
    ['a time of the future', pushHeaders({ time: String(NOW + 601) }), 'time'],
    ['no signature', { ...pushHeaders(), 'x-request-signature': '' }, 'signature'],
    ['another secret', pushHeaders({ secret: 'other' }), 'signature'],
    ['a changed time', { ...pushHeaders(), 'x-request-time': String(NOW + 1) }, 'signature'],
    [
      'a lower-case signature',
      { ...pushHeaders(), 'x-request-signature': pushHeaders()['x-request-signature'].toLowerCase() },
      'signature',
    ],
    ['a v2 signature as v1', { ...v2Headers(), 'x-signature-version': '1' }, 'signature'],
    ['a v1 signature as v2', { ...v2Headers(), ...pushHeaders() }, 'signature'],
    ['a stale v2 time', v2Headers({ time: String(NOW - 601) }), 'time'],
  ]

  it.each(cases)("in the seed's words: %s", async (_what, headers, word) => {
    const parts = closed()
    const { port } = await serveApi(parts)
    expect(await send(port, 'POST', PUSH, { body: BODY, headers })).toMatchObject(words[word])
    expect(parts.pushed).toEqual([])
  })

  it.each([
    ['POST', PUSH, 'pusher=lupino&data=y'],
    ['POST', PUSH, `${BODY}&force=1`],
    ['POST', '/pusher/sendsms/push', BODY],
    ['POST', `${PUSH}/`, BODY],
    ['POST', `${PUSH}?force=1`, BODY],
    ['POST', PUSH, ''],
  ])('%s %s %s is not what was signed, in either version', async (method, path, body) => {
    const { port } = await serveApi(closed())
    for (const headers of [pushHeaders(), v2Headers()]) {
      expect(await send(port, method, path, { body, headers })).toMatchObject(words.signature)
    }
  })

  it('v2 covers the method, which v1 does not', async () => {
    const { port } = await serveApi(closed())
    const path = '/pusher/pushers/lupino/'
    const v2 = v2Headers({ method: 'GET', pathAndQuery: path, body: '' })
    expect(await send(port, 'DELETE', path, { headers: v2 })).toMatchObject(words.signature)
    expect(await send(port, 'GET', path, { headers: v2 })).toMatchObject({ status: 200 })
  })

  it('v2 covers the path and query as sent, percent-encoding and all', async () => {
    const { port } = await serveApi(closed())
    const headers = v2Headers({ method: 'GET', pathAndQuery: '/pusher/pushers/%2e%2E/?x=%41', body: '' })
    expect(await send(port, 'GET', '/pusher/pushers/%2E%2E/?x=%41', { headers })).toMatchObject(words.signature)
    expect(await send(port, 'GET', '/pusher/pushers/%2e%2E/?x=A', { headers })).toMatchObject(words.signature)
    const answer = await send(port, 'GET', '/pusher/pushers/%2e%2E/?x=%41', { headers })
    expect(answer).toMatchObject({ status: 404, json: { err: 'pusher .. not exists.' } })
  })

  it('v2 covers the bytes of the body, a byte order mark too', async () => {
    const { port } = await serveApi(closed())
    const body = Buffer.from(`\ufeff=1&${BODY}`)
    expect(await send(port, 'POST', PUSH, { body, headers: v2Headers({ body }) })).toMatchObject({ status: 200 })
    const headers = v2Headers({ body: body.subarray(3), nonce: 'n-2' })
    expect(await send(port, 'POST', PUSH, { body, headers })).toMatchObject(words.signature)
  })
})

describe('a nonce', () => {
  it('is used once', async () => {
    const { port } = await serveApi(closed())
    const request = { body: BODY, headers: v2Headers() }
    expect(await send(port, 'POST', PUSH, request)).toMatchObject({ status: 200 })
    const replay = await send(port, 'POST', PUSH, request)
    expect(replay).toMatchObject({ status: 401, json: { err: 'X-Request-Nonce was used before.', code: 'nonce_used' } })
  })

  it('is kept for as long as any request that has it could be good', async () => {
    const used: unknown[] = []
    const nonces = { use: async (...call: unknown[]) => Boolean(used.push(call)) }
    const { port } = await serveApi(closed({ nonces }))
    await send(port, 'POST', PUSH, { body: BODY, headers: v2Headers() })
    expect(used).toEqual([[1, 'n-1', 1200]])
  })

  it('is not used up by a request that proves wrong', async () => {
    const { port } = await serveApi(closed())
    await send(port, 'POST', PUSH, { body: BODY, headers: v2Headers({ secret: 'other' }) })
    expect(await send(port, 'POST', PUSH, { body: BODY, headers: v2Headers() })).toMatchObject({ status: 200 })
  })

  it.each(['', 'x'.repeat(65)])('is 1 to 64 characters: %j', async (nonce) => {
    const { port } = await serveApi(closed())
    const answer = await send(port, 'POST', PUSH, { body: BODY, headers: v2Headers({ nonce }) })
    expect(answer).toMatchObject({ status: 400, json: { err: 'X-Request-Nonce must be 1 to 64 characters.' } })
  })
})

describe('an app', () => {
  const both = () => [
    { body: BODY, headers: pushHeaders() },
    { body: BODY, headers: v2Headers() },
  ]

  it('may have several secrets, all of them good', async () => {
    const secrets = ['new', SECRET].map((secret, id) => ({ id, secret, createdAt: 1 }))
    const { port } = await serveApi(closed({ known: [exampleApp({ secrets })] }))
    for (const request of both()) expect(await send(port, 'POST', PUSH, request)).toMatchObject({ status: 200 })
  })

  it('without a secret admits nobody', async () => {
    const { port } = await serveApi(closed({ known: [exampleApp({ secrets: [] })] }))
    for (const request of both()) expect(await send(port, 'POST', PUSH, request)).toMatchObject({ status: 401 })
  })

  it('may refuse version 1', async () => {
    const { port } = await serveApi(closed({ known: [exampleApp({ v2Only: true })] }))
    const [v1, v2] = both()
    const refused = await send(port, 'POST', PUSH, v1)
    expect(refused).toMatchObject({ status: 401, json: { code: 'signature_version_refused' } })
    expect(await send(port, 'POST', PUSH, v2)).toMatchObject({ status: 200 })
  })

  it('knows no version 3', async () => {
    const { port } = await serveApi(closed())
    const headers = { ...v2Headers(), 'x-signature-version': '3' }
    const answer = await send(port, 'POST', PUSH, { body: BODY, headers })
    expect(answer).toMatchObject({ status: 401, json: { code: 'signature_version_refused' } })
  })

  it('that is disabled is told so, once it has proved who it is', async () => {
    const { port } = await serveApi(closed({ known: [exampleApp({ enabled: false })] }))
    for (const request of both()) {
      expect(await send(port, 'POST', PUSH, request)).toMatchObject({
        status: 403,
        json: { err: 'This app is disabled.' },
      })
    }
    const stranger = await send(port, 'POST', PUSH, { body: BODY, headers: pushHeaders({ secret: 'other' }) })
    expect(stranger).toMatchObject({ status: 401 })
  })

  it('is looked up once a second, so that a change bites at once', async () => {
    const parts = closed()
    let lookUps = 0
    const { byKey } = parts.apps
    parts.apps.byKey = (key) => {
      lookUps += 1
      return byKey(key)
    }
    const { port } = await serveApi(parts)
    const push = () => send(port, 'POST', PUSH, { body: BODY, headers: pushHeaders() })
    await push()
    await push()
    expect(lookUps).toBe(1)
    parts.known.splice(0, 1, exampleApp({ enabled: false }))
    vi.advanceTimersByTime(1000)
    expect(await push()).toMatchObject({ status: 403 })
    expect(lookUps).toBe(2)
  })
})

describe('open mode', () => {
  const open = (given: Partial<Fakes> = {}) => fakeParts({ firstApp: exampleApp({ id: 9 }), ...given })

  it.each([{}, { 'x-app-key': '' }])('lets unsigned requests act as the first app: %j', async (headers) => {
    const parts = open()
    const { port } = await serveApi(parts)
    expect(await send(port, 'POST', PUSH, { body: BODY, headers })).toMatchObject({ status: 200 })
    expect(parts.pushed).toMatchObject([{ app: 9 }])
  })

  it('verifies a key that is given', async () => {
    const parts = open()
    const { port } = await serveApi(parts)
    expect(await send(port, 'POST', PUSH, { body: BODY, headers: { 'x-app-key': 'other' } })).toMatchObject({
      status: 401,
    })
    expect(await send(port, 'POST', PUSH, { body: BODY, headers: pushHeaders() })).toMatchObject({ status: 200 })
    expect(parts.pushed).toMatchObject([{ app: 1 }])
  })

  it.each([
    [{ origin: 'http://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'http://127.0.0.1.evil.example' }, 403],
    [{ host: 'rebound.example:6001' }, 403],
    [{ host: 'localhost:6001', origin: 'http://localhost:5173' }, 200],
    [{ host: '[::1]:6001' }, 200],
    [{ host: 'shop.localhost' }, 200],
  ])('keeps foreign pages of a browser out: %j is %i', async (headers, status) => {
    const { port } = await serveApi(open())
    expect(await send(port, 'POST', PUSH, { body: BODY, headers })).toMatchObject({ status })
  })
})

describe('never signed', () => {
  it.each(['/healthz', '/readyz', '/docs', '/openapi.json'])('%s', async (path) => {
    const response = await createApi(closed()).request(path)
    expect(response.status).toBe(200)
  })
})
