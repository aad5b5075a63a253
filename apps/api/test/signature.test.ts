import { signV1 } from '@carillon/contract'
import { describe, expect, it } from 'vitest'
import { SECRET } from './fakes.ts'
import { atTheTimeOfTheVectors, BODY, closed, NOW, PUSH, pushHeaders, v1Headers, v2Headers } from './signing.ts'
import { send, serveApi } from './support.ts'

atTheTimeOfTheVectors()

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

  it.each(cases)("with the legacy server's message: %s", async (_what, headers, word) => {
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
