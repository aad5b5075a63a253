import { describe, expect, it } from 'vitest'
import { startApi } from './calls.ts'
import { fakeParts } from './fakes.ts'

const NAME = 'lupino_88bf72bd461965be993c0e6cee9cd061'
const DATA = '{"subject": "subject", "text": "text"}'

describe('POST /v1/push', () => {
  it('judges each push by itself, in order', async () => {
    const { json, pushed } = startApi()
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
        { err: 'not such pusher lupino', code: 'sender_not_enabled', hint: 'how to give sendsms', status: 406 },
      ],
    })
    expect(pushed).toHaveLength(1)
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
    expect(await startApi(parts).json('/v1/push', { pushes })).toMatchObject({ status: 200 })
  })

  it.each([
    [{}, 'pushes is required'],
    [{ pushes: 'x' }, 'pushes must be a list'],
    [{ pushes: [] }, 'pushes must hold at least one push'],
    [{ pushes: Array.from({ length: 1001 }, () => ({})) }, 'pushes must hold at most 1000 pushes'],
  ])('refuses a list that is none: %#', async (body, err) => {
    expect(await startApi().json('/v1/push', body)).toEqual({ status: 422, json: { err, code: 'invalid_field' } })
  })

  it('says of a failure of ours nothing but that it was one, and logs it once', async () => {
    const parts = fakeParts()
    parts.core.push = () => Promise.reject(new Error('insert into pushes … secret text'))
    const { json, logged } = startApi(parts)
    const pushes = [{ sender: 'sendmail', pusher: 'lupino', data: 'x' }]
    const answer = await json('/v1/push', { pushes: [...pushes, ...pushes] })
    const result = {
      err: 'An internal error occurred; the log of the server has the details.',
      code: 'internal',
      status: 500,
    }
    expect(answer).toEqual({ status: 200, json: { results: [result, result] } })
    expect(logged).toHaveLength(1)
  })
})

describe('/v1/explain', () => {
  it('asks core, with the country of phone numbers', async () => {
    const { call, calls } = startApi(fakeParts({ phoneCountry: 'CN' }))
    const answer = await call('GET', '/v1/explain?pusher=lupino&sender=sendmail')
    const checks = [expect.objectContaining({ check: 'address', state: 'blocks' })]
    expect(answer).toEqual({ status: 200, json: { pusher: 'lupino', sender: 'sendmail', checks } })
    expect(calls).toEqual([['explain', 1, { pusher: 'lupino', sender: 'sendmail', phoneCountry: 'CN' }]])
  })

  it('refuses a query without a sender', async () => {
    const answer = await startApi().call('GET', '/v1/explain?pusher=lupino')
    expect(answer).toMatchObject({ status: 422, json: { err: expect.stringContaining('sender') } })
  })
})

describe('/v1/senders', () => {
  it('lists them', async () => {
    const sender = {
      name: 'sendmail',
      workers: 1,
      missing: null,
      outbox: null,
      transports: ['SendGrid'],
      paused: false,
      rate: { count: 10, seconds: 1, usedUpUntil: null },
      concurrency: 100,
      breakers: [],
      waiting: 2,
      delayed: 3,
      active: 4,
      oldestDueAge: null,
    }
    expect(await startApi().call('GET', '/v1/senders')).toEqual({ status: 200, json: { senders: [sender] } })
  })

  it('pauses through the store, and resumes through core, which wakes what waits', async () => {
    const { call, calls } = startApi()
    expect(await call('POST', '/v1/senders/sendmail/pause', {})).toEqual({ status: 200, json: { result: 'OK' } })
    expect(await call('POST', '/v1/senders/sendmail/resume', {})).toEqual({ status: 200, json: { result: 'OK' } })
    expect(calls).toEqual([
      ['pause', 1, 'sendmail'],
      ['resumeSender', 1, 'sendmail'],
    ])
  })

  it('refuses what is no name', async () => {
    const answer = await startApi().call('POST', '/v1/senders/N%20O/pause', {})
    expect(answer).toMatchObject({ status: 422, json: { err: 'name must be 1 to 64 of A-Z, a-z, 0-9, ., _ and -' } })
  })
})
