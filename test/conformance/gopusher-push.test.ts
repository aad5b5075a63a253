import { waitFor } from '@carillon/testkit'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import {
  call,
  type Dialed,
  dial,
  type Nodes,
  onEveryCluster,
  refusal,
  type Registered,
  registerApp,
} from './gopusher-nodes.ts'

onEveryCluster('GoPusher pushes', (current) => {
  async function online(app: Registered, ...tags: string[]): Promise<Dialed[]> {
    const before = await totalOnline(current(), app)
    const dialed = tags.map((tag, index) => dial(current(), `${app.key}/${encodeURIComponent(tag)}`, index % 2 ? 1 : 0))
    const clients = await Promise.all(dialed)
    await waitFor(async () => (await totalOnline(current(), app)) === before + tags.length)
    return clients
  }

  /** Sent last, so that a client that has it has everything. */
  async function heardBy(app: Registered, clients: Dialed[]): Promise<string[][]> {
    await push(app, 'the end')
    await waitFor(() => clients.every(({ heard }) => heard.at(-1) === 'the end'))
    return clients.map(({ heard }) => heard.slice(0, -1))
  }

  const push = (app: Registered, content: string, userTag?: string) =>
    call(current(), `POST /api/push/${app.key}`, {
      as: app,
      form: { content, ...(userTag !== undefined && { user_tag: userTag }) },
    })

  it('POST /api/push/{app_key}: no user_tag is everyone of the app, on every node; total is a string', async () => {
    const [app, other] = [await registerApp(current()), await registerApp(current())]
    const clients = await online(app, 'ann', 'bob', 'ann')
    const [stranger] = await online(other, 'ann')
    const { status, json } = await push(app, 'hello ☃')
    expect([status, json]).toEqual([200, { app_key: app.key, content: 'hello ☃', user_tag: '', total: '3' }])
    expect(await heardBy(app, clients)).toEqual([['hello ☃'], ['hello ☃'], ['hello ☃']])
    expect(stranger!.heard).toEqual([])
  })

  it('takes fields from the query too, behind those of the form, and none of a browser', async () => {
    const app = await registerApp(current())
    const clients = await online(app, 'ann', 'bob')
    const ask = async (query: string, form?: Record<string, string> | FormData, headers = {}) => {
      const line = `POST /api/push/${app.key}?${query}`
      const { status, json } = await call(current(), line, { as: app, headers, ...(form && { form }) })
      return [status, json.content ?? json.message, json.user_tag, json.total]
    }
    const parts = new FormData()
    parts.set('content', 'in parts')
    expect(await ask('content=a+b%20%26%E2%98%83&user_tag=%5Eann%24')).toEqual([200, 'a b &☃', '^ann$', '1'])
    expect(await ask('content=query&user_tag=bob', { content: 'form' })).toEqual([200, 'form', 'bob', '1'])
    expect(await ask('user_tag=bob', { content: 'all', user_tag: '' })).toEqual([200, 'all', '', '2'])
    expect(await ask('content=query&user_tag=ann', parts)).toEqual([200, 'in parts', 'ann', '1'])
    expect(await ask('content=first&content=second')).toEqual([200, 'first', '', '2'])
    expect((await ask('content=query', { content: '' })).slice(0, 2)).toEqual([400, 'content is required.'])
    expect((await ask('content=%ff')).slice(0, 2)).toEqual([400, 'The query is not percent-encoded UTF-8.'])
    const browser = { 'sec-fetch-site': 'none' }
    expect((await ask('content=x', undefined, browser)).slice(0, 2)).toEqual([400, 'content is required.'])
    expect(await heardBy(app, clients)).toEqual([
      ['a b &☃', 'all', 'in parts', 'first'],
      ['form', 'all', 'first'],
    ])
  })

  it('the user_tag of a push is an unanchored regular expression, and total counts who received it', async () => {
    const app = await registerApp(current())
    const clients = await online(app, 'ann', 'joanna', 'bob', 'Ann', 'ann')
    const totals: unknown[] = []
    for (const pattern of ['ann', '^ann$', '(?i)^ANN', '^(bob|joanna)$', 'b{2}', 'x|^', '\\w+o', '[^a-z]'])
      totals.push((await push(app, pattern, pattern)).json.total)
    expect(totals).toEqual(['3', '2', '3', '2', '0', '5', '2', '1'])
    const ann = ['ann', '^ann$', '(?i)^ANN', 'x|^']
    expect(await heardBy(app, clients)).toEqual([
      ann,
      ['ann', '^(bob|joanna)$', 'x|^', '\\w+o'],
      ['^(bob|joanna)$', 'x|^', '\\w+o'],
      ['(?i)^ANN', 'x|^', '[^a-z]'],
      ann,
    ])
  })

  it('the answer repeats the user_tag that was sent', async () => {
    const app = await registerApp(current())
    const { json } = await push(app, 'x', 'a+&b= ')
    expect(json).toEqual({ app_key: app.key, content: 'x', user_tag: 'a+&b= ', total: '0' })
  })

  it('a bad pattern is 400, also one that only a backtracking engine could match', async () => {
    const app = await registerApp(current())
    for (const pattern of ['(', '*', '[z-a]', 'a{2,1}', '(?=a)', '(a)\\1', 'a{1001}', `(${'a'.repeat(500)}){100}`]) {
      const { status, json } = await push(app, 'x', pattern)
      expect([pattern, status]).toEqual([pattern, 400])
      expect(json.message).toMatch(/^The pattern in user_tag /)
    }
    expect((await push(app, 'x', 'x'.repeat(8193))).status).toBe(400)
  })

  it('a pattern that is built to hang answers at once', async () => {
    const app = await registerApp(current())
    await online(app, `${'a'.repeat(250)}!`, 'a'.repeat(255))
    for (const pattern of ['^(a+)+$', '^(a|aa)+$', '^(a|a?)+$', '(.*)*x$', '^(([a-z])+.)+[A-Z]$'])
      expect((await push(app, 'x', pattern)).status).toBe(200)
    expect((await push(app, 'x', '^(a+)+$')).json.total).toBe('1')
  })

  it('missing content is 400', async () => {
    const app = await registerApp(current())
    for (const form of [{ user_tag: 'x' }, { content: '' }] as Record<string, string>[]) {
      const { status, json } = await call(current(), `POST /api/push/${app.key}`, { as: app, form })
      expect([status, json]).toEqual([400, { message: 'content is required.' }])
    }
    const bare = await call(current(), `POST /api/push/${app.key}`, { as: app })
    expect([bare.status, bare.json]).toEqual([400, { message: 'content is required.' }])
  })

  it('WS /ws/{app_key}/{user_tag}: the content of each push is one text frame, in order', async () => {
    const app = await registerApp(current())
    const [client] = await online(app, 'ann')
    const contents = ['{"json": [1]}', 'two\nlines', ' ', 'x'.repeat(200_000), '☃'.repeat(1000)]
    for (const content of contents) await push(app, content)
    expect(await heardBy(app, [client!])).toEqual([contents])
  })

  it('the app_key and the user_tag of a path are percent-decoded', async () => {
    const app = await registerApp(current())
    const client = await dial(current(), `${app.key.replace(/^./, percent)}/a%2Fb%20%E2%98%83+c?token=x`)
    await waitFor(async () => (await totalOnline(current(), app)) === 1)
    const { json } = await call(current(), `GET /api/${app.key}/listonlineuser`)
    expect(json.user_tags).toEqual(['a/b ☃+c'])
    await push(app, 'x', '^a/b ☃\\+c$')
    await waitFor(() => client.heard.length === 1)
  })

  it('an invalid path, a user_tag that is too long or has control characters, and an unknown app_key are refused', async () => {
    const { key } = await registerApp(current())
    const none = '404 Connect to /ws/{app_key}/{user_tag}; a slash in a user_tag is %2F.'
    for (const path of ['', key, `${key}/`, `/ann`, `${key}/ann/bob`, `${key}?token=x`])
      expect([path, await refusal(current(), path)]).toEqual([path, none])
    const bad = '400 A user_tag has at most 255 characters, and no control characters.'
    for (const tag of ['x'.repeat(256), 'a%00', '%0A']) expect(await refusal(current(), `${key}/${tag}`)).toBe(bad)
    expect(await refusal(current(), `${key}/%ff`)).toBe('400 The path is not percent-encoded UTF-8.')
    expect(await refusal(current(), 'nosuchkey/ann')).toBe('404 app_key does not exist')
  })

  it('a disabled app does not exist', async () => {
    const app = await registerApp(current())
    await current().store.apps.change(app.id, { enabled: false })
    expect(await refusal(current(), `${app.key}/ann`)).toBe('404 app_key does not exist')
    const { status, json } = await push(app, 'x')
    expect([status, json]).toEqual([404, { message: 'app_key does not exist' }])
  })

  it('an app has no more connections than it may have', async () => {
    const app = await registerApp(current())
    await current().store.apps.change(app.id, { settings: { limits: { connections: 1 } } })
    await online(app, 'ann')
    const second = await dial(current(), `${app.key}/bob`, 1)
    expect(await second.closed).toBe('1013 This app has reached its limit of connections.')
    expect(await totalOnline(current(), app)).toBe(1)
  })

  it('what clients send is ignored', async () => {
    const app = await registerApp(current())
    const [client] = await online(app, 'ann')
    for (let each = 0; each < 100; each++) client!.socket.send('anything')
    await push(app, 'x')
    await waitFor(() => client!.heard.length === 1)
    expect(client!.socket.readyState).toBe(WebSocket.OPEN)
  })

  it('GET /api/{app_key}/listonlineuser/{limit}/{page}: per connection and cluster-wide, pages count from 1', async () => {
    const app = await registerApp(current())
    await online(app, 'cy', 'ann', 'ann', 'bob', 'ann')
    const list = async (paging: string, node: 0 | 1 = 0) =>
      (await call(current(), `GET /api/${app.key}/listonlineuser${paging}`, { as: app, node })).json
    const all = ['ann', 'ann', 'ann', 'bob', 'cy']
    expect(await list('/10/1')).toEqual({ app_key: app.key, total: 5, limit: 10, page: 1, user_tags: all })
    expect(await list('/2/1')).toEqual({ app_key: app.key, total: 5, limit: 2, page: 1, user_tags: ['ann', 'ann'] })
    expect(await list('/2/2', 1)).toMatchObject({ page: 2, user_tags: ['ann', 'bob'] })
    expect(await list('/2/3')).toMatchObject({ total: 5, user_tags: ['cy'] })
    expect(await list('/2/4')).toMatchObject({ total: 5, user_tags: [] })
    expect((await call(current(), `GET /api/${app.key}/listonlineuser/0/1`)).status).toBe(400)
    expect((await call(current(), `GET /api/${app.key}/listonlineuser/10001/1`)).status).toBe(400)
  })

  it('GET /api/{app_key}/listonlineuser without paging lists everyone', async () => {
    const app = await registerApp(current())
    await online(app, 'bob', 'ann')
    const { json } = await call(current(), `GET /api/${app.key}/listonlineuser`, { as: app })
    expect(json).toEqual({ app_key: app.key, total: 2, limit: 10_000, page: 1, user_tags: ['ann', 'bob'] })
  })

  it('a client that leaves is neither listed nor counted any more', async () => {
    const app = await registerApp(current())
    const [ann, bob] = await online(app, 'ann', 'bob')
    bob!.socket.close()
    await waitFor(async () => (await totalOnline(current(), app)) === 1)
    expect((await push(app, 'x')).json.total).toBe('1')
    ann!.socket.terminate()
    await waitFor(async () => (await totalOnline(current(), app)) === 0)
    expect((await push(app, 'x')).json.total).toBe('0')
    await online(app, 'cy')
    expect((await push(app, 'x')).json.total).toBe('1')
  })

  it('a hundred connections that come and go at once leave nothing behind', async () => {
    const app = await registerApp(current())
    const tags = Array.from({ length: 100 }, (_, index) => `tag-${index % 10}`)
    const clients = await online(app, ...tags)
    expect((await push(app, 'x', '-[0-4]$')).json.total).toBe('50')
    for (const { socket } of clients) socket.close()
    await waitFor(async () => (await totalOnline(current(), app)) === 0)
    await waitFor(async () => (await current().hubs[0].connections.count(app.id)) === 0)
  })
})

async function totalOnline(nodes: Nodes, { key }: Registered): Promise<number> {
  return Number((await call(nodes, `GET /api/${key}/listonlineuser`)).json.total)
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`
}
