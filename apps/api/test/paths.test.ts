import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { Hono } from 'hono'
import { createApi, getPath } from '@carillon/api'
import { requestListener } from '@carillon/http'
import { signV1, signV2 } from '@carillon/contract'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fakeParts, SECRET } from './fakes.ts'
import { send, serveApi } from './support.ts'

const encoded: [path: string, id: string][] = [
  ['%2e', '.'],
  ['.', '.'],
  ['%2E%2e', '..'],
  ['..', '..'],
  ['a%2Fb', 'a/b'],
  ['%2F', '/'],
  ['a%252Fb', 'a%2Fb'],
  ['%252e%252e', '%2e%2e'],
  ['%25', '%'],
  ['a+b', 'a+b'],
  ['a:b_c;d,e@f', 'a:b_c;d,e@f'],
  ['%E6%9D%8E%E9%9B%B7', '李雷'],
  ['%F0%9F%98%80%20', '😀 '],
  ['%3F%23%5C', '?#\\'],
  ['push', 'push'],
]

describe('an id in a path', () => {
  it.each(encoded)('%s is %j', async (segment, id) => {
    const parts = fakeParts()
    const { port } = await serveApi(parts)
    for (const slash of ['', '/']) {
      const got = await send(port, 'GET', `/pusher/pushers/${segment}${slash}`)
      expect(got).toMatchObject({ status: 404, json: { err: `pusher ${id} not exists.` } })
    }
    await send(port, 'DELETE', `/pusher/pushers/${segment}/`)
    await send(port, 'POST', `/pusher/pushers/lupino/${segment}/`)
    expect(parts.calls).toEqual([
      ['removePusher', 1, id],
      ['set', 'lupino', { addTags: [id] }, false],
    ])
  })

  it.each(['%zz', '%FF', '%', '%E6', '%C0%AF', '%ED%A0%80'])('%s is refused', async (segment) => {
    const { port } = await serveApi()
    const answer = await send(port, 'GET', `/pusher/pushers/${segment}/`)
    const err = 'The path is not percent-encoded UTF-8.'
    expect(answer).toMatchObject({ status: 400, json: { err, code: 'bad_request' } })
  })

  it.each(['a%00b', '%0A', '%7F', '%C2%85'])('%s is a control character', async (segment) => {
    const { port } = await serveApi()
    const answer = await send(port, 'GET', `/pusher/pushers/${segment}/`)
    expect(answer).toMatchObject({ status: 422, json: { err: 'id must not contain control characters' } })
  })

  it('may be 10,000 characters long, and is refused by name', async () => {
    const { port } = await serveApi()
    const answer = await send(port, 'GET', `/pusher/pushers/${'x'.repeat(10_000)}/`)
    expect(answer).toMatchObject({ status: 422, json: { err: 'id must be at most 255 characters' } })
  })
})

describe('a path', () => {
  it.each(['/', '/pusher', '/nothing', '/pusher/pushers//', '/pusher//push', '/pusher/a/b/c/d', '//healthz'])(
    '%s is not there',
    async (path) => {
      const { port } = await serveApi()
      const json = { err: 'There is no such route; /docs lists all routes.', code: 'not_found' }
      expect(await send(port, 'GET', path)).toMatchObject({ status: 404, json })
    },
  )

  it.each([
    ['PUT', '/pusher/pushers/lupino/', 'GET, POST, DELETE'],
    ['GET', '/pusher/sendmail/push', 'POST'],
    ['POST', '/healthz', 'GET'],
    ['DELETE', '/docs/', 'GET'],
    ['OPTIONS', '/v1/push', 'POST'],
  ])('%s %s takes other methods', async (method, path, allow) => {
    const { port } = await serveApi()
    const answer = await send(port, method, path)
    expect(answer).toMatchObject({ status: 405, json: { code: 'method_not_allowed' }, headers: { allow } })
  })

  it('may come in the absolute form, as from a proxy', async () => {
    const { port } = await serveApi()
    const answer = await send(port, 'GET', `http://localhost:${port}/pusher/pushers/lupino/?`)
    expect(answer).toMatchObject({ status: 200 })
  })

  it('with a backslash is not valid', async () => {
    const { port } = await serveApi()
    const answer = await send(port, 'GET', '/pusher\\pushers')
    expect(answer).toMatchObject({ status: 400, json: { code: 'bad_request' } })
  })

  it('answers HEAD as GET, without the body', async () => {
    const { port } = await serveApi()
    expect(await send(port, 'HEAD', '/healthz')).toMatchObject({ status: 200, text: '' })
  })
})

describe('mounted', () => {
  const api = () => createApi(fakeParts({ open: false }))

  async function serve(listener: RequestListener): Promise<number> {
    const server = createServer(listener).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => void server.close())
    return (server.address() as AddressInfo).port
  }

  const mounts: [how: string, prefix: string, make: () => RequestListener][] = [
    ['node:http', '', () => requestListener(api())],
    ['Express', '', () => express().use(requestListener(api()))],
    ['Express below a prefix', '/bells', () => express().use('/bells', requestListener(api()))],
    ['Hono', '', () => requestListener(new Hono({ getPath }).route('/', api()))],
    ['Hono below a prefix', '/bells', () => requestListener(new Hono({ getPath }).route('/bells', api()))],
  ]

  it.each(mounts)('in %s (%s), it verifies what the client signed', async (_how, prefix, make) => {
    const port = await serve(make())
    const path = `${prefix}/pusher/pushers/%2e%2E/`
    const timestamp = String(Math.floor(Date.now() / 1000))
    const headers = { 'x-app-key': 'demo', 'x-request-time': timestamp }
    const v1 = signV1(SECRET, { app_key: 'demo', timestamp, path: decodeURIComponent(path), nickname: 'x' })
    const body = 'nickname=x'
    const v2 = signV2(SECRET, { method: 'POST', pathAndQuery: path, timestamp, nonce: 'n', body })
    const versions = [
      { 'x-request-signature': v1 },
      { 'x-request-signature': v2, 'x-request-nonce': 'n', 'x-signature-version': '2' },
    ]
    for (const version of versions) {
      const answer = await send(port, 'POST', path, { body, headers: { ...headers, ...version } })
      expect(answer).toMatchObject({ status: 404, json: { err: 'pusher .. not exists.' } })
    }
  })

  it('in a Hono app that reads paths its own way, only dots are lost', async () => {
    const port = await serve(requestListener(new Hono().route('/', createApi(fakeParts()))))
    for (const [segment, id] of encoded.filter(([, name]) => !/^\.+$/.test(name))) {
      const answer = await send(port, 'GET', `/pusher/pushers/${segment}/`)
      expect(answer).toMatchObject({ json: { err: `pusher ${id} not exists.` } })
    }
  })

  it.each([
    ['', () => requestListener(api())],
    ['/bells', () => requestListener(api())],
    ['', () => requestListener(new Hono({ getPath }).route('/', api()))],
  ])('in Express (%s), it passes on what it has no route for, with its body', async (prefix, make) => {
    const app = express().use(prefix || '/', make())
    app.use(express.text({ type: '*/*' }), (request, response) => void response.send(`later: ${request.body ?? ''}`))
    const port = await serve(app)
    for (const path of ['/', '/orders', '/%zz', '/pusher/pushers/a/b/c']) {
      expect(await send(port, 'POST', prefix + path, { body: 'x=1' })).toMatchObject({
        status: 200,
        text: 'later: x=1',
      })
      expect(await send(port, 'HEAD', prefix + path)).toMatchObject({ status: 200 })
    }
    expect(await send(port, 'HEAD', `${prefix}/healthz`)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json' },
    })
    expect(await send(port, 'DELETE', `${prefix}/docs`)).toMatchObject({ status: 405 })
    expect(await send(port, 'GET', `${prefix}/pusher/pushers/`)).toMatchObject({ status: 401 })
  })

  it('in node:http, it answers what it has no route for', async () => {
    const port = await serve(requestListener(api()))
    expect(await send(port, 'GET', '/orders')).toMatchObject({ status: 404, json: { code: 'not_found' } })
  })

  it('after a body parser says what is wrong', async () => {
    const parts = fakeParts()
    const port = await serve(express().use(express.urlencoded(), requestListener(createApi(parts))))
    const answer = await send(port, 'POST', '/pusher/sendmail/push', { body: 'pusher=lupino&data=x' })
    const err = 'The API must be mounted before any middleware that parses bodies.'
    expect(answer).toMatchObject({ status: 500, json: { err, code: 'internal' } })
    expect(parts.logged).toMatchObject([{ message: err }])
  })
})
