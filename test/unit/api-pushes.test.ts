import { createApi } from '@carillon/api'
import { CarillonError, type ErrorCode } from '@carillon/contract'
import { describe, expect, it } from 'vitest'
import { fakeParts } from './api-support.ts'

const NAME = 'lupino_88bf72bd461965be993c0e6cee9cd061'
const DATA = '{"subject": "subject", "text": "text"}'

function start(parts = fakeParts()) {
  const api = createApi(parts)
  const read = async (response: Response) => ({ status: response.status, json: await response.json() })
  const form = async (path: string, body: Record<string, string>) =>
    read(await api.request(path, { method: 'POST', body: new URLSearchParams(body) }))
  const json = async (path: string, body: unknown) =>
    read(
      await api.request(path, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json; charset=utf-8' },
      }),
    )
  return { ...parts, form, json, get: async (path: string) => read(await api.request(path)) }
}

const plain = {
  app: 1,
  sender: 'sendmail',
  pusher: 'lupino',
  data: DATA,
  schedat: 0,
  force: false,
  priority: 'normal',
  ttl: 604_800,
}

describe('POST /pusher/{sender}/push', () => {
  it.each(['/pusher/sendmail/push', '/pusher/sendmail/push/'])('accepts a push: %s', async (path) => {
    const { form, pushed } = start()
    expect(await form(path, { pusher: 'lupino', data: DATA })).toEqual({
      status: 200,
      json: { result: 'OK', name: NAME },
    })
    expect(pushed).toEqual([plain])
  })

  it('takes every field, as text and as JSON', async () => {
    const { form, json, pushed } = start()
    const given = { schedat: 1_456_403_493, force: true, priority: 'high', ttl: 60 }
    await json('/pusher/sendmail/push', { pusher: 'lupino', data: DATA, ...given })
    await form('/pusher/sendmail/push', {
      pusher: 'lupino',
      data: DATA,
      schedat: '1456403493',
      force: 'true',
      priority: 'high',
      ttl: '60',
    })
    expect(pushed).toEqual([
      { ...plain, ...given },
      { ...plain, ...given },
    ])
  })

  it('takes empty optional fields as absent', async () => {
    const { form, pushed } = start()
    await form('/pusher/sendmail/push', { pusher: 'lupino', data: DATA, schedat: '', force: '', priority: '', ttl: '' })
    expect(pushed).toEqual([plain])
  })

  it('takes fields in the query, as Go reads forms', async () => {
    const { form, pushed } = start()
    await form('/pusher/sendmail/push?pusher=lupino', { data: DATA })
    expect(pushed).toEqual([plain])
  })

  it.each([
    [{ pusher: 'nobody', data: 'x' }, 404, 'pusher nobody not exists.', 'pusher_not_found'],
    [{ data: 'x' }, 422, 'pusher is required', 'invalid_field'],
    [{ pusher: 'lupino' }, 422, 'data is required', 'invalid_field'],
    [{ pusher: '', data: '' }, 422, 'pusher is required; data is required', 'invalid_field'],
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
    const { form, pushed } = start()
    expect(await form('/pusher/sendmail/push', body)).toEqual({ status, json: { err, code } })
    expect(pushed).toEqual([])
  })

  it('is 406 for a pusher without the sender, unless forced', async () => {
    const { form } = start()
    const answer = await form('/pusher/sendsms/push', { pusher: 'lupino', data: 'x' })
    expect(answer).toEqual({ status: 406, json: { err: 'not such pusher lupino', code: 'sender_not_enabled' } })
    expect(await form('/pusher/sendsms/push', { pusher: 'lupino', data: 'x', force: '1' })).toMatchObject({
      status: 200,
    })
  })
})

describe('POST /pusher/{sender}/pushall and cancelpush', () => {
  it('accepts a broadcast, with a tag or without', async () => {
    const { form, broadcasts } = start()
    const answer = await form('/pusher/sendmail/pushall', { data: '{"subject":"news"}', tag: 'vip' })
    expect(answer).toEqual({ status: 200, json: { result: 'OK', name: 'sendmail_0bfcce07e80550f259640c8b5b56f9e1' } })
    await form('/pusher/sendmail/pushall', { data: 'x', tag: '', schedat: '7' })
    expect(broadcasts).toMatchObject([
      { tag: 'vip', schedat: 0 },
      { app: 1, sender: 'sendmail', data: 'x', tag: '', schedat: 7 },
    ])
  })

  it('cancels', async () => {
    const { form, calls } = start()
    expect(await form('/pusher/sendmail/cancelpush', { name: NAME })).toEqual({ status: 200, json: { result: 'OK' } })
    expect(await form('/pusher/pushall/cancelpush/', { name: 'b' })).toMatchObject({ status: 200 })
    expect(calls).toEqual([
      ['cancel', 1, 'sendmail', NAME],
      ['cancel', 1, 'pushall', 'b'],
    ])
  })

  it.each([
    ['/pusher/sendmail/pushall', { tag: 'vip' }, 'data is required'],
    ['/pusher/sendmail/pushall', { data: 'x', schedat: 'soon' }, 'schedat must be a whole number'],
    ['/pusher/sendmail/cancelpush', {}, 'name is required'],
  ])('%s %j is 422', async (path, body, err) => {
    expect(await start().form(path, body)).toEqual({ status: 422, json: { err, code: 'invalid_field' } })
  })

  it.each<[ErrorCode, number]>([
    ['push_not_found', 404],
    ['broadcast_not_found', 404],
    ['push_sending', 409],
  ])('renders %s of core as %i', async (code, status) => {
    const parts = fakeParts()
    parts.core.cancel = () => Promise.reject(new CarillonError(code, 'Why.'))
    const answer = await start(parts).form('/pusher/sendmail/cancelpush', { name: 'n' })
    expect(answer).toEqual({ status, json: { err: 'Why.', code } })
  })
})

describe('POST /v1/push', () => {
  it('judges each push by itself, in order', async () => {
    const { json, pushed } = start()
    const pushes = [
      { sender: 'sendmail', pusher: 'lupino', data: DATA },
      { sender: 'sendmail', pusher: 'nobody', data: 'x' },
      { sender: 'sendmail', pusher: 'lupino', data: 'x', schedat: 'soon' },
      { pusher: 'lupino', data: 'x' },
      'no push',
      null,
      { sender: 'sendsms', pusher: 'lupino', data: 'x' },
    ]
    const { status, json: answer } = await json('/v1/push', { pushes })
    expect(status).toBe(200)
    expect(answer).toEqual({
      results: [
        { result: 'OK', name: NAME, id: '1' },
        { err: 'pusher nobody not exists.', code: 'pusher_not_found', status: 404 },
        { err: 'schedat must be a whole number', code: 'invalid_field', status: 422 },
        { err: 'sender is required', code: 'invalid_field', status: 422 },
        { err: 'The value must be an object', code: 'invalid_field', status: 422 },
        { err: 'The value must be an object', code: 'invalid_field', status: 422 },
        { err: 'not such pusher lupino', code: 'sender_not_enabled', status: 406 },
      ],
    })
    expect(pushed).toEqual([plain])
  })

  it('begins them all before the first is accepted, so that core can take them together', async () => {
    const parts = fakeParts()
    const { promise, resolve } = Promise.withResolvers<void>()
    let begun = 0
    parts.core.push = async () => {
      begun += 1
      if (begun === 1000) resolve()
      await promise
      return { id: 'i', name: 'n' }
    }
    const pushes = Array.from({ length: 1000 }, () => ({ sender: 'sendmail', pusher: 'lupino', data: 'x' }))
    expect(await start(parts).json('/v1/push', { pushes })).toMatchObject({ status: 200 })
  })

  it.each([
    [{}, 'pushes is required'],
    [{ pushes: 'x' }, 'pushes must be a list'],
    [{ pushes: [] }, 'pushes must hold at least one push'],
    [{ pushes: Array.from({ length: 1001 }, () => ({})) }, 'pushes must hold at most 1000 pushes'],
  ])('refuses a list that is none: %#', async (body, err) => {
    expect(await start().json('/v1/push', body)).toEqual({ status: 422, json: { err, code: 'invalid_field' } })
  })

  it('says of a failure of ours nothing but that it was one, and logs it once', async () => {
    const parts = fakeParts()
    parts.core.push = () => Promise.reject(new Error('insert into pushes … secret text'))
    const { json, logged } = start(parts)
    const pushes = [{ sender: 'sendmail', pusher: 'lupino', data: 'x' }]
    const answer = await json('/v1/push', { pushes: [...pushes, ...pushes] })
    const result = { err: 'Something went wrong here; the log tells what.', code: 'internal', status: 500 }
    expect(answer).toEqual({ status: 200, json: { results: [result, result] } })
    expect(logged).toHaveLength(1)
  })
})

describe('/v1/senders', () => {
  it('lists them', async () => {
    const sender = {
      name: 'sendmail',
      workers: 1,
      paused: false,
      waiting: 2,
      delayed: 3,
      active: 4,
      oldestDueAge: null,
    }
    expect(await start().get('/v1/senders')).toEqual({ status: 200, json: { senders: [sender] } })
  })

  it('pauses through the store, and resumes through core, which wakes what waits', async () => {
    const { form, calls } = start()
    expect(await form('/v1/senders/sendmail/pause', {})).toEqual({ status: 200, json: { result: 'OK' } })
    expect(await form('/v1/senders/sendmail/resume', {})).toEqual({ status: 200, json: { result: 'OK' } })
    expect(calls).toEqual([
      ['pause', 1, 'sendmail'],
      ['resumeSender', 1, 'sendmail'],
    ])
  })

  it('refuses what is no name', async () => {
    const answer = await start().form('/v1/senders/NO/pause', {})
    expect(answer).toMatchObject({ status: 422, json: { err: 'name must be 1 to 64 of a-z, 0-9, _ and -' } })
  })
})
