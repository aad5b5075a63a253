import { describe, expect, it } from 'vitest'
import { type Form, startApi } from './calls.ts'
import { examplePusher } from './fakes.ts'

const ok = { status: 200, json: { result: 'OK' } }

describe('POST /pusher/pushers/', () => {
  it.each(['/pusher/pushers/', '/pusher/pushers'])('creates a pusher: %s', async (path) => {
    const { call, calls } = startApi()
    const fields = { email: 'n@example.com', phoneNumber: '1', nickname: 'N', createdAt: '1456403493' }
    expect(await call('POST', path, { pusher: 'new', ...fields })).toEqual(ok)
    expect(calls).toEqual([['set', 'new', { fields: { ...fields, createdAt: 1_456_403_493 } }, true]])
  })

  it('takes JSON as well, with numbers and attributes', async () => {
    const { json, calls } = startApi()
    const answer = await json('/pusher/pushers/', { pusher: 'new', createdAt: 5, attributes: { plan: 'gold' } })
    expect(answer).toEqual(ok)
    expect(calls).toEqual([['set', 'new', { fields: { createdAt: 5, attributes: { plan: 'gold' } } }, true]])
  })

  it('understands the CreatedAt of the legacy client', async () => {
    const { call, calls } = startApi()
    await call('POST', '/pusher/pushers/', { pusher: 'new', CreatedAt: '1456403493' })
    expect(calls).toEqual([['set', 'new', { fields: { createdAt: 1_456_403_493 } }, true]])
  })

  it('leaves senders, tags and empty fields alone', async () => {
    const { call, calls } = startApi()
    await call('POST', '/pusher/pushers/', { pusher: 'lupino', email: '', senders: 'x', tags: 'y', createdAt: '' })
    expect(calls).toEqual([['set', 'lupino', { fields: {} }, true]])
  })

  it.each<Form>([undefined, {}, { pusher: '' }])('wants an id: %j', async (body) => {
    const answer = await startApi().call('POST', '/pusher/pushers/', body)
    expect(answer).toEqual({ status: 406, json: { err: 'pusher is required.', code: 'pusher_required' } })
  })

  it.each([
    [{ pusher: 'x'.repeat(10_000) }, 'pusher must be at most 255 characters'],
    [{ pusher: 'a\0b' }, 'pusher must not contain control characters'],
    [{ pusher: 'a', createdAt: 'soon' }, 'createdAt must be a whole number'],
    [{ pusher: 'a', CreatedAt: 'soon' }, 'CreatedAt must be a whole number'],
    [{ pusher: 'a', email: 'a\0' }, 'email must not contain a NUL character'],
    [
      { pusher: 'a', attributes: '[' },
      'attributes must be a JSON object: it begins like JSON but is not valid JSON. In a form, write & as %26 and + as %2B; with curl, use --data-urlencode',
    ],
    [
      { pusher: 'a', quietHours: 'on' },
      'quietHours must be an object such as {"from": "22:00", "to": "07:00"}, off or null',
    ],
    [
      { pusher: 'a', quietHours: '{"from":"24:00","to":"07:00"}' },
      'quietHours is wrong: from must be a time from 00:00 to 23:59, such as 22:00',
    ],
    [
      { pusher: 'a', timezone: 'Berlin', locale: '-' },
      'timezone must be a time zone such as Asia/Shanghai: a name of the IANA list; did you mean Europe/Berlin?; locale must be a language tag such as zh-CN',
    ],
  ])('refuses a field by name: %#', async (body, err) => {
    const { call, calls } = startApi()
    expect(await call('POST', '/pusher/pushers/', body)).toEqual({ status: 422, json: { err, code: 'invalid_field' } })
    expect(calls).toEqual([])
  })

  it.each([
    ['an object', { from: '22:00', to: '07:00' }, { from: '22:00', to: '07:00' }],
    ['its text', '{"from":"22:00","to":"07:00","days":["fri"]}', { from: '22:00', to: '07:00', days: ['fri'] }],
    ['off', 'off', 'off'],
    ['null, which removes them', null, null],
    ['null in a form', 'null', null],
  ])('takes quiet hours as %s', async (_name, given, quietHours) => {
    const { json, calls } = startApi()
    expect(await json('/pusher/pushers/', { pusher: 'a', quietHours: given })).toEqual(ok)
    expect(calls).toEqual([['set', 'a', { fields: { quietHours } }, true]])
  })

  it.each([
    ['null, which removes it', null, { timezone: '' }],
    ['null in a form', 'null', { timezone: '' }],
    ['an empty text, which leaves it', '', {}],
    ['an offset', '+02:00', { timezone: '+02:00' }],
  ])('takes a time zone as %s', async (_name, timezone, fields) => {
    const { json, calls } = startApi()
    expect(await json('/pusher/pushers/', { pusher: 'a', timezone })).toEqual(ok)
    expect(calls).toEqual([['set', 'a', { fields }, true]])
  })

  it('keeps out a prototype in JSON', async () => {
    const { json, calls } = startApi()
    const response = await json(
      '/pusher/pushers/',
      JSON.parse('{"pusher":"a","__proto__":{"email":"x"},"attributes":{"__proto__":{"a":1}}}'),
    )
    expect(response.status).toBe(200)
    expect(calls).toEqual([['set', 'a', { fields: { attributes: {} } }, true]])
    expect(Reflect.get({}, 'a')).toBeUndefined()
  })
})

describe('GET /pusher/pushers/{id}/', () => {
  it.each(['/pusher/pushers/lupino/', '/pusher/pushers/lupino'])('answers the pusher: %s', async (path) => {
    const pusher = examplePusher({ senders: ['sendmail'] })
    expect(await startApi().call('GET', path)).toEqual({ status: 200, json: { pusher } })
  })

  it("reports a missing pusher with the legacy server's message", async () => {
    const answer = await startApi().call('GET', '/pusher/pushers/nobody/')
    expect(answer).toEqual({ status: 404, json: { err: 'pusher nobody not exists.', code: 'pusher_not_found' } })
  })

  it('refuses what cannot be an id', async () => {
    const answer = await startApi().call('GET', `/pusher/pushers/${'x'.repeat(10_000)}/`)
    expect(answer).toEqual({ status: 422, json: { err: 'id must be at most 255 characters', code: 'invalid_field' } })
  })
})

describe('POST /pusher/pushers/{id}/', () => {
  it('updates the fields that are given and not empty', async () => {
    const { call, calls } = startApi()
    expect(await call('POST', '/pusher/pushers/lupino/', { email: 'l@example.com', nickname: '' })).toEqual(ok)
    expect(calls).toEqual([['set', 'lupino', { fields: { email: 'l@example.com' } }, false]])
  })

  it.each<Record<string, string>>([{ createdAt: '0' }, { CreatedAt: '0' }, { createdAt: '0', CreatedAt: '0' }])(
    'leaves the time of a pusher alone where an old client has none: %j',
    async (times) => {
      const { call, json, calls } = startApi()
      await call('POST', '/pusher/pushers/', { pusher: 'lupino', nickname: 'L', ...times })
      await call('POST', '/pusher/pushers/lupino/', { nickname: 'L', ...times })
      await json('/pusher/pushers/', { pusher: 'lupino', createdAt: 0, CreatedAt: 5 })
      expect(calls).toEqual([
        ['set', 'lupino', { fields: { nickname: 'L' } }, true],
        ['set', 'lupino', { fields: { nickname: 'L' } }, false],
        ['set', 'lupino', { fields: { createdAt: 5 } }, true],
      ])
    },
  )

  it('is 404 for no pusher', async () => {
    const answer = await startApi().call('POST', '/pusher/pushers/nobody/', { email: 'x' })
    expect(answer).toMatchObject({ status: 404, json: { err: 'pusher nobody not exists.' } })
  })
})

describe('DELETE /pusher/pushers/{id}/', () => {
  it.each(['lupino', 'nobody'])('removes %s, there or not', async (id) => {
    const { call, calls } = startApi()
    expect(await call('DELETE', `/pusher/pushers/${id}/`)).toEqual(ok)
    expect(calls).toEqual([['removePusher', 1, id]])
  })

  it('never takes an empty tag for the pusher itself', async () => {
    const { call, calls } = startApi()
    expect(await call('DELETE', '/pusher/pushers/lupino//')).toMatchObject({ status: 404, json: { code: 'not_found' } })
    expect(calls).toEqual([])
  })
})

describe('tags and senders', () => {
  it.each([
    ['POST', '/pusher/pushers/lupino/vip/', undefined, { addTags: ['vip'] }],
    ['DELETE', '/pusher/pushers/lupino/vip', undefined, { removeTags: ['vip'] }],
    ['POST', '/pusher/pushers/lupino/a%2Fb%20%E6%9D%8E/', undefined, { addTags: ['a/b 李'] }],
    ['POST', '/pusher/sendsms/add', { pusher: 'lupino' }, { addSenders: ['sendsms'] }],
    ['POST', '/pusher/sendsms/delete', { pusher: 'lupino' }, { removeSenders: ['sendsms'] }],
    ['POST', '/pusher/sendsms/remove/', { pusher: 'lupino' }, { removeSenders: ['sendsms'] }],
  ])('%s %s', async (method, path, body, change) => {
    const { call, calls } = startApi()
    expect(await call(method, path, body)).toEqual(ok)
    expect(calls).toEqual([['set', 'lupino', change, false]])
  })

  it.each([
    ['POST', '/pusher/pushers/nobody/vip/', undefined],
    ['DELETE', '/pusher/pushers/nobody/vip/', undefined],
    ['POST', '/pusher/sendsms/add', { pusher: 'nobody' }],
    ['POST', '/pusher/sendsms/delete', { pusher: 'nobody' }],
  ])('%s %s is 404', async (method, path, body) => {
    const answer = await startApi().call(method, path, body)
    expect(answer).toEqual({ status: 404, json: { err: 'pusher nobody not exists.', code: 'pusher_not_found' } })
  })

  it.each([
    ['/pusher/Send%20Mail/add', { pusher: 'lupino' }, 'sender must be 1 to 64 of A-Z, a-z, 0-9, ., _ and -'],
    ['/pusher/search/add', { pusher: 'lupino' }, 'sender must not be "pushers" or "search"'],
    ['/pusher/sendmail/add', {}, 'pusher is required'],
    ['/pusher/sendmail/add', { pusher: '' }, 'pusher is required'],
  ])('%s %j is refused', async (path, body, err) => {
    expect(await startApi().call('POST', path, body)).toEqual({ status: 422, json: { err, code: 'invalid_field' } })
  })

  it('takes the id "push" for a pusher, since no sender is named pushers', async () => {
    const { call, calls } = startApi()
    expect(await call('POST', '/pusher/pushers/push', { nickname: 'x' })).toMatchObject({ status: 404 })
    expect(calls).toEqual([['set', 'push', { fields: { nickname: 'x' } }, false]])
  })
})
