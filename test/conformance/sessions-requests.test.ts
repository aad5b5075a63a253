import type { App } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import jwt from 'jsonwebtoken'
import { describe, expect, it } from 'vitest'
import { join, newApp, newSession, onEveryDatabase, rawCall } from './sessions-stage.ts'

const seconds = () => Math.floor(Date.now() / 1000)
const STREAM_FIELDS = ['id', 'videoType', 'name', 'layoutClassList']
const LIST = 'GET /v2/project/:key/archive'

onEveryDatabase('requests about sessions', (served) => {
  const current = served()
  const create = async (body: string, headers: Record<string, string> = {}) => {
    const { app } = await newApp(current())
    const answer = await rawCall(current(), app, 'POST /session/create', { body, headers })
    return { app, ...answer }
  }
  /** Status, code and sentence, once the answer was seen to be an error of the right form. */
  const failure = async (app: App, line: string, call: Parameters<typeof rawCall>[3]) => {
    const { status, headers, json } = await rawCall(current(), app, line, call)
    expect([headers.get('content-type'), json().code]).toEqual(['application/json', status])
    return `${status} ${String(json().message)}`
  }

  describe('POST /session/create', () => {
    it.each<Record<string, string>>([
      {},
      { 'Content-Type': 'text/plain' },
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      { 'Content-Type': 'application/json' },
    ])('answers exactly so, with the headers %j', async (given) => {
      const { app, status, headers, text } = await create('p2p.preference=enabled&archiveMode=always&location=', given)
      expect([status, headers.get('content-type')]).toEqual([200, 'application/json'])
      const [session, ...more] = JSON.parse(text) as Record<string, string>[]
      expect(more).toEqual([])
      expect(session).toEqual({
        session_id: expect.stringMatching(/^1_[\w-]+$/) as string,
        project_id: app.key,
        partner_id: app.key,
        create_dt: expect.any(String) as string,
        session_status: null,
        media_server_url: null,
      })
      const kept = await current().store.sessions.find(app.id, session!.session_id!)
      expect(kept).toMatchObject({ relayed: true, archived: true })
    })

    it('takes no body at all', async () => {
      const { app } = await newApp(current())
      const { status, text } = await rawCall(current(), app, 'POST /session/create')
      expect([status, text.slice(0, 18)]).toEqual([200, '[{"session_id":"2_'])
    })

    it.each([
      ['p2p.preference=maybe', 'p2p.preference: must be enabled or disabled.'],
      ['archiveMode=never', 'archiveMode: must be manual or always.'],
      ['location=::1', 'location: must be an IPv4 address.'],
      ['e2ee=1', 'e2ee: must be true or false.'],
      ['archiveResolution=1x1', 'archiveResolution: must be one of'],
      [`archiveName=${'x'.repeat(1001)}`, 'archiveName: must be at most 1000 characters.'],
      ['archiveName=%00', 'archiveName: must be well-formed Unicode without NUL.'],
    ])('refuses %.30s', async (body, why) => {
      const { status, json } = await create(body)
      expect(json()).toEqual({ code: 400, message: expect.stringContaining(why) as string })
      expect(status).toBe(400)
    })
  })

  describe('who asks', () => {
    it.each([
      ['with a JWT that lives for two days', { claims: { exp: seconds() + 172_800 } }],
      ['with an id', { claims: { jti: 'a', iat: seconds() } }],
    ])('is known %s', async (_, call) => {
      const { app } = await newApp(current())
      expect((await rawCall(current(), app, LIST, call)).status).toBe(200)
    })

    it('is known by key and secret, as old clients send them', async () => {
      const { app, secret } = await newApp(current())
      const known = (pair: string) =>
        rawCall(current(), app, LIST, { claims: null, headers: { 'X-TB-PARTNER-AUTH': pair } }).then(
          ({ status }) => status,
        )
      expect(await known(`${app.key}:${secret}`)).toBe(200)
      for (const pair of [`${app.key}:wrong`, `${app.key}:`, app.key, ':', '', `other:${secret}`])
        expect(await known(pair)).toBe(403)
    })

    it.each([
      ['nobody', { claims: null }, 'must be a JWT'],
      ['with another secret', { secret: 'another' }, 'is not a JWT'],
      ['as another issuer', { claims: { iss: 'other' } }, 'is not a JWT'],
      ['as an issuer with a NUL', { claims: { iss: '\0' } }, 'is not a JWT'],
      ['as no project', { claims: { ist: 'account' } }, 'is not a JWT'],
      ['too late', { claims: { exp: seconds() - 1 } }, 'exp in the future'],
      ['for ever', { claims: { exp: undefined } }, 'exp in the future'],
      ['for three days', { claims: { exp: seconds() + 259_200 } }, 'at most two days'],
      ['as a client', { claims: { scope: 'session.connect' } }, 'a token for clients'],
      ['as a client of a session', { claims: { session_id: 'x' } }, 'a token for clients'],
      ['with no JWT', { claims: null, headers: { 'X-OPENTOK-AUTH': 'a.b.c' } }, 'is not a JWT'],
    ])('is refused %s', async (_, call, why) => {
      const { app } = await newApp(current())
      for (const line of [LIST, 'POST /session/create', 'GET /v2/project/:key/nothing'])
        expect(await failure(app, line, call)).toMatch(new RegExp(`^403 .*${why}`))
    })

    it('is refused without an algorithm', async () => {
      const { app } = await newApp(current())
      const token = jwt.sign({ iss: app.key, ist: 'project', exp: seconds() + 60 }, '', { algorithm: 'none' })
      expect(await failure(app, LIST, { claims: null, headers: { 'X-OPENTOK-AUTH': token } })).toMatch(/^403 /)
    })

    it("is refused in another's project, and when the app is disabled", async () => {
      const [{ app }, { app: other }] = [await newApp(current()), await newApp(current())]
      expect(await failure(app, `GET /v2/project/${other.key}/archive`, {})).toMatch(/^403 /)
      await current().store.apps.change(app.id, { enabled: false })
      expect(await failure(app, LIST, {})).toBe('403 This app is disabled.')
    })

    it('is one project, whose key may be a number', async () => {
      const { sdk } = await newApp(current(), String(100_000 + Math.floor(Math.random() * 1e9)))
      const session = await newSession(sdk)
      expect(await sdk.ask('startArchive', session, {})).toMatchObject([{ partnerId: expect.any(Number) as number }])
    })
  })

  it.each([
    ['POST /v2/project/:key/archive', '{', '400 The body is not JSON.'],
    ['POST /v2/project/:key/archive', '[]', '400 '],
    ['POST /v2/project/:key/archive', 'null', '400 '],
    ['POST /v2/project/:key/archive', '{}', '400 sessionId: must be the id of a session.'],
    ['POST /v2/project/:key/archive', '{"sessionId":"\\u0000"}', '404 '],
    ['POST /v2/project/:key/archive', '{"sessionId":"1","outputMode":"both"}', '400 outputMode: must be'],
    [
      'POST /v2/project/:key/archive',
      '{"sessionId":"1","outputMode":"individual","resolution":"640x480"}',
      '400 resolution:',
    ],
    [
      'POST /v2/project/:key/archive',
      '{"sessionId":"1","outputMode":"individual","layout":{"type":"pip"}}',
      '400 layout:',
    ],
    [
      'POST /v2/project/:key/archive',
      '{"sessionId":"1","layout":{"type":"custom"}}',
      '400 layout.stylesheet: is required for',
    ],
    ['POST /v2/project/:key/archive', '{"sessionId":"1","name":5}', '400 name: must be a string'],
    ['POST /v2/project/:key/archive', '{"sessionId":"1","hasAudio":"no"}', '400 hasAudio: must be true or false'],
    ['POST /v2/project/:key/archive', '{"sessionId":"1","maxBitrate":1}', '400 maxBitrate:'],
    ['POST /v2/project/:key/archive', 'x'.repeat(1_000_000), '413 The body may have at most 65536 bytes.'],
    ['PATCH /v2/project/:key/archive/1/streams', '{}', '400 One of addStream'],
    ['PATCH /v2/project/:key/archive/1/streams', '{"addStream":"a","removeStream":"b"}', '400 One of addStream'],
    ['PUT /v2/project/:key/session/1/stream', '{"items":{}}', '400 items: must be a list'],
    ['POST /v2/project/:key/session/1/signal', '{"type":1}', '400 type: must be a string'],
    ['POST /v2/project/:key/session/1/mute', '{"active":1}', '400 active: must be true or false'],
    ['POST /v2/project/:key/callback', '{"group":"sessions"}', '400 group: must be one of connection, stream, archive'],
    ['DELETE /v2/project/:key/callback/1', undefined, '404 '],
    ['GET /v2/project/:key/archive?count=0', undefined, '400 count: must be from 1 to 1000'],
    ['GET /v2/project/:key/archive?offset=-1', undefined, '400 offset: must be a whole number'],
    ['GET /v2/project/:key/archive/%00', undefined, '400 The path is not percent-encoded UTF-8'],
    ['GET /v2/project/:key/archive/%ff', undefined, '400 The path is not percent-encoded UTF-8'],
    ['GET /v2/project/:key/session/1/stream', undefined, '404 The app has no such session.'],
    ['DELETE /v2/project/:key/session/1/stream', undefined, '405 This path accepts only GET, PUT.'],
    ['DELETE /v2/project/:key/session/1', undefined, '404 DELETE /v2/'],
    ['GET /session/create', undefined, '405 This path accepts only POST.'],
    ['GET /v2', undefined, '404 GET /v2 is not served.'],
    ['GET /v2/project/:key/archive/00000000-0000-4000-8000-000000000000/events.jsonl', undefined, '403 This address'],
  ])('%s with %.60s', async (line, body, expected) => {
    const { app } = await newApp(current())
    expect((await failure(app, line, { body })).slice(0, expected.length)).toBe(expected)
  })

  it('say by Allow what a path takes, and take no compressed body', async () => {
    const { app } = await newApp(current())
    const answer = async (line: string, more: { body?: string; headers?: Record<string, string> } = {}) => {
      const { status, headers } = await rawCall(current(), app, line, more)
      return [status, headers.get('allow')]
    }
    const archive = '/v2/project/:key/archive'
    const id = '00000000-0000-4000-8000-000000000000'
    expect(await answer('PUT /session/create')).toEqual([405, 'POST'])
    expect(await answer(`PUT ${archive}`)).toEqual([405, 'POST, GET'])
    expect(await answer(`PUT ${archive}/${id}`)).toEqual([405, 'GET, DELETE'])
    expect(await answer(`POST ${archive}/${id}/archive.zip`)).toEqual([405, 'GET'])
    const gzip = { body: 'x', headers: { 'content-encoding': 'gzip' } }
    expect(await answer(`POST ${archive}`, gzip)).toEqual([415, null])
    expect(await answer('POST /session/create', gzip)).toEqual([415, null])
  })

  it('beyond what the app may have in a second are refused', async () => {
    const { app } = await newApp(current())
    await current().store.apps.change(app.id, { settings: { limits: { requestsPerSecond: 2 } } })
    await waitFor(async () => {
      const answers = await Promise.all([1, 2, 3].map(() => rawCall(current(), app, LIST)))
      // A second may have ended between them.
      return answers.filter(({ status, headers }) => status === 429 && headers.get('retry-after') === '1').length === 1
    })
  })

  it('with a body in pieces that never ends is refused', async () => {
    const { app, secret } = await newApp(current())
    const token = jwt.sign({ iss: app.key, ist: 'project', exp: seconds() + 60 }, secret)
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(10_000)) })
    const sent = fetch(`${current().url}/session/create`, {
      method: 'POST',
      headers: { 'X-OPENTOK-AUTH': token },
      body: endless,
      duplex: 'half',
    })
    // Whoever still writes may not read the answer.
    expect(await sent.then(({ status }) => status).catch(() => 413)).toBe(413)
  })

  it('get a stream as text or as JSON, by who asks; all else is JSON', async () => {
    const { app, sdk } = await newApp(current())
    const session = await newSession(sdk)
    const { id } = await (await join(current(), app, session)).publishes()
    const type = async (path: string, agent: string) => {
      const line = `GET /v2/project/:key/session/${session}/${path}`
      const { headers, json } = await rawCall(current(), app, line, { headers: { 'User-Agent': agent } })
      expect(Object.keys(json())).toEqual(path === 'stream' ? ['count', 'items'] : STREAM_FIELDS)
      return headers.get('content-type')
    }
    const agents = ['OpenTok-Node-SDK/2.23.2', 'OpenTok-PHP-SDK/4.0', '']
    const types = await Promise.all(agents.map((agent) => type(`stream/${id}`, agent)))
    expect(types).toEqual(['text/plain', 'application/json', 'application/json'])
    expect(await type('stream', agents[0]!)).toBe('application/json')
  })

  it('are answered with the statuses of OpenTok', async () => {
    const { app, sdk } = await newApp(current())
    const session = await newSession(sdk)
    const client = await join(current(), app, session)
    const { id: stream } = await client.publishes()
    const call = (line: string, body?: object) =>
      rawCall(current(), app, line.replace(' ', ' /v2/project/:key/'), { body })
    const { id: archive } = (await call('POST archive', { sessionId: session })).json()
    const url = 'https://example.com'
    const { id: callback } = (await call('POST callback', { group: 'stream', event: 'created', url })).json()
    const calls: [line: string, status: number, body?: object][] = [
      ['POST archive', 409, { sessionId: session }],
      ['POST archive', 200, { sessionId: session, multiArchiveTag: 'other' }],
      ['POST archive', 404, { sessionId: 'none' }],
      ['GET archive', 200],
      [`GET archive/${String(archive)}`, 200],
      [`PUT archive/${String(archive)}/layout`, 200, { type: 'pip' }],
      [`PATCH archive/${String(archive)}/streams`, 405, { addStream: stream }],
      [`POST archive/${String(archive)}/stop`, 200],
      [`POST archive/${String(archive)}/stop`, 409],
      [`POST session/${session}/signal`, 204, { type: 'a', data: 'b' }],
      [`POST session/${session}/signal`, 413, { type: 'x'.repeat(129) }],
      [`POST session/${session}/connection/${client.id}/signal`, 413, { data: 'x'.repeat(8193) }],
      [`POST session/${session}/connection/${client.id}/signal`, 204, { data: 'x'.repeat(8192) }],
      [`GET session/${session}/stream/${stream}`, 200],
      [`GET session/${session}/stream/none`, 404],
      [`GET session/${session}/stream`, 200],
      [`PUT session/${session}/stream`, 200, { items: [{ id: stream, layoutClassList: ['full'] }] }],
      [`POST session/${session}/stream/${stream}/mute`, 200],
      [`POST session/${session}/mute`, 200, { active: true, excludedStreamIds: [] }],
      [`DELETE session/${session}/connection/${client.id}`, 204],
      [`DELETE session/${session}/connection/none`, 404],
      ['GET callback', 200],
      [`DELETE callback/${String(callback)}`, 204],
      [`DELETE callback/${String(callback)}`, 404],
    ]
    const statuses: [string, number][] = []
    for (const [line, , body] of calls) statuses.push([line, (await call(line, body)).status])
    expect(statuses).toEqual(calls.map(([line, status]) => [line, status]))
  })

  it('are answered with 204 and nothing, not even a type, where there is nothing to say', async () => {
    const { app, sdk } = await newApp(current())
    const session = await newSession(sdk)
    const client = await join(current(), app, session)
    for (const line of [`POST session/${session}/signal`, `DELETE session/${session}/connection/${client.id}`]) {
      const { status, headers, text } = await rawCall(current(), app, line.replace(' ', ' /v2/project/:key/'))
      expect([status, headers.get('content-type'), text]).toEqual([204, null, ''])
    }
  })

  it.each([
    'broadcast',
    'broadcast/1/stop',
    'dial',
    'captions',
    'render',
    'render/1',
    'connect',
    'session/1/play-dtmf',
    'session/1/connection/2/play-dtmf',
  ])('%s says that it is not served', async (path) => {
    const { app } = await newApp(current())
    const name = path.split('/').find((part) => ['play-dtmf'].includes(part)) ?? path.split('/')[0]
    for (const method of ['GET', 'POST', 'DELETE'])
      expect(await failure(app, `${method} /v2/project/:key/${path}`, {})).toBe(
        `501 This server does not serve ${name}.`,
      )
  })
})
