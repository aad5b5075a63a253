import { describe, expect, it } from 'vitest'
import { startApi } from './calls.ts'
import { fakeParts } from './fakes.ts'

describe('lists', () => {
  const page = { from: 0, size: 10 }

  it.each([
    ['', page],
    ['?from=5&size=20', { from: 5, size: 20 }],
    ['?size=1000', { from: 0, size: 100 }],
    ['?size=0', { from: 0, size: 0 }],
    ['?from=x&size=ten', page],
    ['?from=&size=', page],
    ['?from=9007199254740991&size=9007199254740991', { from: 9_007_199_254_740_991, size: 100 }],
  ])('GET /pusher/pushers/%s', async (query, expected) => {
    const { call, calls, stored } = startApi()
    const json = { pushers: [...stored.values()], total: 1, ...expected }
    expect(await call('GET', `/pusher/pushers/${query}`)).toEqual({ status: 200, json })
    expect(calls).toEqual([['list', 1, expected]])
  })

  it('pages by the last id', async () => {
    const { call, calls } = startApi()
    await call('GET', '/pusher/pushers?after=a%2Fb&size=2')
    expect(calls).toEqual([['list', 1, { from: 0, size: 2, after: 'a/b' }]])
  })

  it.each([
    ...[
      '9007199254740993',
      '99999999999999999999',
      '1.5',
      '1e2',
      '0x10',
      '-0',
      '%205',
      '5%20',
      '1_000',
      '%D9%A1',
    ].flatMap((number) => [
      [`?from=${number}`, 'from must be a whole number'],
      [`?size=${number}`, 'size must be a whole number'],
    ]),
    ['?from=-1', 'from must not be negative'],
    ['?size=-5', 'size must not be negative'],
    ['?after=a%00', 'after must not contain control characters'],
  ])('refuses %s', async (query, err) => {
    for (const path of ['/pusher/pushers/', '/pusher/search/']) {
      const answer = await startApi().call('GET', path + query + (path.includes('search') ? '&q=a' : ''))
      expect(answer).toEqual({ status: 422, json: { err, code: 'invalid_field' } })
    }
  })

  it('hands an estimate on', async () => {
    const parts = fakeParts()
    parts.pushers.list = async () => ({ pushers: [], total: 200_000, totalIsEstimate: true })
    const answer = await startApi(parts).call('GET', '/pusher/pushers/')
    expect(answer.json).toEqual({ pushers: [], total: 200_000, totalIsEstimate: true, ...page })
  })

  it.each(['/pusher/search/', '/pusher/search'])('GET %s', async (path) => {
    const { call, calls, stored } = startApi()
    const json = { pushers: [...stored.values()], total: 1, ...page, q: 'tags:vip +x' }
    expect(await call('GET', `${path}?q=tags%3Avip+%2Bx`)).toEqual({ status: 200, json })
    expect(calls).toEqual([['search', 1, 'tags:vip +x', page]])
  })

  it.each(['', '?q='])('GET /pusher/search/%s wants a query', async (query) => {
    const answer = await startApi().call('GET', `/pusher/search/${query}`)
    expect(answer).toEqual({ status: 400, json: { err: 'q is required.', code: 'bad_request' } })
  })
})
