import { waitFor } from '@carillon/testkit'
import { expect, it, onTestFinished, vi } from 'vitest'
import { type Account, admin, type Answer, call, dial, onEveryCluster, registerApp } from './gopusher-nodes.ts'

const realm = 'Basic realm="carillon", charset="UTF-8"'
const unknownKey = { message: 'app_key does not exist' }

onEveryCluster('GoPusher accounts', (current) => {
  const calls = (key: string) => [
    'POST /api/register',
    'GET /api/app-list',
    'GET /api/app-list/10/1',
    `DELETE /api/${key}/unregister`,
    `POST /api/push/${key}`,
    `GET /api/${key}/listonlineuser`,
    `GET /api/${key}/listonlineuser/10/1`,
  ]

  const isRefused = ({ status, headers }: Answer) => status === 401 && headers.get('www-authenticate') === realm

  /** Those of these calls that are not refused. */
  async function admitted(lines: string[], as: Account | null): Promise<string[]> {
    const answers = await Promise.all(lines.map((line) => call(current(), line, { as })))
    return lines.filter((_, index) => !isRefused(answers[index]!))
  }

  it('HTTP Basic auth on every /api call: without credentials or with wrong ones 401 with WWW-Authenticate', async () => {
    const { key, account, password } = await registerApp(current())
    const wrong = [
      null,
      { account: admin.account, password: 'wrong' },
      { account, password: 'wrong' },
      { account: 'wrong', password },
      { account, password: '' },
      { account, password: 'x'.repeat(1000) },
    ]
    for (const as of wrong) expect(await admitted(calls(key), as)).toEqual([])
    const bearer = await call(current(), `GET /api/${key}/listonlineuser`, {
      as: null,
      headers: { authorization: 'Bearer x' },
    })
    expect(isRefused(bearer)).toBe(true)
  })

  it("the super admin may call all; an app's own account only its own app", async () => {
    const [own, other] = [await registerApp(current()), await registerApp(current())]
    for (const as of [admin, own]) {
      expect((await call(current(), `POST /api/push/${own.key}`, { as, form: { content: 'x' } })).status).toBe(200)
      expect((await call(current(), `GET /api/${own.key}/listonlineuser`, { as })).status).toBe(200)
    }
    expect((await call(current(), 'GET /api/app-list')).status).toBe(200)
    expect(await admitted(calls(other.key), own)).toEqual([])
  })

  it('auth is checked before the app_key, and an unknown app_key is 404 app_key does not exist', async () => {
    const own = await registerApp(current())
    const lines = calls('nosuchkey').filter((each) => each.includes('nosuchkey'))
    expect(await admitted(lines, own)).toEqual([])
    for (const line of lines) {
      const { status, json } = await call(current(), line)
      expect([line, status, json]).toEqual([line, 404, unknownKey])
    }
  })

  it('POST /api/register answers with what was sent, app_key, request_ip, app_id and app_secret', async () => {
    const form = { app_name: 'Läden & Co', auth_account: 'laden', auth_password: 'pässwort' }
    const { status, json, headers } = await call(current(), 'POST /api/register', { form })
    expect(status).toBe(200)
    expect(json).toEqual({
      ...form,
      app_key: expect.stringMatching(/^\w{8,}$/),
      request_ip: '127.0.0.1',
      app_id: expect.any(Number),
      app_secret: expect.stringMatching(/^\w{16,}$/),
    })
    expect(headers.get('cache-control')).toBe('no-store')
    const as = { account: form.auth_account, password: form.auth_password }
    expect((await call(current(), `GET /api/${String(json.app_key)}/listonlineuser`, { as, node: 1 })).status).toBe(200)
  })

  it('POST /api/register takes a form in parts too', async () => {
    const form = new FormData()
    for (const name of ['app_name', 'auth_account', 'auth_password']) form.append(name, `☃ ${name}`)
    const { status, json } = await call(current(), 'POST /api/register', { form })
    expect([status, json.app_name, json.auth_account]).toEqual([200, '☃ app_name', '☃ auth_account'])
  })

  it('POST /api/register refuses what is missing, too long or cannot be used', async () => {
    const good = { app_name: 'shop', auth_account: 'shop', auth_password: 'secret' }
    const bad: [field: string, value: string, sentence: string][] = [
      ['app_name', '', 'app_name is required.'],
      ['app_name', 'x'.repeat(256), 'app_name has at most 255 characters, and no control characters.'],
      ['app_name', 'a\0b', 'app_name has at most 255 characters, and no control characters.'],
      ['auth_account', '', 'auth_account is required.'],
      ['auth_account', 'a:b', 'auth_account must not contain a colon.'],
      ['auth_password', '', 'auth_password is required.'],
      ['auth_password', 'ä'.repeat(37), 'auth_password has at most 72 bytes, and no control characters.'],
      ['connect_hook', 'ftp://x', 'connect_hook must be an http or https URL of at most 2000 characters.'],
      ['connect_hook', 'x', 'connect_hook must be an http or https URL of at most 2000 characters.'],
    ]
    for (const [field, value, message] of bad) {
      const { status, json } = await call(current(), 'POST /api/register', { form: { ...good, [field]: value } })
      expect([status, json]).toEqual([400, { message }])
    }
    const long = await call(current(), 'POST /api/register', { form: { app_name: 'x'.repeat(300_000) } })
    expect(long.status).toBe(413)
    const json = await fetch(`http://127.0.0.1:${current().ports[0]}/api/register`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('root:wurzel')}`, 'content-type': 'application/json' },
      body: JSON.stringify(good),
    })
    expect(json.status).toBe(415)
  })

  it('several apps may share an account name, each with its own password', async () => {
    const keys: string[] = []
    for (const password of ['one', 'two']) {
      const form = { app_name: 'shared', auth_account: 'shared', auth_password: password }
      keys.push(String((await call(current(), 'POST /api/register', { form })).json.app_key))
    }
    const status = async (key: string, password: string) =>
      (await call(current(), `GET /api/${key}/listonlineuser`, { as: { account: 'shared', password } })).status
    expect(await Promise.all([status(keys[0]!, 'one'), status(keys[1]!, 'two')])).toEqual([200, 200])
    expect(await Promise.all([status(keys[0]!, 'two'), status(keys[1]!, 'one')])).toEqual([401, 401])
  })

  it('passwords are stored hashed, and never listed', async () => {
    const { key, password } = await registerApp(current())
    const kept = await current().store.gopusherApps.byKey(key)
    expect(kept?.account?.passwordHash).toMatch(/^\$2b\$10\$.{53}$/)
    expect(JSON.stringify(kept)).not.toContain(password)
    expect(JSON.stringify(await current().store.apps.byKey(key))).not.toContain('$2b$')
    const { json } = await call(current(), 'GET /api/app-list')
    expect(JSON.stringify(json)).not.toMatch(new RegExp(`${password}"|\\$2b\\$`))
  })

  it('GET /api/app-list/{limit}/{page}: pages count from 1, offset is the page number', async () => {
    const { key, id, account } = await registerApp(current())
    const { json: all } = await call(current(), 'GET /api/app-list')
    const data = all.data as Record<string, string>[]
    expect([all.limit, all.offset, all.total]).toEqual([1000, 1, data.length])
    const app = (await current().store.apps.byId(id))!
    const own = data.find((each) => each.app_key === key)
    expect(own).toEqual({
      app_key: key,
      app_name: app.name,
      auth_account: account,
      auth_password: '********',
      request_ip: '127.0.0.1',
      date: expect.stringMatching(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d$/),
      timestamp: String(app.createdAt * 1000),
    })
    expect(Date.parse(`${own!.date!.replaceAll('/', '-')}Z`)).toBe(app.createdAt * 1000)
    const { json: second } = await call(current(), 'GET /api/app-list/1/2')
    expect(second).toEqual({ limit: 1, offset: 2, total: data.length, data: [data[1]] })
    expect((await call(current(), 'GET /api/app-list/1/1000')).json.data).toEqual([])
  })

  it('pages that are none are 400', async () => {
    for (const paging of ['0/1', '1/0', '1001/1', 'x/1', '1/x', '1.5/1', '1/1e9'])
      expect([paging, (await call(current(), `GET /api/app-list/${paging}`)).status]).toEqual([paging, 400])
  })

  it('DELETE /api/{app_key}/unregister answers Scuess, and its clients are disconnected on every node', async () => {
    const own = await registerApp(current())
    const clients = [await dial(current(), `${own.key}/ann`), await dial(current(), `${own.key}/bob`, 1)]
    await waitFor(async () => (await current().hubs[0].connections.count(own.id)) === 2)
    const { status, json } = await call(current(), `DELETE /api/${own.key}/unregister`, { as: own })
    expect([status, json]).toEqual([200, { message: 'Scuess' }])
    const ends = await Promise.all(clients.map(({ closed }) => closed))
    expect(ends).toEqual(['1008 This app was unregistered.', '1008 This app was unregistered.'])
    expect((await call(current(), `POST /api/push/${own.key}`, { as: own, form: { content: 'x' } })).status).toBe(401)
    expect((await call(current(), `POST /api/push/${own.key}`, { form: { content: 'x' } })).json).toEqual(unknownKey)
    expect((await call(current(), `DELETE /api/${own.key}/unregister`)).json).toEqual(unknownKey)
    const { json: list } = await call(current(), 'GET /api/app-list')
    expect(JSON.stringify(list)).not.toContain(own.key)
  })

  it('unregister keeps the recipients of the app, which is disabled everywhere', async () => {
    const own = await registerApp(current())
    await current().store.pushers.set(own.id, 'ann', { fields: { email: 'ann@example.org' } }, true)
    const unregister = vi.spyOn(current().store.gopusherApps, 'unregister')
    onTestFinished(() => unregister.mockRestore())
    await call(current(), `DELETE /api/${own.key}/unregister`)
    expect(unregister).toHaveBeenCalledExactlyOnceWith(own.id, { account: admin.account, address: '127.0.0.1' })
    expect(await current().store.apps.byKey(own.key)).toMatchObject({ id: own.id, enabled: false })
    expect(await current().store.pushers.getMany(own.id, ['ann'])).toMatchObject([{ id: 'ann' }])
  })

  it('an app registered here is the same app everywhere, and one from elsewhere can be used here by the super admin', async () => {
    const own = await registerApp(current())
    const same = await current().store.apps.byId(own.id)
    expect(same).toMatchObject({ key: own.key, enabled: true, secrets: [{ secret: own.secret }] })
    const elsewhere = await current().store.apps.create({ name: 'elsewhere' })
    const pushed = await call(current(), `POST /api/push/${elsewhere.key}`, { form: { content: 'x' } })
    expect([pushed.status, pushed.json.total]).toEqual([200, '0'])
    const { status, json } = await call(current(), `DELETE /api/${elsewhere.key}/unregister`)
    expect([status, json]).toEqual([
      409,
      { message: 'This app was not registered through this API: disable it with PATCH /v1/apps/{id}.' },
    ])
    expect(await current().store.apps.byId(elsewhere.id)).toMatchObject({ enabled: true })
  })

  it.each<Record<string, string>>([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'http://127.0.0.1:1' },
    { origin: 'null' },
  ])('pages of other origins may not use the password that a browser remembers: %j', async (headers) => {
    const own = await registerApp(current())
    const changes = [
      `POST /api/push/${own.key}?content=x`,
      `DELETE /api/${own.key}/unregister`,
      'POST /api/register?app_name=x&auth_account=x&auth_password=x',
    ]
    const form = { content: 'x', app_name: 'x', auth_account: 'x', auth_password: 'x' }
    for (const line of changes) {
      const body = line.startsWith('POST') ? { form } : {}
      expect((await call(current(), line, { headers, ...body })).status).toBe(403)
    }
    expect((await call(current(), 'GET /api/app-list', { headers })).status).toBe(403)
    expect(await current().store.apps.byId(own.id)).toMatchObject({ enabled: true })
  })

  it('a page of the same origin may, but takes no field from the query', async () => {
    const own = await registerApp(current())
    const headers = { origin: `http://127.0.0.1:${current().ports[0]}`, 'sec-fetch-site': 'same-origin' }
    const line = `POST /api/push/${own.key}?content=x`
    expect((await call(current(), line, { headers, form: {} })).status).toBe(400)
    expect((await call(current(), line, { headers, form: { content: 'x' } })).status).toBe(200)
  })

  it('POST /api/register takes its fields from the query as well', async () => {
    const query = 'app_name=shop&auth_account=asker&connect_hook=http%3A%2F%2Fexample.com%2F'
    const { status, json } = await call(current(), `POST /api/register?${query}`, { form: { auth_password: 'secret' } })
    expect([status, json]).toMatchObject([200, { app_name: 'shop', auth_account: 'asker', auth_password: 'secret' }])
    const { app } = (await current().store.gopusherApps.byKey(String(json.app_key)))!
    expect(app.settings.connectHook).toBe('http://example.com/')
  })

  it('another method is 405 with what the path takes, and a compressed body is 415', async () => {
    const answer = async (line: string, headers = {}, form?: Record<string, string>) => {
      const { status, headers: got } = await call(current(), line, { headers, ...(form && { form }) })
      return [status, got.get('allow')]
    }
    expect(await answer('GET /api/register')).toEqual([405, 'POST'])
    expect(await answer('POST /api/x/unregister')).toEqual([405, 'DELETE'])
    expect(await answer('DELETE /api/app-list/1/1')).toEqual([405, 'GET'])
    expect(await answer('PUT /api/push/x')).toEqual([405, 'POST'])
    expect(await answer('POST /api/register', { 'content-encoding': 'gzip' }, { app_name: 'x' })).toEqual([415, null])
  })

  it('what is not served is 404, and broken paths are 400', async () => {
    expect((await call(current(), 'GET /api')).status).toBe(404)
    expect((await call(current(), 'GET /api/%ff/listonlineuser')).status).toBe(400)
  })
})
