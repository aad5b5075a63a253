import { describe, expect, it } from 'vitest'
import { startApi } from './calls.ts'
import { exampleBroadcast } from './fakes.ts'

const OK = { status: 200, json: { result: 'OK' } }

describe('/v1/broadcasts', () => {
  it('tells how far one is', async () => {
    const { call } = startApi()
    const broadcast = exampleBroadcast({ name: 'sendmail_2' })
    expect(await call('GET', '/v1/broadcasts/sendmail_2')).toEqual({ status: 200, json: { broadcast } })
    expect(await call('GET', '/v1/broadcasts/none')).toMatchObject({
      status: 404,
      json: { err: 'There is no broadcast none.', code: 'broadcast_not_found' },
    })
  })

  it('lists twenty', async () => {
    const { call, calls } = startApi()
    expect(await call('GET', '/v1/broadcasts')).toEqual({ status: 200, json: { broadcasts: [exampleBroadcast()] } })
    await call('GET', '/v1/broadcasts?after=17')
    expect(calls).toEqual([
      ['list', 1, { after: undefined, size: 20 }],
      ['list', 1, { after: '17', size: 20 }],
    ])
    const refused = await call('GET', '/v1/broadcasts?after=last')
    expect(refused).toMatchObject({ status: 422, json: { err: 'after must be an id' } })
  })

  it('pauses and cancels through the store, and resumes through core, which wakes it', async () => {
    const { call, calls } = startApi()
    for (const word of ['pause', 'resume', 'cancel']) {
      expect(await call('POST', `/v1/broadcasts/sendmail_1/${word}`)).toEqual(OK)
    }
    expect(calls).toEqual([
      ['pauseBroadcast', 1, 'sendmail_1'],
      ['resumeBroadcast', 1, 'sendmail_1'],
      ['cancelBroadcast', 1, 'sendmail_1'],
    ])
  })
})
