import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { signUserToken, signV1, signV2 } from '@carillon/contract'
import { createSessionsClient } from '@carillon/client/sessions'
import { waitFor } from '@carillon/testkit'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { addressOf, carillon, usedFolder } from '../services/carillon.ts'
import { dial } from '../services/channels-socket.ts'
import { appWith } from '../services/realtime.ts'
import { authFrame, inAnHour, rawProducer, tokenOf } from '../services/snapper-clients.ts'

const app = appWith({}, { key: 'demo', secrets: [{ id: 1, secret: 'a secret of the app', createdAt: 0 }] })
const { secret } = app.secrets[0]!
const LIST = '/pusher/pushers/'
const USER_DATA = '{"id":"ann"}'
const MEMBER = '{"user_id":"ann"}'

const now = () => Math.floor(Date.now() / 1000)
const hmac = (algorithm: string, text: string) => createHmac(algorithm, secret).update(text).digest('hex')
const header = { 'x-app-key': app.key, 'x-request-nonce': 'n-1' }

interface Asked {
  event: string
  data: object
}

const subscribe = 'pusher:subscribe'
const onChannels: Record<string, Asked> = {
  'private channel': { event: subscribe, data: { channel: 'private-x' } },
  'presence channel': { event: subscribe, data: { channel: 'presence-x', channel_data: MEMBER } },
  user: { event: 'pusher:signin', data: { user_data: USER_DATA } },
}

/** All that is signed with an app's secret, and the doors that it opens. */
it('each kind of token opens its own doors, and no other', { timeout: 180_000 }, async () => {
  const env = { APP_KEY: app.key, APP_SECRET: secret }
  const server = await carillon(['start', '--port', '0'], env, await usedFolder())
  const url = await addressOf(server)
  const [, producers] = await server.says(/Snapper: producers connect to 127\.0\.0\.1:(\d+)/)
  const sessions = createSessionsClient({ url, key: app.key, secret })
  onTestFinished(() => sessions.close())
  const session = await sessions.createSession()
  const port = Number(new URL(url).port)
  const time = String(now())

  const client = { iss: app.key, ist: 'project', iat: now(), scope: 'session.connect', session_id: session.id }
  // Those of Channels are for one connection.
  const tokens: Record<string, [token: string | ((socketId: string) => string), opens: string[]]> = {
    'of a producer': [tokenOf(app, { id: 'shop' }), ['Snapper producer']],
    'of a consumer': [tokenOf(app, { userId: 'ann', source: 'web' }), ['Snapper consumer']],
    'of a consumer with the name of stats': [tokenOf(app, { userId: 'ann', name: 'snapper' }), ['Snapper consumer']],
    'for stats': [tokenOf(app, { name: 'snapper' }), ['Snapper stats']],
    'of a project': [tokenOf(app, { iss: app.key, ist: 'project', iat: now() }), ['session REST']],
    'of a subscriber': [tokenOf(app, { ...client, role: 'subscriber' }), ['session socket']],
    'of a publisher': [session.token('publisher'), ['session socket']],
    'of a moderator': [session.token('moderator'), ['session socket']],
    'of a subscriber, T1': [t1(session.id), ['session socket']],
    'of a client who is a user too': [tokenOf(app, { ...client, userId: 'ann' }), []],
    'of a project that is a user too': [tokenOf(app, { iss: app.key, ist: 'project', userId: 'ann' }), []],
    'of a client without a session': [tokenOf(app, { ...client, session_id: undefined }), []],
    'that never expires': [tokenOf(app, { id: 'shop', exp: undefined }), []],
    'that expired': [tokenOf(app, { id: 'shop', exp: now() - 1 }), []],
    'of no algorithm': [unsigned({ id: 'shop', ...client, userId: undefined }), []],
    'of another algorithm': [signed({ alg: 'HS512' }, { id: 'shop' }, 'sha512'), []],
    'with a critical header': [signed({ alg: 'HS256', crit: ['exp'] }, { id: 'shop' }), []],
    'with a critical header, of a client': [signed({ alg: 'HS256', crit: ['exp'] }, client), []],
    'of a project, far ahead': [tokenOf(app, { iss: app.key, ist: 'project', exp: inAnHour() + 259_200 }), []],
    'of a client, far ahead': [tokenOf(app, { ...client, exp: now() + 31 * 86_400 }), []],
    'for a private channel': [(id) => hmac('sha256', `${id}:private-x`), ['private channel']],
    'for a presence channel': [(id) => hmac('sha256', `${id}:presence-x:${MEMBER}`), ['presence channel']],
    'for a user': [(id) => hmac('sha256', `${id}::user::${USER_DATA}`), ['user']],
    'for the Channels API': [hmac('sha256', `GET\n/apps/1/channels\n${channelsQuery(time)}`), ['Channels API']],
    'of a v1 request': [signV1(secret, { app_key: app.key, timestamp: time, path: LIST }), ['v1']],
    'of a v2 request': [v2(time), ['v2']],
    'of a user': [signUserToken({ key: app.key, secret, pusher: 'ann', now: now() }).token, ['user routes']],
    'of a user, of no algorithm': [unsigned({ sub: 'ann', scope: ['addresses'] }, app.key), []],
    'of a user without a kid': [tokenOf(app, { sub: 'ann', scope: ['addresses'] }), []],
    'of a client, with the kid of a user': [
      signed({ alg: 'HS256', kid: app.key }, { ...client, sub: 'ann' }),
      ['session socket'],
    ],
    'of nobody': ['', []],
  }
  const doors: Record<string, (token: string) => Promise<boolean>> = {
    'Snapper producer': (token) => signsIn(Number(producers), token),
    'Snapper consumer': (token) => ok(`${url}/websocket/?EIO=3&transport=polling&token=${encodeURIComponent(token)}`),
    'Snapper stats': (token) => ok(`${url}/stats?token=${encodeURIComponent(token)}`),
    'session REST': (token) => ok(`${url}/v2/project/${app.key}/archive`, { 'x-opentok-auth': token }),
    'session REST by a pair': (token) =>
      ok(`${url}/v2/project/${app.key}/archive`, { 'x-tb-partner-auth': `${app.key}:${token}` }),
    'session socket': (token) => joins(`${url}/session/${session.id}?token=${encodeURIComponent(token)}`),
    'Channels API': (token) => ok(`${url}/apps/1/channels?${channelsQuery(time)}&auth_signature=${token}`),
    v1: (token) => ok(url + LIST, { ...header, 'x-request-time': time, 'x-request-signature': token }),
    v2: (token) =>
      ok(url + LIST, {
        ...header,
        'x-request-time': time,
        'x-signature-version': '2',
        'x-request-signature': token,
      }),
    'user routes': (token) => ok(`${url}/v1/me/push-key`, { authorization: `Bearer ${token}` }),
    'signed routes by a bearer': (token) => ok(url + LIST, { ...header, authorization: `Bearer ${token}` }),
    'GoPusher API': (token) =>
      ok(`${url}/api/${app.key}/listonlineuser`, { authorization: `Basic ${btoa(`${app.key}:${token}`)}` }),
    'administration of apps': (token) =>
      ok(`${url}/v1/apps`, { authorization: `Basic ${btoa(`${app.key}:${token}`)}` }),
    download: (token) =>
      ok(
        `${url}/v2/project/${app.key}/archive/00000000-0000-4000-8000-000000000000/events.jsonl?expires=9999999999&signature=${token}`,
      ),
  }

  for (const [name, [token, opens]] of Object.entries(tokens)) {
    const opened: string[] = []
    const tokenFor = (id: string) => (typeof token === 'string' ? token : token(id))
    for (const [door, open] of Object.entries(doors)) if (await open(tokenFor('1.1'))) opened.push(door)
    for (const [door, asked] of Object.entries(onChannels)) if (await isLetIn(port, tokenFor, asked)) opened.push(door)
    expect([name, opened]).toEqual([name, opens])
  }
})

function channelsQuery(time: string): string {
  return `auth_key=${app.key}&auth_timestamp=${time}&auth_version=1.0`
}

function v2(timestamp: string): string {
  return signV2(secret, { method: 'GET', pathAndQuery: LIST, timestamp, nonce: header['x-request-nonce'], body: '' })
}

function t1(sessionId: string): string {
  const data = new URLSearchParams({ session_id: sessionId, create_time: String(now()), role: 'subscriber' }).toString()
  return `T1==${btoa(`partner_id=${app.key}&sig=${hmac('sha1', data)}:${data}`)}`
}

function signed(head: object, claims: object, algorithm = 'sha256'): string {
  const parts = [head, { exp: inAnHour(), ...claims }].map((part) => Buffer.from(JSON.stringify(part)))
  const text = parts.map((part) => part.toString('base64url')).join('.')
  return `${text}.${createHmac(algorithm, secret).update(text).digest('base64url')}`
}

function unsigned(claims: object, kid?: string): string {
  return `${signed({ alg: 'none', kid }, claims).split('.').slice(0, 2).join('.')}.`
}

async function ok(url: string, headers: Record<string, string> = {}): Promise<boolean> {
  return (await fetch(url, { headers })).ok
}

async function signsIn(producers: number, token: string): Promise<boolean> {
  const raw = await rawProducer({ producers })
  raw.write(authFrame(token))
  const [answer] = await raw.hears(1)
  raw.socket.destroy()
  return (answer as { result?: string }).result === 'OK'
}

async function joins(url: string): Promise<boolean> {
  const joining = new WebSocket(url.replace('http:', 'ws:'))
  const [first] = await Promise.race([once(joining, 'message'), once(joining, 'close')])
  joining.terminate()
  return typeof first !== 'number'
}

async function isLetIn(port: number, tokenFor: (socketId: string) => string, { event, data }: Asked): Promise<boolean> {
  const socket = await dial({ port }, app)
  socket.send({ event, data: { ...data, auth: `${app.key}:${tokenFor(socket.id)}` } })
  const isAnswer = ({ event: heard }: { event: string }) => /succe|error/.test(heard)
  const answer = await waitFor(() => socket.heard.find(isAnswer), { what: `an answer to ${event}` })
  socket.end()
  return answer.event.includes('succe')
}
