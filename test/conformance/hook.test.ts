import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { RetryableError } from '@carillon/contract'
import { hookSender } from '@carillon/sender-hook'
import {
  examplePush,
  exerciseSender,
  fakeProvider,
  waitFor,
  type FakeProvider,
  type ProviderAnswer,
} from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import vectors from '../vectors.json' with { type: 'json' }

let provider: FakeProvider
beforeEach(async () => void (provider = await fakeProvider()))
afterEach(() => provider.close())

const create = async () =>
  hookSender({ name: 'hook1', url: `${provider.url}/carillon?token=t0ken`, secret: 'hooksecret' })

exerciseSender(create, { push: { data: { a: 1 } } })

describe('what arrives at a hook', () => {
  const vector = vectors.hmac_md5.find(({ what }) => what === 'hook request')
  afterEach(() => void vi.useRealTimers())

  it('is the form, signed as in the vector', async () => {
    const { sender, pusher, data, timestamp }: Partial<Record<string, string>> = vector?.params ?? {}
    vi.useFakeTimers({ toFake: ['Date'], now: Number(timestamp) * 1000 + 999 })
    const hook = await create()
    expect(await hook.send(examplePush({ raw: data, pusher: { id: String(pusher) } }))).toBeUndefined()
    const [request] = provider.requests
    expect(request).toMatchObject({ method: 'POST', path: '/carillon?token=t0ken' })
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({ sender, pusher, data })
    const signed = { 'x-request-time': timestamp, 'x-request-signature': vector?.signature }
    expect(request?.headers).toMatchObject({
      ...signed,
      'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
    })
  })

  it('is the raw data, whatever it is, with an id that stays over the tries', async () => {
    const raw = 'not JSON: 你好 & a=b + %20\r\n😀'
    const hook = await create()
    await hook.send(examplePush({ raw, pusher: { id: '李雷/..' }, id: 'push-1' }))
    await hook.send(examplePush({ raw, pusher: { id: '李雷/..' }, id: 'push-1', attempt: 2 }))
    for (const { body, headers } of provider.requests) {
      expect(Object.fromEntries(new URLSearchParams(body))).toEqual({ sender: 'hook1', pusher: '李雷/..', data: raw })
      expect(headers).toMatchObject({ 'idempotency-key': 'push-1' })
    }
  })
})

describe('the check in docs/senders/hook.md', () => {
  it('takes what arrives, and nothing that was changed', async () => {
    const docs = await readFile(new URL('../../docs/senders/hook.md', import.meta.url), 'utf8')
    const code = /```js\n(.*?)```/s.exec(docs)?.[1] ?? ''
    const { isCarillon } = await import(`data:text/javascript,${encodeURIComponent(code)}`)
    await (await create()).send(examplePush({ raw: '你好 & bye' }))
    const [{ body, headers } = { body: '', headers: {} }] = provider.requests
    const form = Object.fromEntries(new URLSearchParams(body))
    expect(isCarillon(form, headers, 'hooksecret')).toBe(true)
    expect(isCarillon({ ...form, data: 'other' }, headers, 'hooksecret')).toBe(false)
    expect(isCarillon(form, headers, 'other')).toBe(false)
    expect(isCarillon(form, { ...headers, 'x-request-time': '1456403493' }, 'hooksecret')).toBe(false)
  })
})

describe('what a hook answers', () => {
  it.each([200, 201, 202, 204, 299])('%i is done', async (status) => {
    provider.answer({ status, body: '' })
    expect(await (await create()).send(examplePush())).toBeUndefined()
  })

  it('counts by its status alone: neither content, nor length, nor a break of the body matters', async () => {
    provider.answer(
      { body: { giveUp: 'no', later: 5 } },
      { body: 'x'.repeat(20_000_000) },
      { body: 'half', fault: 'cut' },
    )
    const hook = await create()
    for (let send = 0; send < 3; send++) expect(await hook.send(examplePush())).toBeUndefined()
    await waitFor(() => provider.requests[1]?.hungUp, { what: 'the long body to be left unread' })
  })

  it('410 is given up', async () => {
    provider.answer({ status: 410 })
    expect(await (await create()).send(examplePush())).toEqual({ giveUp: 'hook hook1 answered 410 Gone' })
  })

  it.each([400, 401, 404, 408, 422, 429, 500, 502, 503])('%i is tried again', async (status) => {
    provider.answer({ status, body: 'no' })
    const hook = await create()
    const error = await hook.send(examplePush()).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RetryableError)
    expect(error).toMatchObject({ message: `hook hook1 answered ${status}`, after: undefined })
  })

  it.each([301, 302, 303, 307, 308])('%i is tried again, and never followed', async (status) => {
    provider.answer({ status, headers: { location: `${provider.url}/elsewhere` } })
    const hook = await create()
    await expect(hook.send(examplePush())).rejects.toThrow(
      `hook hook1 redirects (${status}): set its final address in the hooks file`,
    )
    expect(provider.requests).toHaveLength(1)
  })

  it.each([
    [503, '120', 120],
    [429, ' 7 ', 7],
    [
      500,
      new Date(Date.now() + 7_200_000).toUTCString(),
      expect.toSatisfy((after: number) => after > 7000 && after <= 7200),
    ],
    [503, new Date(Date.now() - 60_000).toUTCString(), undefined],
    [503, '99999999999', 86_400],
    [503, 'later', undefined],
  ])('%i with Retry-After %j is tried again after that', async (status, header, after) => {
    provider.answer({ status, headers: { 'retry-after': header } })
    await expect((await create()).send(examplePush())).rejects.toMatchObject({ name: 'RetryableError', after })
  })
})

describe('whether the message may be out', () => {
  it.each<[string, ProviderAnswer, 'no' | 'maybe']>([
    ['a refusal', { status: 422 }, 'no'],
    ['an error', { status: 500 }, 'no'],
    ['a gateway', { status: 504 }, 'maybe'],
  ])('is told of %s', async (_, answer, sent) => {
    provider.answer(answer)
    await expect((await create()).send(examplePush())).rejects.toMatchObject({ sent })
  })

  it('is reported when nobody listens, and when the connection is closed early', async () => {
    const hook = await create()
    const server = createServer((_, response) => response.destroy())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())))
    const { port } = server.address() as AddressInfo
    const broken = hookSender({ name: 'hook1', url: `http://127.0.0.1:${port}/`, secret: 'x' })
    await expect(broken.send(examplePush())).rejects.toMatchObject({ sent: 'maybe' })
    await provider.close()
    await expect(hook.send(examplePush())).rejects.toMatchObject({ sent: 'no' })
  })
})

describe('no answer', () => {
  it('is retried when nobody listens, and reported without address and secret', async () => {
    const hook = await create()
    await provider.close()
    const error = await hook.send(examplePush()).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RetryableError)
    expect(error).toMatchObject({ message: 'hook hook1 cannot be reached (ECONNREFUSED)' })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/t0ken|hooksecret/)
  })

  it('is tried again when fetch refuses the port', async () => {
    const hook = hookSender({ name: 'hook1', url: 'http://127.0.0.1:6000/', secret: 'x' })
    await expect(hook.send(examplePush())).rejects.toThrow('hook hook1 cannot be reached (bad port)')
  })

  it('ends after 10 s', async () => {
    const soon = vi
      .spyOn(AbortSignal, 'timeout')
      .mockImplementation(() => AbortSignal.abort(new DOMException('', 'TimeoutError')))
    await expect((await create()).send(examplePush())).rejects.toThrow('hook hook1 did not answer within 10 s')
    expect(soon).toHaveBeenCalledExactlyOnceWith(10_000)
    soon.mockRestore()
  })

  it('ends, and hangs up, when the push is aborted', async () => {
    provider.answer({ fault: 'hang' })
    const stop = new AbortController()
    const sending = (await create()).send(examplePush({ signal: stop.signal }))
    sending.catch(() => {})
    const request = await waitFor(() => provider.requests[0])
    stop.abort()
    await expect(sending).rejects.toThrow('hook hook1 did not answer before the send was aborted')
    await waitFor(() => request?.hungUp)
  })
})
