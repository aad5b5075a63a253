import { describe, expect, it } from 'vitest'
import { CarillonError, signRequest } from '@carillon/client'
import type { RequestToSign } from '@carillon/client'
import vectors from '../../../test/vectors.json' with { type: 'json' }

const FORM = 'application/x-www-form-urlencoded'
const demo = { key: 'demo', secret: 's3cret', now: 1_456_403_493 }
const v1 = (request: Partial<RequestToSign> & { pathAndQuery: string }) =>
  signRequest({ ...demo, version: 'v1', method: 'POST', ...request })
const vector = (what: string) => vectors.hmac_md5.find((one) => one.what === what)?.signature ?? 'no such vector'

describe('signRequest, v2', () => {
  it.each(vectors.v2)('agrees with the vector: $method $path_and_query', (one) => {
    const { method, path_and_query: pathAndQuery, nonce, body, signature } = one
    expect(signRequest({ ...demo, version: 'v2', method, pathAndQuery, nonce, body })).toEqual({
      'X-App-Key': 'demo',
      'X-Request-Time': '1456403493',
      'X-Signature-Version': '2',
      'X-Request-Nonce': nonce,
      'X-Request-Signature': signature,
    })
  })

  it('is the default, with the time of the clock and a nonce of its own', () => {
    const before = Math.floor(Date.now() / 1000)
    const request = { key: 'demo', secret: 's3cret', method: 'GET', pathAndQuery: '/v1/senders' }
    const [first, second] = [signRequest(request), signRequest(request)]
    expect(Number(first['X-Request-Time'])).toBeGreaterThanOrEqual(before)
    expect(first['X-Request-Nonce']).toMatch(/^[\x21-\x7e]{16,64}$/)
    expect(first['X-Request-Nonce']).not.toBe(second['X-Request-Nonce'])
  })

  it('signs the method in upper case, as it is sent', () => {
    const request = { ...demo, pathAndQuery: '/v1/senders', nonce: 'n' }
    expect(signRequest({ ...request, method: 'get' })).toEqual(signRequest({ ...request, method: 'GET' }))
  })
})

describe('signRequest, v1', () => {
  it('signs a query', () => {
    expect(v1({ method: 'GET', pathAndQuery: '/pusher/search/?q=tags%3Avip&from=0&size=10' })).toEqual({
      'X-App-Key': 'demo',
      'X-Request-Time': '1456403493',
      'X-Request-Signature': vector('GET with query'),
    })
  })

  it.each([FORM, `${FORM}; charset=UTF-8`, FORM.toUpperCase()])('signs a form (%s)', (contentType) => {
    const body = 'pusher=lupino&data=%7B%22subject%22%3A+%22subject%22,+%22text%22%3A%20%22text%22%7D'
    const headers = v1({ pathAndQuery: '/pusher/sendmail/push', body, contentType })
    expect(headers['X-Request-Signature']).toBe(vector('POST form'))
  })

  it('signs empty values', () => {
    const body = Buffer.from('pusher=lupino&data=x&schedat=')
    const headers = v1({ pathAndQuery: '/pusher/sendmail/push', body, contentType: FORM })
    expect(headers['X-Request-Signature']).toBe(vector('POST form with an empty value'))
  })

  it('signs the path decoded, and UTF-8 as it is', () => {
    const pathAndQuery = '/pusher/pushers/%E6%9D%8E%E9%9B%B7/'
    const body = String(new URLSearchParams({ nickname: '李雷 😀' }))
    const headers = v1({ secret: '密钥', pathAndQuery, body, contentType: FORM })
    const what = 'non-ASCII value and path (the path is signed decoded, as UTF-8)'
    expect(headers['X-Request-Signature']).toBe(vector(what))
  })

  it('signs any other body as one text', () => {
    const json = v1({ pathAndQuery: '/v1/push', body: '{"pushes":[]}', contentType: 'application/json' })
    const field = v1({ pathAndQuery: '/v1/push', body: '{"pushes":[]}' })
    expect(json).toEqual(field)
    expect(json).not.toEqual(v1({ pathAndQuery: '/v1/push' }))
  })

  it.each<[string, string, string]>([
    ['twice in the query', '/?a=1&a=1', ''],
    ['twice in the form', '/', 'a=1&a=2'],
    ['in the query and in the form', '/?a=1', 'a=1'],
    ['named app_key', '/?app_key=x', ''],
    ['named timestamp', '/', 'timestamp=x'],
    ['named path', '/?path=x', ''],
    ['named body', '/', 'body=x'],
  ])('refuses a parameter %s', (_what, pathAndQuery, body) => {
    const sign = () => v1({ pathAndQuery, body, contentType: FORM })
    expect(sign).toThrow(CarillonError)
    expect(sign).toThrow(
      /^signature version 1 cannot sign (a|app_key|timestamp|path|body): it occurs twice, or its name is reserved$/,
    )
  })

  it('refuses a path that cannot be decoded', () => {
    expect(() => v1({ pathAndQuery: '/%E6' })).toThrow(
      'signature version 1 cannot sign a path that is not percent-encoded UTF-8',
    )
  })
})
