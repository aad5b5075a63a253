import { createApi } from '@carillon/api'
import { CarillonError } from '@carillon/contract'
import { describe, expect, it } from 'vitest'
import { type Fakes, fakeParts } from './fakes.ts'
import { closed, v1Headers } from './signing.ts'

const ADMIN = { account: 'ops', password: 'pass' }
const authorization = `Basic ${btoa('ops:pass')}`

interface Call {
  body?: object
  headers?: Record<string, string>
}

/** The API on fakes: a call, and what was written down of it. */
function start(parts: Fakes = fakeParts({ admin: ADMIN })) {
  const api = createApi(parts)
  return async (method: string, path: string, { body, headers }: Call = {}) => {
    const response = await api.request(path, {
      method,
      headers: { authorization, 'content-type': 'application/json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
    })
    const [entry] = parts.audited.splice(0)
    return { status: response.status, entry, text: await response.text() }
  }
}

const name = 'lupino_67f09a03afb55f07fd948aa268f9ae21'

describe('a call that changes something is in the audit:', () => {
  it.each([
    ['POST', '/v1/senders/sendmail/pause', undefined, 'sender.pause', 'sendmail'],
    ['POST', '/v1/senders/sendmail/resume', undefined, 'sender.resume', 'sendmail'],
    ['POST', '/v1/broadcasts/news/pause', undefined, 'broadcast.pause', 'news'],
    ['POST', '/v1/broadcasts/news/resume', undefined, 'broadcast.resume', 'news'],
    ['POST', '/v1/broadcasts/news/cancel', undefined, 'broadcast.cancel', 'news'],
    ['POST', '/pusher/pushall/cancelpush', { name: 'news' }, 'broadcast.cancel', 'news'],
    ['POST', '/pusher/sendmail/cancelpush', { name }, 'push.cancel', '7'],
    ['POST', '/v1/pushes/7/replay', undefined, 'push.replay', '7'],
    [
      'POST',
      '/v1/dead/replay',
      { sender: 'sendmail', pusher: 'lupino' },
      'dead.replay',
      'sendmail of one pusher (2 pushes)',
    ],
    ['POST', '/v1/suppressions', { sender: 'sendmail', address: 'a@example.com' }, 'suppression.add', '1 of sendmail'],
    ['DELETE', '/v1/suppressions/1', undefined, 'suppression.lift', '1'],
    ['PUT', '/v1/templates/welcome', { sender: 'sendmail', data: 'x' }, 'template.put', 'welcome, version 1'],
    ['POST', '/v1/templates/welcome/rollback', { version: 1 }, 'template.rollback', 'welcome, version 3'],
    ['DELETE', '/v1/templates/welcome', undefined, 'template.remove', 'welcome'],
  ])('%s %s', async (method, path, body, action, target) => {
    const { status, entry } = await start()(method, path, body && { body })
    expect(status).toBeLessThan(300)
    expect(entry).toEqual({
      id: '1',
      time: 1.5,
      account: 'open mode',
      address: 'unknown',
      app: 1,
      action,
      target,
      failure: null,
    })
    expect(JSON.stringify(entry)).not.toMatch(/lupino|example\.com/)
  })

  it.each([
    ['POST', '/v1/apps', { name: 'shop', secret: 's3cret' }, { app: null, action: 'app.create', target: 'shop (2)' }],
    [
      'PATCH',
      '/v1/apps/1',
      { name: 'x', clientEvents: null },
      { app: 1, action: 'app.change', target: 'name, clientEvents' },
    ],
    ['PATCH', '/v1/apps/1', { addSecret: 's3cret' }, { app: 1, action: 'secret.add', target: 'secret 7' }],
    ['PATCH', '/v1/apps/1', { retireSecret: 1 }, { app: 1, action: 'secret.retire', target: 'secret 1' }],
  ])('%s %s %j, by the administrator', async (method, path, body, expected) => {
    const { entry } = await start()(method, path, { body })
    expect(entry).toMatchObject({ account: 'ops', ...expected })
    expect(JSON.stringify(entry)).not.toContain('s3cret')
  })

  it('under the key of the app that signed it, and the address that a proxy reports', async () => {
    const time = String(Math.floor(Date.now() / 1000))
    const path = '/v1/senders/sendmail/pause'
    const headers = { ...v1Headers({ path }, { time }), 'x-forwarded-for': '203.0.113.7' }
    const { status, entry } = await start(closed())('POST', path, { headers })
    expect(status).toBe(200)
    expect(entry).toMatchObject({ account: 'app demo', address: '203.0.113.7 through unknown' })
  })
})

describe('the audit of the API', () => {
  it('has the error of what failed, without the name of the push', async () => {
    const parts = fakeParts()
    parts.core.cancel = async () => {
      throw new CarillonError('push_not_found', `There is no pending push ${name}.`)
    }
    const { status, entry } = await start(parts)('POST', '/pusher/sendmail/cancelpush', { body: { name } })
    expect(status).toBe(404)
    expect(entry).toMatchObject({ target: 'sendmail', failure: 'There is no pending push ….' })
  })

  it('has nothing that was refused before it was tried', async () => {
    const call = start()
    const refused = [
      await call('POST', '/v1/senders/a%20b/pause'),
      await call('PATCH', '/v1/apps/1', { body: { name: '' } }),
      await call('POST', '/v1/apps', { body: { name: 'x' }, headers: { authorization: 'Basic eDp5' } }),
    ]
    expect(refused.map(({ status, entry }) => [status, entry])).toEqual(
      [422, 422, 401].map((status) => [status, undefined]),
    )
  })

  it.each([
    ['POST', '/pusher/sendmail/push', { pusher: 'lupino', data: '{}' }],
    ['POST', '/v1/push', { pushes: [{ sender: 'sendmail', pusher: 'lupino', data: '{}' }] }],
    ['POST', '/pusher/sendmail/pushall', { data: '{}' }],
    ['POST', '/pusher/pushers/', { pusher: 'lupino' }],
    ['DELETE', '/pusher/pushers/lupino/', undefined],
    ['POST', '/pusher/sendmail/add', { pusher: 'lupino' }],
    ['PUT', '/v1/pushers/lupino/addresses', { kind: 'apns', token: '0a'.repeat(32), target: 'org.app' }],
    ['GET', '/v1/pushes', undefined],
  ])('does not have the load: %s %s', async (method, path, body) => {
    const { status, entry } = await start()(method, path, body && { body })
    expect(status).toBeLessThan(300)
    expect(entry).toBeUndefined()
  })
})

describe('GET /v1/audit', () => {
  it.each([
    ['', { size: 10 }],
    ['?account=&action=&since=&until=&after=&size=1000', { size: 100 }],
    [
      '?account=app+demo&action=push.replay&since=1456403493&until=1456403500.5&after=7&size=5',
      { account: 'app demo', action: 'push.replay', since: 1_456_403_493, until: 1_456_403_500.5, after: '7', size: 5 },
    ],
  ])('lists %s', async (query, expected) => {
    const parts = fakeParts({ admin: ADMIN })
    expect((await start(parts)('GET', `/v1/audit${query}`)).status).toBe(200)
    expect(parts.calls).toEqual([['listAudit', expected]])
  })

  it.each([
    ['?since=yesterday', 'since must be Unix seconds'],
    ['?until=1e9', 'until must be Unix seconds'],
    ['?after=x', 'after must be an id'],
    ['?account=%00', 'account must not contain a NUL character'],
  ])('refuses %s', async (query, err) => {
    const { status, text } = await start()('GET', `/v1/audit${query}`)
    expect([status, JSON.parse(text)]).toEqual([422, { err, code: 'invalid_field' }])
  })
})
