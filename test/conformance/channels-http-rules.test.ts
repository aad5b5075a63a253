import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { waitFor } from '@carillon/testkit'
import { canKillRedis, killableRedis } from '../services/fresh-redis.ts'
import { send, sendRaw, signedQuery } from './channels-requests.ts'
import { inMemory, overRedis, stageOn, subscriber } from './channels-stage.ts'
import { appWith } from '../services/realtime.ts'

const EVENT = { name: 'e', data: 'd', channel: 'news' }

interface Row {
  row: string
  path: string
  body?: unknown
  query?: Record<string, string>
  status: number
  says: string
}

const trigger = (row: string, change: object, says: string, status = 400): Row => ({
  row,
  path: '/events',
  body: { ...EVENT, ...change },
  status,
  says,
})

const batch = (row: string, events: unknown, says: string, status = 400): Row => ({
  row,
  path: '/batch_events',
  body: { batch: events },
  status,
  says,
})

const names = (count: number) => Array.from({ length: count }, (_, index) => `c${index}`)

const refused: Row[] = [
  trigger('malformed: no name', { name: undefined }, 'name must be'),
  trigger('malformed: an empty name', { name: '' }, 'name must be'),
  trigger('name over 200 characters', { name: 'x'.repeat(201) }, 'at most 200 characters'),
  trigger('name of the protocol itself', { name: 'pusher:ping' }, 'must not begin with pusher:'),
  trigger('internal name of the protocol', { name: 'pusher_internal:x' }, 'must not begin with pusher:'),
  trigger('malformed: data is no string', { data: { n: 1 } }, 'data must be a string'),
  trigger('malformed: no data', { data: undefined }, 'data must be a string'),
  trigger('malformed: no channel', { channel: undefined }, 'channels must be a list'),
  trigger('malformed: an empty list of channels', { channels: [] }, 'channels must be a list'),
  trigger('malformed: channels is no list', { channels: 'news' }, 'channels must be a list'),
  trigger('malformed: a channel with a space', { channel: 'a b' }, 'A channel must be'),
  trigger('malformed: a channel with a line break', { channel: 'news\n' }, 'A channel must be'),
  trigger('malformed: a channel with #', { channel: '#news' }, 'A channel must be'),
  trigger('malformed: nobody’s own channel', { channel: '#server-to-user-' }, 'A channel must be'),
  trigger(
    'malformed: the own channel of a user with a longer id than there is',
    { channel: `#server-to-user-${'x'.repeat(256)}` },
    'The id of a user has 1 to 255 characters in this app.',
  ),
  trigger('malformed: a channel over 200 characters', { channel: 'x'.repeat(201) }, 'A channel must be'),
  trigger('malformed: a channel that is a number', { channels: [1] }, 'A channel must be'),
  trigger('more than 100 channels', { channels: names(101) }, 'at most 100'),
  trigger('malformed: socket_id', { socket_id: '1' }, 'socket_id must be'),
  trigger('malformed: socket_id with a line break', { socket_id: '1.1\n' }, 'socket_id must be'),
  trigger('malformed: info is no text', { info: ['user_count'] }, 'info must be user_count'),
  trigger(
    'an encrypted channel in a multi-channel trigger',
    { channels: ['private-encrypted-a', 'news'] },
    'the only one of its event',
  ),
  trigger('data too large', { data: 'ü'.repeat(5121) }, 'at most 10240 bytes in this app; it has 10242.', 413),
  trigger('body too large', { data: 'x'.repeat(800_000) }, 'The body may have at most 679936 bytes.', 413),
  batch('malformed: no batch', undefined, 'batch must be a list'),
  batch('malformed: an empty batch', [], 'batch must be a list'),
  batch('malformed: an event that is none', [EVENT, null], 'Event 2: it must be an object'),
  batch(
    'more than 10 events',
    Array.from({ length: 11 }, () => EVENT),
    'at most 10 events',
  ),
  batch('one bad event among good ones', [EVENT, EVENT, { ...EVENT, channel: '' }], 'Event 3: A channel must be'),
  batch('data too large, in a batch', [EVENT, { ...EVENT, data: 'x'.repeat(10_241) }], 'Event 2: data may have', 413),
  { row: 'malformed: the body is a list', path: '/events', body: [], status: 400, says: 'must be a JSON object' },
  { row: 'malformed: the body is null', path: '/batch_events', body: null, status: 400, says: 'must be a JSON object' },
  {
    row: 'user_count on /channels without a presence- filter',
    path: '/channels',
    query: { info: 'user_count', filter_by_prefix: 'presence' },
    status: 400,
    says: 'filter_by_prefix=presence-',
  },
  { row: 'unknown info on /channels', path: '/channels', query: { info: 'color' }, status: 400, says: 'info must be' },
  { row: 'cache on /channels', path: '/channels', query: { info: 'cache' }, status: 400, says: 'info must be' },
  {
    row: 'user_count on a channel that is non-presence',
    path: '/channels/news',
    query: { info: 'user_count' },
    status: 400,
    says: 'Only presence channels',
  },
  { row: 'malformed: a channel in the path', path: '/channels/a%20b', status: 400, says: 'A channel must be' },
  { row: '/users on non-presence', path: '/channels/news/users', status: 400, says: 'Only presence channels' },
  {
    row: 'malformed: no user of that length',
    path: `/users/${'x'.repeat(256)}/terminate_connections`,
    body: {},
    status: 400,
    says: '1 to 255 characters',
  },
  {
    row: 'deprecated trigger without a name',
    path: '/channels/news/events',
    body: {},
    status: 400,
    says: 'name must be',
  },
  {
    row: 'no such route',
    path: '/users/ann/events',
    body: {},
    status: 404,
    says: 'POST /users/ann/events is not served',
  },
  { row: 'no such method', path: '/events', status: 405, says: 'This path accepts only POST.' },
]

describe('what is refused', () => {
  it.each(refused)('$status $row', async ({ path, body, query = {}, status, says }) => {
    const { port, ear, next } = await listening()
    const answer = await send(port, { path, query, ...(body !== undefined && { body: JSON.stringify(body) }) })
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(says)])
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8')
    await next()
    expect(ear.heard.map(({ event }) => event)).toEqual(['next'])
  })

  it.each([
    ['not JSON', 'no json', 'The body is not JSON.'],
    ['cut off', '{"name":', 'The body is not JSON.'],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'The body is not UTF-8.'],
    ['nested beyond reason', '['.repeat(300_000), 'The body is not JSON.'],
    ['empty', '', 'The body is not JSON.'],
  ])('400 malformed: a body that is %s', async (_, body, says) => {
    const { port } = await listening()
    const answer = await send(port, { method: 'POST', path: '/events', body })
    expect([answer.status, answer.text]).toEqual([400, says])
  })

  it.each([
    ['GET', '/events', 'POST'],
    ['PUT', '/batch_events', 'POST'],
    ['POST', '/channels', 'GET'],
    ['DELETE', '/channels/news', 'GET'],
    ['GET', '/channels/news/events', 'POST'],
    ['GET', '/users/ann/terminate_connections', 'POST'],
  ])('405 %s %s, and what it takes', async (method, path, allow) => {
    const { port } = await listening()
    const answer = await send(port, { method, path })
    expect([answer.status, answer.headers.allow]).toEqual([405, allow])
  })

  it.each(['gzip', 'GZIP', 'br', 'gzip, identity'])('415 a body in Content-Encoding %s', async (encoding) => {
    const { port, ear, next } = await listening()
    const body = gzipSync(JSON.stringify(EVENT))
    const target = `/apps/3/events?${signedQuery({ method: 'POST', path: '/events', body })}`
    const headers = { 'content-encoding': encoding }
    const answer = await sendRaw(port, { method: 'POST', target, body, headers })
    expect([answer.status, answer.text]).toEqual([
      415,
      `A body with the Content-Encoding ${encoding} is not supported; send it uncompressed.`,
    ])
    await next()
    expect(ear.heard.map(({ event }) => event)).toEqual(['next'])
  })

  it('413 a body that is too large and has no Content-Length', async () => {
    const { port } = await listening()
    const body = JSON.stringify({ ...EVENT, data: 'x'.repeat(800_000) })
    const target = `/apps/3/events?${signedQuery({ method: 'POST', path: '/events', body })}`
    expect(await sendRaw(port, { method: 'POST', target, body, chunked: true })).toMatchObject({
      status: 413,
      text: 'The body may have at most 679936 bytes.',
    })
    const small = JSON.stringify(EVENT)
    const good = `/apps/3/events?${signedQuery({ method: 'POST', path: '/events', body: small })}`
    expect(await sendRaw(port, { method: 'POST', target: good, body: small, chunked: true })).toMatchObject({
      status: 200,
    })
  })

  it.each(['4', '0', '99999999999', '2147483648', 'x', '3x', ''])('404 unknown app “%s”', async (id) => {
    const { port } = await listening()
    const answer = await sendRaw(port, { method: 'GET', target: `/apps/${id}/channels` })
    expect([answer.status, answer.text]).toEqual([404, `There is no app ${id}.`])
  })

  it('403 disabled, which only those hear who can sign', async () => {
    const { port, stage } = await listening()
    stage.app.enabled = false
    expect(await send(port, { path: '/channels' })).toMatchObject({ status: 403, text: 'This app is disabled.' })
    expect(await send(port, { path: '/channels', auth: { auth_signature: 'x' } })).toMatchObject({ status: 401 })
  })

  it('429 rate: more requests in a second than the app may have', async () => {
    const { port, stage } = await listening()
    stage.app.settings.limits = { requestsPerSecond: 2 }
    await waitFor(async () => {
      const answers = await Promise.all([1, 2, 3].map(() => send(port, { path: '/channels' })))
      // A second may have ended between them.
      return answers.filter(({ status, headers }) => status === 429 && headers['retry-after'] === '1').length === 1
    })
    await waitFor(async () => (await send(port, { path: '/channels' })).status === 200)
  })

  it('takes as much data as the app may have', async () => {
    const { port, stage } = await listening()
    stage.app.settings.limits = { eventBytes: 20_000 }
    const body = (bytes: number) => JSON.stringify({ ...EVENT, data: '\u0000'.repeat(bytes) })
    expect((await send(port, { path: '/events', body: body(20_000) })).status).toBe(200)
    expect((await send(port, { path: '/events', body: body(20_001) })).status).toBe(413)
  })

  it('takes any body of any shape without failing, and publishes nothing of what it refuses', async () => {
    const { port, ear, next } = await listening()
    const anything = fc.oneof(fc.jsonValue(), fc.constant(undefined), fc.string({ unit: 'binary' }))
    const event = fc.record(
      { name: anything, data: anything, channel: anything, channels: anything, socket_id: anything, info: anything },
      { requiredKeys: [] },
    )
    const calls = fc.oneof(
      fc.record({ path: fc.constant('/events'), body: fc.oneof(event, fc.jsonValue()) }),
      fc.record({
        path: fc.constant('/batch_events'),
        body: fc.record({ batch: fc.oneof(anything, fc.array(event)) }),
      }),
    )
    let published = 0
    await fc.assert(
      fc.asyncProperty(calls, async ({ path, body }) => {
        const { status } = await send(port, { path, body: JSON.stringify(body) })
        if (status === 200) published++
        expect([200, 400, 413]).toContain(status)
      }),
      { numRuns: 150 },
    )
    await next()
    expect(ear.heard.length).toBeLessThanOrEqual(published + 1)
  })
})

describe('what cannot be done', () => {
  it('503 when the apps cannot be looked up', async () => {
    const { port, stage } = await listening()
    stage.faults.apps = true
    expect(await send(port, { path: '/channels' })).toMatchObject({ status: 503 })
  })

  it.skipIf(!canKillRedis)('503 when the other processes cannot be reached, and 200 when they can again', async () => {
    const redis = await killableRedis()
    const { nodes } = await stageOn(await overRedis(redis))
    const event = { path: '/events', body: JSON.stringify(EVENT) }
    const ear = await subscriber(nodes[1], ['news'])
    await redis.kill()
    const answer = await waitFor(async () => {
      const each = await send(nodes[0].port, event)
      return each.status !== 200 && each
    })
    expect([answer.status, answer.text]).toEqual([503, expect.stringContaining('may not have reached all clients')])
    for (const path of ['/channels', '/channels/news', '/channels/presence-a/users']) {
      expect((await send(nodes[0].port, { path })).status).toBe(503)
    }
    await redis.restart()
    await waitFor(async () => (await send(nodes[0].port, event)).status === 200 && ear.heard.length > 0, {
      timeout: 15_000,
    })
  })
})

describe('what is accepted', () => {
  it('100 channels, each once, and 10 events', async () => {
    const { port, ear, next } = await listening()
    const channels = [...names(98), 'news', 'news']
    expect((await send(port, { path: '/events', body: JSON.stringify({ ...EVENT, channels }) })).status).toBe(200)
    const ten = { batch: Array.from({ length: 10 }, () => EVENT) }
    expect((await send(port, { path: '/batch_events', body: JSON.stringify(ten) })).status).toBe(200)
    await next()
    expect(ear.heard).toHaveLength(12)
  })

  it.each([
    ['user_count', {}],
    ['user_count,subscription_count', { subscription_count: 1 }],
    [' subscription_count , color', { subscription_count: 1 }],
    ['cache', {}],
    ['color', {}],
    ['user_count,user_count,', {}],
  ])(
    'an event that asks for %s of a channel without users, whose answer leaves out what is not known',
    async (info, told) => {
      const { port, ear, next } = await listening()
      const body = JSON.stringify({ ...EVENT, info })
      expect(await send(port, { path: '/events', body })).toMatchObject({
        status: 200,
        text: JSON.stringify({ channels: { news: told } }),
      })
      const events = [EVENT, { ...EVENT, info }, { ...EVENT, channel: 'presence-room', info }]
      const answer = await send(port, { path: '/batch_events', body: JSON.stringify({ batch: events }) })
      const asked = info.split(',').map((name) => name.trim())
      const ofRoom = {
        ...(asked.includes('user_count') && { user_count: 0 }),
        ...(asked.includes('subscription_count') && { subscription_count: 0 }),
      }
      expect(answer).toMatchObject({ status: 200, text: JSON.stringify({ batch: [{}, told, ofRoom] }) })
      await next()
      expect(ear.heard).toHaveLength(4)
    },
  )

  it('one event for channels with users and without', async () => {
    const { port } = await listening()
    const channels = ['news', 'presence-room', 'cache-a', '#server-to-user-ann', 'private-encrypted']
    const body = JSON.stringify({ ...EVENT, channels, info: 'user_count,subscription_count' })
    const told = { 'presence-room': { user_count: 0, subscription_count: 0 }, news: { subscription_count: 1 } }
    const answer = await send(port, { path: '/events', body })
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      200,
      {
        channels: {
          ...told,
          'cache-a': { subscription_count: 0 },
          '#server-to-user-ann': { subscription_count: 0 },
          'private-encrypted': { subscription_count: 0 },
        },
      },
    ])
  })

  it('null and an empty info as nothing', async () => {
    const { port } = await listening()
    const body = JSON.stringify({ ...EVENT, socket_id: null, info: '' })
    expect(await send(port, { path: '/events', body })).toMatchObject({ status: 200, text: '{}' })
  })

  it('a name of 200 characters, and one that only looks like the protocol’s', async () => {
    const { port, ear, next } = await listening()
    for (const name of ['x'.repeat(200), 'pusher', 'Pusher:x', 'a pusher:b', 'client-x']) {
      expect((await send(port, { path: '/events', body: JSON.stringify({ ...EVENT, name }) })).status).toBe(200)
    }
    await next()
    expect(ear.heard).toHaveLength(6)
  })
})

/** One who listens to the channel of these tests. `next` publishes there, and waits until that was heard. */
async function listening() {
  const stage = await stageOn(inMemory(), appWith())
  const [node] = stage.nodes
  const ear = await subscriber(node, ['news'])
  const next = async () => {
    await send(node.port, { path: '/events', body: JSON.stringify({ ...EVENT, name: 'next' }) })
    await waitFor(() => ear.heard.some(({ event }) => event === 'next'))
  }
  return { stage, port: node.port, ear, next }
}
