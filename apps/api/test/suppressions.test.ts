import { describe, expect, it } from 'vitest'
import { startApi } from './calls.ts'
import { fakeParts } from './fakes.ts'

const suppression = { id: '1', sender: 'sendmail', address: 'e***@example.com', reason: 'hard bounce', since: 1.5 }

describe('/v1/suppressions', () => {
  it.each([
    ['', { size: 10 }],
    ['?size=1000&sender=&address=&after=', { size: 100 }],
    [
      '?sender=sendmail&address=a%40example.com&after=7&size=5',
      { sender: 'sendmail', address: 'a@example.com', after: '7', size: 5 },
    ],
  ])('lists %s', async (query, expected) => {
    const { call, calls } = startApi()
    const answer = await call('GET', `/v1/suppressions${query}`)
    expect(answer).toEqual({ status: 200, json: { suppressions: [suppression] } })
    expect(calls).toEqual([['listSuppressions', 1, expected]])
  })

  it('takes one by hand', async () => {
    const { call, calls } = startApi()
    const address = { sender: 'sendmail', address: 'a@example.com' }
    expect(await call('POST', '/v1/suppressions', address)).toEqual({ status: 201, json: { suppression } })
    await call('POST', '/v1/suppressions', { ...address, reason: 'asked for it' })
    expect(calls).toEqual([
      ['addSuppression', { app: 1, ...address }, 'by hand'],
      ['addSuppression', { app: 1, ...address }, 'asked for it'],
    ])
  })

  it('compares addresses as they are sent to, however they are written', async () => {
    const { call, calls } = startApi({ ...fakeParts(), phoneCountry: 'GB' })
    for (const address of ['020 7183 8750', '+44 (0)20 7183 8750', ' mailto:a@Bücher.example'])
      await call('POST', '/v1/suppressions', { sender: 'sendsms', address })
    await call('GET', '/v1/suppressions?address=020%207183%208750')
    const add = (address: string) => ['addSuppression', { app: 1, sender: 'sendsms', address }, 'by hand']
    expect(calls).toEqual([
      add('+442071838750'),
      add('+442071838750'),
      add('a@xn--bcher-kva.example'),
      ['listSuppressions', 1, { address: '+442071838750', size: 10 }],
    ])
  })

  it.each([
    ['GET', '/v1/suppressions?after=x', undefined, 'after must be the id of a suppression'],
    ['GET', '/v1/suppressions?size=0', undefined, 'size must be above 0'],
    ['POST', '/v1/suppressions', { sender: 'sendmail' }, 'address is required'],
    ['POST', '/v1/suppressions', { sender: 'sendmail', address: ' ' }, 'address is required'],
    ['POST', '/v1/suppressions', { sender: 'sendmail', address: 'a\0' }, 'address must not contain control characters'],
    ['DELETE', '/v1/suppressions/x', undefined, 'id must be the id of a suppression'],
  ])('refuses %s %s %j', async (method, path, form, err) => {
    expect(await startApi().call(method, path, form)).toMatchObject({ status: 422, json: { err } })
  })

  it('lifts one', async () => {
    const { call } = startApi()
    expect(await call('DELETE', '/v1/suppressions/1')).toEqual({ status: 200, json: { result: 'OK' } })
    const unknown = { status: 404, json: { code: 'suppression_not_found' } }
    expect(await call('DELETE', '/v1/suppressions/2')).toMatchObject(unknown)
  })
})

describe('/v1/broadcasts/{name}/recipients', () => {
  it('lists them', async () => {
    const { call, calls } = startApi()
    const recipients = [{ pusher: 'lupino', outcome: 'sent', messageId: 'm', reason: null, reports: [] }]
    const query = '?pusher=a%2Fb&after=b&size=1000'
    expect(await call('GET', `/v1/broadcasts/x/recipients${query}`)).toEqual({ status: 200, json: { recipients } })
    expect(calls).toEqual([['recipients', 1, 'x', { pusher: 'a/b', after: 'b', size: 100 }]])
  })

  it('of none are not found', async () => {
    const answer = await startApi().call('GET', '/v1/broadcasts/none/recipients')
    expect(answer).toMatchObject({ status: 404, json: { code: 'broadcast_not_found' } })
  })
})
