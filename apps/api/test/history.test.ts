import { describe, expect, it } from 'vitest'
import { startApi } from './calls.ts'

describe('GET /v1/pushes', () => {
  it.each([
    ['', { size: 10 }],
    ['?size=1000', { size: 100 }],
    ['?size=x&sender=&pusher=&state=&broadcast=&after=', { size: 10 }],
    [
      '?sender=sendmail&pusher=a%2Fb&state=dead&broadcast=x_1&category=news&after=7&size=5',
      { sender: 'sendmail', pusher: 'a/b', state: 'dead', broadcast: 'x_1', category: 'news', after: '7', size: 5 },
    ],
  ])('reads %s', async (query, expected) => {
    const { call, calls } = startApi()
    expect(await call('GET', `/v1/pushes${query}`)).toMatchObject({ status: 200, json: { pushes: [{ id: '1' }] } })
    expect(calls).toEqual([['listPushes', 1, expected]])
  })

  it.each([
    ['?state=lost', 'state must be one of waiting, sending, sent, dead, cancelled, skipped'],
    ['?after=x', 'after must be the id of a push'],
    ['?after=9999999999999999999', 'after must be the id of a push'],
    ['?size=0', 'size must be above 0'],
    ['?category=a%20b', 'category must be 1 to 64 of A-Z, a-z, 0-9, ., _ and -'],
    ['?broadcast=%00', 'broadcast must not contain a NUL character'],
  ])('refuses %s', async (query, err) => {
    expect(await startApi().call('GET', `/v1/pushes${query}`)).toEqual({
      status: 422,
      json: { err, code: 'invalid_field' },
    })
  })
})

describe('GET /v1/pushes/{id}', () => {
  it('answers the push with its timeline', async () => {
    const { status, json } = await startApi().call('GET', '/v1/pushes/1/')
    expect([status, json]).toMatchObject([200, { push: { id: '1', timeline: [] } }])
  })

  it.each([
    ['2', 404, 'push_not_found'],
    ['x', 422, 'invalid_field'],
  ])('of %s answers %i', async (id, status, code) => {
    expect(await startApi().call('GET', `/v1/pushes/${id}`)).toMatchObject({ status, json: { code } })
  })
})

describe('replaying', () => {
  it('takes one', async () => {
    const { call, calls } = startApi()
    expect(await call('POST', '/v1/pushes/7/replay')).toEqual({ status: 200, json: { result: 'OK' } })
    expect(calls).toEqual([['replay', 1, '7']])
  })

  it('takes many, by the query, a form or JSON', async () => {
    const { call, json, calls } = startApi()
    const answers = [
      await call('POST', '/v1/dead/replay?sender=sendmail'),
      await call('POST', '/v1/dead/replay', { sender: 'sendmail' }),
      await json('/v1/dead/replay', { sender: 'sendmail' }),
    ]
    expect(answers).toEqual(
      Array.from({ length: 3 }, () => ({ status: 200, json: { result: 'OK', replayed: 2, next: null } })),
    )
    expect(calls).toEqual(Array.from({ length: 3 }, () => ['replayDead', 1, { sender: 'sendmail' }]))
  })
})
