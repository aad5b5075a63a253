import { createApi } from '@carillon/api'
import { type ErrorCode, CarillonError } from '@carillon/contract'
import { describe, expect, it } from 'vitest'
import { startApi } from './calls.ts'
import { fakeParts } from './fakes.ts'

const NAME = 'lupino_88bf72bd461965be993c0e6cee9cd061'
const DATA = '{"subject": "subject", "text": "text"}'

const plain = {
  app: 1,
  sender: 'sendmail',
  pusher: 'lupino',
  data: DATA,
  schedat: 0,
  force: false,
  urgent: false,
  priority: 'normal',
  ttl: 604_800,
}

describe('POST /pusher/{sender}/push', () => {
  it.each(['/pusher/sendmail/push', '/pusher/sendmail/push/'])('accepts a push: %s', async (path) => {
    const { call, pushed } = startApi()
    expect(await call('POST', path, { pusher: 'lupino', data: DATA })).toEqual({
      status: 200,
      json: { result: 'OK', name: NAME },
    })
    expect(pushed).toEqual([plain])
  })

  it('takes every field, as text and as JSON', async () => {
    const { call, json, pushed } = startApi()
    const given = { schedat: 1_456_403_493, force: true, priority: 'high', ttl: 60, urgent: true }
    await json('/pusher/sendmail/push', { pusher: 'lupino', data: DATA, ...given })
    await call('POST', '/pusher/sendmail/push', {
      pusher: 'lupino',
      data: DATA,
      schedat: '1456403493',
      force: 'true',
      priority: 'high',
      ttl: '60',
      urgent: 'true',
    })
    expect(pushed).toEqual([
      { ...plain, ...given },
      { ...plain, ...given },
    ])
  })

  it('takes data as JSON: the same push as its compact text', async () => {
    const { json, pushed, broadcasted } = startApi()
    const text = '{"subject":"s","text":"t"}'
    const names = [text, JSON.parse(text)].map(async (data) => {
      const one = await json('/pusher/sendmail/push', { pusher: 'lupino', data })
      const all = await json('/pusher/sendmail/pushall', { data })
      const many = await json('/v1/push', { pushes: [{ sender: 'sendmail', pusher: 'lupino', data }] })
      return [one, all, many].map((answer) => JSON.stringify(answer).match(/"name":"\w+"/g))
    })
    const [asText, asJson] = await Promise.all(names)
    expect(asJson).toEqual(asText)
    expect([...pushed, ...broadcasted].map(({ data }) => data)).toEqual(Array(6).fill(text))
  })

  it('keeps the numbers of data that JavaScript cannot', async () => {
    const { pushed, ...parts } = startApi()
    const data = '{"id":1234567890123456789,"e":1e400,"t":"1234567890123456789","f":0.12345678901234567891,"n":1}'
    const post = (path: string, body: string) =>
      createApi(parts).request(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    await post('/pusher/sendmail/push', `{"pusher":"lupino","data":${data}}`)
    await post('/v1/push', `{"pushes":[null,{"sender":"sendmail","pusher":"lupino","data":[${data}]}]}`)
    expect(pushed.map((push) => push.data)).toEqual([data, `[${data}]`])
    const refused = await post('/pusher/sendmail/push', '{"pusher":"lupino","data":"x","schedat":9007199254740993}')
    expect(await refused.json()).toMatchObject({ err: 'schedat must be a whole number' })
  })

  it('lists the fields that it does not have, since old clients send some', async () => {
    const { call, json } = startApi()
    const form = { pusher: 'lupino', data: DATA, schedAt: '5', Force: '1' }
    const answer = { status: 200, json: { result: 'OK', name: NAME, ignored: ['schedAt', 'Force'] } }
    expect(await call('POST', '/pusher/sendmail/push', form)).toEqual(answer)
    expect(await json('/pusher/sendmail/push', form)).toEqual(answer)
    const item = { sender: 'sendmail', ...form, ['x'.repeat(200)]: 1 }
    const results = [{ result: 'OK', name: NAME, id: '3', ignored: ['schedAt', 'Force', `${'x'.repeat(99)}…`] }]
    expect(await json('/v1/push', { pushes: [item], more: 1 })).toEqual({
      status: 200,
      json: { results, ignored: ['more'] },
    })
    for (const path of [
      '/pusher/sendmail/pushall?sched=1',
      '/pusher/pushers/lupino/?sched=1',
      '/pusher/sendmail/add?sched=1',
    ])
      expect(await call('POST', path, form)).toMatchObject({
        status: 200,
        json: { ignored: expect.arrayContaining(['sched']) },
      })
  })

  it('takes empty optional fields as absent', async () => {
    const { call, pushed } = startApi()
    await call('POST', '/pusher/sendmail/push', {
      pusher: 'lupino',
      data: DATA,
      schedat: '',
      force: '',
      priority: '',
      ttl: '',
      urgent: '',
    })
    expect(pushed).toEqual([plain])
  })

  it('takes fields in the query, as Go reads forms', async () => {
    const { call, pushed } = startApi()
    await call('POST', '/pusher/sendmail/push?pusher=lupino', { data: DATA })
    expect(pushed).toEqual([plain])
  })

  it.each([
    [{ pusher: 'nobody', data: 'x' }, 404, 'pusher nobody not exists.', 'pusher_not_found'],
    [{ data: 'x' }, 422, 'pusher is required', 'invalid_field'],
    [{ pusher: 'lupino' }, 422, 'data is required, unless there is a template', 'invalid_field'],
    [
      { pusher: '', data: '' },
      422,
      'pusher is required; data is required, unless there is a template',
      'invalid_field',
    ],
    [{ pusher: 'lupino', data: 'x', schedat: 'soon' }, 422, 'schedat must be a whole number', 'invalid_field'],
    [
      { pusher: 'lupino', data: 'x', schedat: String(Date.now()) },
      422,
      'schedat must be unix seconds, at most 10 years ahead',
      'invalid_field',
    ],
    [{ pusher: 'lupino', data: 'x', ttl: '0' }, 422, 'ttl must be seconds, above 0', 'invalid_field'],
    [{ pusher: 'lupino', data: 'x', priority: 'urgent' }, 422, 'priority must be high, normal or low', 'invalid_field'],
    [{ pusher: 'lupino', data: 'x', force: 'maybe' }, 422, 'force must be true or false', 'invalid_field'],
  ])('%j is %i', async (body, status, err, code) => {
    const { call, pushed } = startApi()
    expect(await call('POST', '/pusher/sendmail/push', body)).toEqual({ status, json: { err, code } })
    expect(pushed).toEqual([])
  })

  it('is 406 for a pusher without the sender, unless forced', async () => {
    const { call } = startApi()
    const answer = await call('POST', '/pusher/sendsms/push', { pusher: 'lupino', data: 'x' })
    const json = { err: 'not such pusher lupino', code: 'sender_not_enabled', hint: 'how to give sendsms' }
    expect(answer).toEqual({ status: 406, json })
    expect(await call('POST', '/pusher/sendsms/push', { pusher: 'lupino', data: 'x', force: '1' })).toMatchObject({
      status: 200,
    })
  })
})

describe('POST /pusher/{sender}/pushall and cancelpush', () => {
  it('accepts a broadcast, with a tag or without', async () => {
    const { call, broadcasted } = startApi()
    const answer = await call('POST', '/pusher/sendmail/pushall', { data: '{"subject":"news"}', tag: 'vip' })
    expect(answer).toEqual({ status: 200, json: { result: 'OK', name: 'sendmail_0bfcce07e80550f259640c8b5b56f9e1' } })
    await call('POST', '/pusher/sendmail/pushall', { data: 'x', tag: '', schedat: '7', urgent: '1' })
    expect(broadcasted).toMatchObject([
      { tag: 'vip', schedat: 0, urgent: false },
      { app: 1, sender: 'sendmail', data: 'x', tag: '', schedat: 7, urgent: true },
    ])
  })

  it('cancels', async () => {
    const { call, calls } = startApi()
    expect(await call('POST', '/pusher/sendmail/cancelpush', { name: NAME })).toEqual({
      status: 200,
      json: { result: 'OK' },
    })
    expect(await call('POST', '/pusher/pushall/cancelpush/', { name: 'b' })).toMatchObject({ status: 200 })
    expect(calls).toEqual([
      ['cancel', 1, 'sendmail', NAME],
      ['cancel', 1, 'pushall', 'b'],
    ])
  })

  it.each([
    ['/pusher/sendmail/pushall', { tag: 'vip' }, 'data is required, unless there is a template'],
    ['/pusher/sendmail/pushall', { data: 'x', schedat: 'soon' }, 'schedat must be a whole number'],
    ['/pusher/sendmail/cancelpush', {}, 'name is required'],
  ])('%s %j is 422', async (path, body, err) => {
    expect(await startApi().call('POST', path, body)).toEqual({ status: 422, json: { err, code: 'invalid_field' } })
  })

  it.each<[ErrorCode, number]>([
    ['push_not_found', 404],
    ['broadcast_not_found', 404],
    ['push_sending', 409],
  ])('renders %s of core as %i', async (code, status) => {
    const parts = fakeParts()
    parts.core.cancel = () => Promise.reject(new CarillonError(code, 'Why.'))
    const answer = await startApi(parts).call('POST', '/pusher/sendmail/cancelpush', { name: 'n' })
    expect(answer).toEqual({ status, json: { err: 'Why.', code } })
  })
})

it('a misspelt sender is added and broadcast to, with a hint', async () => {
  const { call } = startApi()
  const hint = 'No sender is called sendmial. Did you mean sendmail?'
  const added = await call('POST', '/pusher/sendmial/add', { pusher: 'lupino' })
  expect(added).toEqual({ status: 200, json: { result: 'OK', hint } })
  expect(await call('POST', '/pusher/sendmial/pushall', { data: 'x' })).toMatchObject({ status: 200, json: { hint } })
})
