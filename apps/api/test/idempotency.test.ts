import { describe, expect, it } from 'vitest'
import { createApi } from '@carillon/api'
import { fakeParts } from './fakes.ts'

const PUSH = '/pusher/sendmail/push'
const FORM = { pusher: 'lupino', data: '{"text":"hi"}' }

function start(parts = fakeParts()) {
  const api = createApi(parts)
  async function post(path: string, form: Record<string, string>, key?: string) {
    const headers = { ...(key !== undefined && { 'idempotency-key': key }) }
    const response = await api.request(path, { method: 'POST', headers, body: new URLSearchParams(form) })
    const replayed = response.headers.get('idempotent-replayed')
    return { status: response.status, json: await response.json(), replayed }
  }
  return { ...parts, post }
}

describe('Idempotency-Key', () => {
  it('answers the same request the same, and pushes once', async () => {
    const { post, pushed } = start()
    const first = await post(PUSH, FORM, 'k')
    expect(first).toMatchObject({ status: 200, replayed: null })
    expect(await post(PUSH, FORM, 'k')).toEqual({ ...first, replayed: 'true' })
    expect(pushed).toHaveLength(1)
    await post(PUSH, FORM, 'other')
    await post(PUSH, FORM)
    expect(pushed).toHaveLength(3)
  })

  it('remembers a refusal', async () => {
    const parts = fakeParts()
    const { post } = start(parts)
    const first = await post(PUSH, { ...FORM, pusher: 'late' }, 'k')
    expect(first).toMatchObject({ status: 404, json: { code: 'pusher_not_found' } })
    parts.stored.set('late', { ...parts.stored.get('lupino')!, id: 'late' })
    expect(await post(PUSH, { ...FORM, pusher: 'late' }, 'k')).toEqual({ ...first, replayed: 'true' })
  })

  it.each([
    [PUSH, { ...FORM, data: 'x' }],
    ['/pusher/sendsms/push', FORM],
    [`${PUSH}?priority=high`, FORM],
  ])('refuses another request: %s %j', async (path, form) => {
    const { post, pushed } = start()
    await post(PUSH, FORM, 'k')
    expect(await post(path, form, 'k')).toMatchObject({ status: 409, json: { code: 'idempotency_key_reused' } })
    expect(pushed).toHaveLength(1)
  })

  it('refuses a request that is in flight', async () => {
    const parts = fakeParts()
    const { promise, resolve } = Promise.withResolvers<void>()
    parts.core.pushAll = () => promise.then(() => ({ name: 'n' }))
    const { post } = start(parts)
    const first = post('/pusher/sendmail/pushall', { data: 'x' }, 'k')
    const second = await post('/pusher/sendmail/pushall', { data: 'x' }, 'k')
    expect(second).toMatchObject({ status: 409, json: { code: 'idempotency_key_in_flight' } })
    resolve()
    expect(await first).toMatchObject({ status: 200 })
  })

  it('does not remember a failure of ours', async () => {
    const parts = fakeParts()
    const works = parts.core.push
    parts.core.push = () => Promise.reject(new Error('broken'))
    const { post } = start(parts)
    expect(await post(PUSH, FORM, 'k')).toMatchObject({ status: 500 })
    parts.core.push = works
    expect(await post(PUSH, FORM, 'k')).toMatchObject({ status: 200, replayed: null })
  })

  it('answers what was accepted although it cannot be remembered, and logs that', async () => {
    const parts = fakeParts()
    parts.idempotency.keep = () => Promise.reject(new Error('insert … secret text'))
    const { post, logged } = start(parts)
    expect(await post(PUSH, FORM, 'k')).toMatchObject({ status: 200 })
    expect(logged).toHaveLength(1)
    expect(JSON.stringify(logged)).not.toContain('secret text')
  })

  it.each(['', 'x'.repeat(256), 'é', 'a\tb'])('refuses the key %j', async (key) => {
    const { post, pushed } = start()
    expect(await post(PUSH, FORM, key)).toMatchObject({ status: 400, json: { code: 'bad_request' } })
    expect(pushed).toEqual([])
  })

  it('takes a key of 255 characters', async () => {
    expect(await start().post(PUSH, FORM, '~'.repeat(255))).toMatchObject({ status: 200 })
  })

  it('asks nothing of the store without a key', async () => {
    const parts = fakeParts()
    parts.idempotency.claim = () => Promise.reject(new Error('asked'))
    expect(await start(parts).post(PUSH, FORM)).toMatchObject({ status: 200 })
  })
})
