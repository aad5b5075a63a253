import { authEndpoints, channelsFrom, type User } from '@carillon/client/channels'
import { fakeProvider } from '@carillon/testkit'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'

const socket = { socket_id: '1234.1234' }

describe('where channelsFrom looks', () => {
  afterEach(() => vi.unstubAllEnvs())

  async function server() {
    const provider = await fakeProvider()
    onTestFinished(() => provider.close())
    return { ...provider, url: (user: string, path: string) => provider.url.replace('//', `//${user}@`) + path }
  }

  it('is what the environment says, where it is given nothing', async () => {
    const { url, requests } = await server()
    vi.stubEnv('CARILLON_CHANNELS_URL', url('key:secret', '/apps/12'))
    const channels = channelsFrom()
    onTestFinished(channels.close)
    await channels.sendToUser('ann', 'e', {})
    expect(requests[0]?.path).toMatch(/^\/apps\/12\/events\?auth_key=key&/)
    expect(requests[0]?.headers).not.toHaveProperty('authorization')
  })

  it('may lie behind the path of a proxy, and key and secret may hold any character', async () => {
    const { url, requests } = await server()
    const channels = channelsFrom(url('k%40y:s%3Acret%2F', '/push/here/apps/1/'))
    onTestFinished(channels.close)
    await channels.getChannel('news')
    expect(requests[0]?.path).toMatch(/^\/push\/here\/apps\/1\/channels\/news\?auth_key=k@y&/)
    const plain = channelsFrom('https://key:s%3Acret%2F@push.example.com/apps/1')
    expect(plain.authorize('1234.1234', 'private-x').auth).toMatch(/^key:[0-9a-f]{64}$/)
  })

  it.each([
    'http://key:5ecret@localhost/app/1',
    'http://key:5ecret@localhost/apps/one',
    'http://key:5ecret@localhost/apps/0',
    'http://key:5ecret@localhost/apps/1?x=5ecret',
    'http://key:5ecret@localhost/apps/1#5ecret',
    'http://key:%E05ecret@localhost/apps/1',
    'http://key@localhost/apps/1',
    'http://:5ecret@localhost/apps/1',
    'ws://key:5ecret@localhost/apps/1',
    'key:5ecret@localhost/apps/1',
    'http://key:5ecret@',
  ])('is not %s, and what is said of it names no secret', (url) => {
    const sentence = 'The url must be like http://key:secret@host:6001/apps/1, with special characters percent-encoded'
    expect(() => channelsFrom(url)).toThrow(new TypeError(sentence))
  })

  it('is nowhere where nothing is set', () => {
    vi.stubEnv('CARILLON_CHANNELS_URL', undefined)
    expect(() => channelsFrom()).toThrow('set CARILLON_CHANNELS_URL')
  })

  it.each([
    [{ timeout: 0 }, 'timeout must be seconds'],
    [{ timeout: Number.NaN }, 'timeout must be seconds'],
    [{ payloadLimit: 0 }, 'payloadLimit must be KB'],
    [{ encryptionMasterKey: 'aGVsbG8=' }, 'encryptionMasterKey must be 32 bytes in base64'],
  ])('is not told by %j', (options, sentence) => {
    expect(() => channelsFrom('http://key:secret@localhost/apps/1', options)).toThrow(sentence)
  })

  it.each(['hang', 'cut'] as const)(
    'does not answer in time or in whole (%s): the error has no signature',
    async (fault) => {
      const { url, answer } = await server()
      const channels = channelsFrom(url('key:5ecret', '/apps/1'), { timeout: 1 })
      onTestFinished(channels.close)
      answer({ fault })
      const error: unknown = await channels.trigger('news', 'e', {}).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ name: 'CarillonError', code: 'unavailable' })
      const said = JSON.stringify([error, String(error), (error as Error).cause])
      expect(said).not.toMatch(/auth_signature|5ecret/)
    },
  )

  it('is reported in a sentence when a proxy answers', async () => {
    const { url, answer } = await server()
    const channels = channelsFrom(url('key:secret', '/apps/1'))
    onTestFinished(channels.close)
    answer({ status: 502, body: '<html>Bad Gateway</html>' })
    await expect(channels.getChannels()).rejects.toMatchObject({
      status: 502,
      code: 'unavailable',
      message: 'The server answered 502 without an explanation.',
    })
    answer({ body: '<html>Welcome</html>' })
    await expect(channels.getChannels()).rejects.toMatchObject({ code: 'internal' })
  })
})

describe('an auth endpoint', () => {
  const channels = channelsFrom('http://key:secret@localhost/apps/1')
  const ann: User = { id: 'ann', user_info: { name: 'Ann' } }
  const endpoints = authEndpoints(channels, {
    whoIs: async ({ headers }) => (headers.get('cookie') === 'ann' ? ann : null),
    mayJoin: ({ id }, channel) => channel.endsWith(`-of-${id}`),
  })

  async function post(which: 'channel' | 'user', form: Record<string, string>, init: RequestInit = {}) {
    const request = new Request('http://localhost/', {
      method: 'POST',
      headers: { Cookie: 'ann' },
      body: new URLSearchParams(form),
      ...init,
    })
    const response = await endpoints[which](request)
    return { status: response.status, text: await response.text(), headers: response.headers }
  }

  it('signs for who is signed in, and may be there', async () => {
    const { status, text, headers } = await post('channel', { ...socket, channel_name: 'private-of-ann' })
    expect([status, JSON.parse(text)]).toEqual([200, channels.authorize('1234.1234', 'private-of-ann')])
    expect(headers.get('cache-control')).toBe('no-store')
    const room = await post('channel', { ...socket, channel_name: 'presence-of-ann' })
    expect(JSON.parse(room.text)).toMatchObject({ channel_data: '{"user_id":"ann","user_info":{"name":"Ann"}}' })
    const user = await post('user', socket)
    expect(JSON.parse(user.text)).toEqual(channels.authenticate('1234.1234', ann))
  })

  it.each(['private-of-bob', 'presence-of-bob', 'news-of-ann', '#server-to-user-of-ann', ':user::x-of-ann'])(
    'does not sign for %s',
    async (channel) => {
      const { status, text } = await post('channel', { ...socket, channel_name: channel })
      expect([status, text]).toEqual([403, `ann may not join ${channel}`])
    },
  )

  it.each([
    ['nobody', { headers: {} }, 403, 'No user is signed in to this application'],
    ['a form without its fields', { body: new URLSearchParams() }, 400, 'socket_id is missing'],
    ['a socket id that is none', { body: new URLSearchParams({ socket_id: '1:private-x' }) }, 400, 'Invalid socket id'],
    ['JSON', { body: '{}', headers: { 'Content-Type': 'application/json' } }, 415, 'accepts only a form'],
    ['a long body', { body: new URLSearchParams({ socket_id: '1'.repeat(20_000) }) }, 413, 'at most 16384 bytes'],
    ['GET', { method: 'GET', body: null }, 405, 'accepts only POST'],
  ])('answers %s with a sentence', async (_, init, status, sentence) => {
    const answer = await post('user', socket, init)
    expect(answer).toMatchObject({ status, text: expect.stringContaining(sentence) })
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
  })

  it('throws on what the application throws', async () => {
    const broken = authEndpoints(channels, {
      whoIs: () => Promise.reject(new Error('no database')),
      mayJoin: () => true,
    })
    const request = new Request('http://localhost/', { method: 'POST', body: new URLSearchParams(socket) })
    await expect(broken.user(request)).rejects.toThrow('no database')
  })
})
