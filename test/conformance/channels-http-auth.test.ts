import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type SignedRequest, send, sendRaw, signedQuery } from './channels-requests.ts'
import { type ChannelsNode, inMemory, signedIn, stageOn, subscriber } from './channels-stage.ts'
import { appWith } from '../services/realtime.ts'

const BODY = '{"name":"foo","channels":["project-3"],"data":"{\\"some\\":\\"data\\"}"}'
const now = () => Math.floor(Date.now() / 1000)

async function oneNode(): Promise<ChannelsNode> {
  return (await stageOn(inMemory())).nodes[0]
}

describe('the published example', () => {
  const target =
    '/apps/3/events?auth_key=278d425bdf160c739803&auth_timestamp=1353088179&auth_version=1.0' +
    '&body_md5=ec365a775a4cd0599faeb73354201b6f' +
    '&auth_signature=da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c'

  it.each([0, -600, 600])('is right %i s from its time', async (off) => {
    const { port } = await oneNode()
    vi.useFakeTimers({ toFake: ['Date'], now: (1353088179 + off) * 1000 })
    const answer = await sendRaw(port, { method: 'POST', target, body: BODY }).finally(() => vi.useRealTimers())
    expect([answer.status, answer.text]).toEqual([200, '{}'])
  })

  it.each([-601, 601])('is refused %i s from its time', async (off) => {
    const { port } = await oneNode()
    vi.useFakeTimers({ toFake: ['Date'], now: (1353088179 + off) * 1000 })
    const answer = await sendRaw(port, { method: 'POST', target, body: BODY }).finally(() => vi.useRealTimers())
    expect([answer.status, answer.text]).toEqual([401, expect.stringContaining('auth_timestamp must be within 600 s')])
  })
})

describe('401, with the reason in the body', () => {
  const rows: [string, SignedRequest, string][] = [
    ['no key', { path: '/channels', auth: { auth_key: undefined } }, 'The query must have auth_key.'],
    ['another key', { path: '/channels', auth: { auth_key: 'x' } }, 'auth_key is not the key of app 3.'],
    ['no version', { path: '/channels', auth: { auth_version: undefined } }, 'The query must have auth_version.'],
    ['another version', { path: '/channels', auth: { auth_version: '2.0' } }, 'auth_version must be 1.0.'],
    ['no time', { path: '/channels', auth: { auth_timestamp: undefined } }, 'The query must have auth_timestamp.'],
    ['a stale time', { path: '/channels', auth: { auth_timestamp: String(now() - 900) } }, 'within 600 s'],
    ['a time to come', { path: '/channels', auth: { auth_timestamp: String(now() + 900) } }, 'within 600 s'],
    ['no such time', { path: '/channels', auth: { auth_timestamp: 'NaN' } }, 'within 600 s'],
    ['a time in ms', { path: '/channels', auth: { auth_timestamp: String(Date.now()) } }, 'within 600 s'],
    ['no signature', { path: '/channels', auth: { auth_signature: '' } }, 'is not the hex HMAC-SHA256 of "GET'],
    ['a short signature', { path: '/channels', auth: { auth_signature: 'ab' } }, 'is not the hex HMAC-SHA256'],
    ['a made-up one', { path: '/channels', auth: { auth_signature: 'a'.repeat(64) } }, 'is not the hex HMAC-SHA256'],
    ['a body that is not signed', { path: '/events', body: BODY, auth: { body_md5: undefined } }, 'must have body_md5'],
    ['another body’s MD5', { path: '/events', body: BODY, auth: { body_md5: 'a'.repeat(32) } }, 'as it arrived'],
    ['an MD5 without a body', { path: '/channels', auth: { body_md5: 'a'.repeat(32) } }, 'as it arrived'],
    ['another path', { path: '/channels', signedPath: '/channels/' }, '/apps/3/channels\\n'],
  ]
  it.each(rows)('%s', async (_, request, says) => {
    const { port } = await oneNode()
    const answer = await send(port, request)
    expect([answer.status, answer.text]).toEqual([401, expect.stringContaining(says)])
  })

  it('another app’s secret', async () => {
    const { port } = await oneNode()
    const app = { ...appWith(), secrets: [{ id: 1, secret: 'forged', createdAt: 0 }] }
    expect((await send(port, { path: '/channels', app })).status).toBe(401)
  })

  it('a request that was seen, sent again with another method, path, query, body or app', async () => {
    const { port } = await oneNode()
    const query = signedQuery({ method: 'POST', path: '/events', body: BODY })
    const again = (change: { method?: string; target?: string; body?: string }) =>
      sendRaw(port, { method: 'POST', target: `/apps/3/events?${query}`, body: BODY, ...change })
    expect((await again({})).status).toBe(200)
    const others = await Promise.all([
      again({ method: 'PUT' }),
      again({ target: `/apps/3/batch_events?${query}` }),
      again({ target: `/apps/3/events?${query}&info=user_count` }),
      again({ target: `/apps/3/events?${query.replace('auth_timestamp=', 'auth_timestamp=0')}` }),
      again({ body: BODY.replace('foo', 'bar') }),
      again({ body: '' }),
    ])
    expect(others.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 401])
    expect((await again({ target: `/apps/4/events?${query}` })).status).toBe(404)
  })

  it('400 for a parameter that stands there twice', async () => {
    const { port } = await oneNode()
    const target = `/apps/3/channels?${signedQuery({ path: '/channels' })}&AUTH_KEY=x`
    expect(await sendRaw(port, { method: 'GET', target })).toMatchObject({
      status: 400,
      text: 'The query contains auth_key twice.',
    })
  })

  it('does not read the body of somebody whom it does not know', async () => {
    const { port } = await oneNode()
    const target = `/apps/3/events?${signedQuery({ method: 'POST', path: '/events', auth: { auth_signature: 'x' } })}`
    const answer = await sendRaw(port, { method: 'POST', target, body: 'x'.repeat(2_000_000), chunked: true })
    expect(answer.status).toBe(401)
  })
})

describe('what official SDKs sign', () => {
  it('takes values that are sent as they are: + = ; , @ and a lone %', async () => {
    const node = await oneNode()
    await subscriber(node, ['presence-a=b;c,d@'])
    const query = { filter_by_prefix: 'presence-a=b;c,d@', info: 'user_count' }
    expect(await send(node.port, { path: '/channels', query })).toMatchObject({
      status: 200,
      text: '{"channels":{"presence-a=b;c,d@":{"user_count":1}}}',
    })
    for (const prefix of ['a+b', '100%', '%zz', '=']) {
      const answer = await send(node.port, { path: '/channels', query: { filter_by_prefix: prefix } })
      expect([prefix, answer.status, answer.text]).toEqual([prefix, 200, '{"channels":{}}'])
    }
  })

  it('takes values that were encoded after they were signed', async () => {
    const node = await oneNode()
    await subscriber(node, ['a=b', 'c'])
    const query = signedQuery({ path: '/channels', query: { filter_by_prefix: 'a=' } })
    const target = `/apps/3/channels?${query.replace('prefix=a=', 'prefix=a%3D')}`
    expect(await sendRaw(node.port, { method: 'GET', target })).toMatchObject({ text: '{"channels":{"a=b":{}}}' })
  })

  it('takes names in capitals, which are signed in lower case', async () => {
    const { port } = await oneNode()
    expect((await send(port, { path: '/channels', query: { Filter_By_Prefix: 'a' } })).status).toBe(200)
  })

  it.each(['/users/ann lee/terminate_connections', '/users/ann%20lee/terminate_connections'])(
    'takes a path with a space that was signed as %s',
    async (signedPath) => {
      const node = await oneNode()
      const ended = await signedIn(node, 'ann lee')
      const answer = await send(node.port, { path: '/users/ann%20lee/terminate_connections', signedPath, body: '{}' })
      expect([answer.status, answer.text, ended()]).toEqual([200, '{}', 1])
    },
  )

  it('takes what came through a proxy that takes off a prefix, which is not signed', async () => {
    const { port } = await oneNode()
    const proxy = createServer((incoming, outgoing) => {
      const target = incoming.url!.replace('/realtime', '')
      void sendRaw(port, { method: incoming.method!, target }).then(({ status }) => outgoing.writeHead(status).end())
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void proxy.close())
    const target = `/realtime/apps/3/channels?${signedQuery({ path: '/channels' })}`
    expect((await sendRaw((proxy.address() as AddressInfo).port, { method: 'GET', target })).status).toBe(200)
  })

  it('takes any of the app’s secrets, while one is replaced by another', async () => {
    const { nodes, app } = await stageOn(inMemory())
    const before = appWith()
    app.secrets.push({ id: 2, secret: 'the next one', createdAt: 1 })
    const after = { ...app, secrets: app.secrets.slice(1) }
    const status = async (signer: typeof app) => (await send(nodes[0].port, { path: '/channels', app: signer })).status
    expect([await status(before), await status(after)]).toEqual([200, 200])
    app.secrets.shift()
    expect([await status(before), await status(after)]).toEqual([401, 200])
  })
})
