import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Address, type AddressBook, RetryableError } from '@carillon/contract'
import sendpush from '@carillon/sender-push'
import {
  createSender,
  exampleAddress,
  examplePusher,
  fakeProvider,
  pushFor,
  type PushOverrides,
} from '@carillon/testkit'
import { jwtVerify } from 'jose'
import { describe, expect, it, onTestFinished } from 'vitest'
import { emptyFolder } from '../services/carillon.ts'
import type { Http2Reply } from '../services/http2-server.ts'
import { serviceAccount } from '../services/push-credentials.ts'
import { fakeFcm, fcmError, type Script } from '../services/push-providers.ts'

const TOKEN = 'dGhpcyBpcyBhIHRva2Vu:APA91bExampleOfATokenOfFirebase'
const account = serviceAccount()
const address = (fields: Partial<Address> = {}) =>
  exampleAddress({ id: '7', token: TOKEN, target: '', seenAt: 1000, ...fields })

async function fakeGoogle() {
  const google = await fakeProvider({ body: { access_token: 'ya29.token', expires_in: 3599, token_type: 'Bearer' } })
  onTestFinished(() => google.close())
  return google
}

async function stage(script: Script = {}, credentials = JSON.stringify(account.json)) {
  const fcm = await fakeFcm(script)
  const google = await fakeGoogle()
  const changes: unknown[][] = []
  const addresses: AddressBook = {
    remove: async (...call) => void changes.push(['remove', ...call]),
    disable: async (...call) => void changes.push(['disable', ...call]),
    change: async (...call) => void changes.push(['change', ...call]),
  }
  const env = { FCM_CREDENTIALS: credentials, FCM_BASE_URL: fcm.url, FCM_TOKEN_URL: `${google.url}/token` }
  const sender = await createSender(sendpush, env, { addresses })
  onTestFinished(() => sender.close?.())
  const send = async (overrides: PushOverrides = {}) =>
    sender.send(await pushFor(sender, { id: '12', data: { title: 'Hello' }, addresses: [address()], ...overrides }))
  return { fcm, google, changes, send }
}

const failure = (outcome: Promise<unknown>) => outcome.catch((error: unknown) => error as RetryableError)

describe('a message', () => {
  it('has the fields of the push for each platform', async () => {
    const { fcm, send } = await stage()
    const data = {
      title: 'Hello {{ pusher.nickname }}',
      body: 'Text',
      url: 'https://example.com/{{ pusher.id }}',
      image: 'https://example.com/a.png',
      icon: 'ic_bell',
      badge: 3,
      collapse: 'news',
      ttl: 60,
      priority: 'normal',
      data: { order: '7' },
      fcm: { android: { notification: { channel_id: 'for {{ pusher.id }}' } } },
    }
    expect(await send({ data })).toMatchObject({ done: true, messageId: 'projects/my-project/messages/1' })
    const [{ path, headers, body }] = fcm.calls as [(typeof fcm.calls)[number]]
    expect(path).toBe('/v1/projects/my-project/messages:send')
    expect(headers).toMatchObject({ authorization: 'Bearer ya29.token', 'content-type': 'application/json' })
    expect(JSON.parse(body)).toEqual({
      message: {
        token: TOKEN,
        notification: { title: 'Hello Lupino', body: 'Text', image: 'https://example.com/a.png' },
        data: { url: 'https://example.com/lupino', order: '7' },
        android: {
          priority: 'NORMAL',
          ttl: '60s',
          collapse_key: 'news',
          notification: { tag: 'news', icon: 'ic_bell', notification_count: 3, channel_id: 'for lupino' },
        },
        apns: {
          headers: {
            'apns-priority': '5',
            'apns-push-type': 'alert',
            'apns-collapse-id': 'news',
            'apns-expiration': expect.stringMatching(/^\d{10}$/) as string,
          },
          payload: { aps: { sound: 'default', badge: 3 } },
        },
        webpush: {
          headers: { Urgency: 'normal', TTL: '60' },
          notification: { tag: 'news', icon: 'ic_bell' },
          fcm_options: { link: 'https://example.com/lupino' },
        },
      },
    })
  })

  it('goes to an installation id as such', async () => {
    const { fcm, send } = await stage()
    const fid = 'cX2b-9_aBcDeFgHiJkLmNo'
    await send({ addresses: [address({ token: fid }), address({ id: '8' })] })
    const targets = fcm.calls.map(
      ({ body }) => (JSON.parse(body) as { message: { fid?: string; token?: string } }).message,
    )
    expect(new Set(targets.map(({ fid: id, token }) => id ?? token))).toEqual(new Set([fid, TOKEN]))
    expect(targets.find(({ fid: id }) => id === fid)).not.toHaveProperty('token')
  })

  it('replaces its own first send on the screen, and takes none of the four collapse keys of a device', async () => {
    const { fcm, send } = await stage()
    await send({ data: { title: 'Hello', icon: 'https://example.com/i.png', url: 'app://x' } })
    const { message } = JSON.parse(fcm.calls[0]!.body) as { message: Record<string, unknown> }
    expect(message['android']).toEqual({ priority: 'HIGH', notification: { tag: '12' } })
    expect(message['webpush']).toEqual({
      headers: { Urgency: 'high' },
      notification: { tag: '12', icon: 'https://example.com/i.png' },
    })
  })

  it('shows nothing when it is silent', async () => {
    const { fcm, send } = await stage()
    await send({ data: { silent: true, data: { sync: 'all' } } })
    const { message } = JSON.parse(fcm.calls[0]!.body) as { message: Record<string, unknown> }
    expect(message).not.toHaveProperty('notification')
    expect(message['android']).toEqual({ priority: 'HIGH' })
    expect(message['apns']).toMatchObject({
      headers: { 'apns-priority': '5', 'apns-push-type': 'background' },
      payload: { aps: { 'content-available': 1 } },
    })
  })

  it('is given up where it is too large, with its size', async () => {
    const { fcm, send } = await stage()
    const pusher = examplePusher({ attributes: { long: 'x'.repeat(4200) } })
    expect(await send({ data: { title: '{{ pusher.attributes.long }}' }, pusher })).toMatchObject({
      giveUp: expect.stringMatching(/the payload has 4\d\d\d bytes, and FCM takes 4096/) as string,
    })
    expect(fcm.calls).toEqual([])
  })
})

describe('an answer of FCM', () => {
  const about = (errorCode: string) => ({ errorCode })
  it.each([
    ['404 UNREGISTERED', fcmError(404, 'NOT_FOUND', about('UNREGISTERED')), 'removed', 'remove'],
    [
      '400 about the token',
      fcmError(400, 'INVALID_ARGUMENT', { errorCode: 'INVALID_ARGUMENT', fields: ['message.token'] }),
      'removed',
      'remove',
    ],
    [
      '400 about the token, an installation id',
      fcmError(400, 'INVALID_ARGUMENT', { errorCode: 'INVALID_ARGUMENT', fields: ['message.fid'] }),
      'removed',
      'remove',
    ],
    [
      '400 about the registration token',
      fcmError(400, 'INVALID_ARGUMENT', {
        errorCode: 'INVALID_ARGUMENT',
        message: 'The registration token is not a valid FCM registration token',
      }),
      'removed',
      'remove',
    ],
    [
      '400 about the data',
      fcmError(400, 'INVALID_ARGUMENT', { fields: ['message.data[0].value'] }),
      'gaveUp',
      undefined,
    ],
    [
      '400 about the size',
      fcmError(400, 'INVALID_ARGUMENT', { errorCode: 'INVALID_ARGUMENT', message: 'Android message is too big' }),
      'gaveUp',
      undefined,
    ],
    ['403 SENDER_ID_MISMATCH', fcmError(403, 'PERMISSION_DENIED', about('SENDER_ID_MISMATCH')), 'disabled', 'disable'],
  ])('of %s ends it', async (_, reply, outcome, change) => {
    const { fcm, changes, send } = await stage({ [TOKEN]: [reply] })
    expect(await send()).toMatchObject({
      giveUp: expect.stringContaining(`FCM answered ${reply.status}`) as string,
      addresses: [{ outcome }],
    })
    expect(changes.map(([what]) => what)).toEqual(change ? [change] : [])
    expect(fcm.calls).toHaveLength(1)
  })

  const pause = (least: number, most: number) =>
    expect.toSatisfy((after: number) => after >= least && after <= most) as number
  const withHeader = (reply: Http2Reply, seconds: string) => ({ ...reply, headers: { 'retry-after': seconds } })
  it.each([
    ['404 of an unknown project', fcmError(404, 'NOT_FOUND'), { needsOperator: true }],
    ['401', fcmError(401, 'UNAUTHENTICATED'), { needsOperator: true, outage: 'HTTP 401' }],
    ['401 of the APNs key', fcmError(401, 'UNAUTHENTICATED', about('THIRD_PARTY_AUTH_ERROR')), { needsOperator: true }],
    ['403 without rights', fcmError(403, 'PERMISSION_DENIED'), { needsOperator: true }],
    [
      '429 without a time',
      fcmError(429, 'RESOURCE_EXHAUSTED', about('QUOTA_EXCEEDED')),
      { after: pause(59, 60), sent: 'no' },
    ],
    ['429 with a time', withHeader(fcmError(429, 'RESOURCE_EXHAUSTED'), '90'), { after: pause(89, 90) }],
    ['429 with a short time', withHeader(fcmError(429, 'RESOURCE_EXHAUSTED'), '1'), { after: pause(9.9, 10) }],
    ['500', fcmError(500, 'INTERNAL', about('INTERNAL')), { after: pause(10, 15), outage: 'HTTP 500', sent: 'no' }],
    ['503 with a time', withHeader(fcmError(503, 'UNAVAILABLE'), '30'), { after: pause(29, 30) }],
    ['503 with a short time', withHeader(fcmError(503, 'UNAVAILABLE'), '2'), { after: pause(9.9, 10) }],
    ['502 of a gateway', { status: 502, body: '<html>' }, { sent: 'maybe' }],
    ['520 of a proxy', { status: 520, body: '<html>' }, { sent: 'maybe' }],
  ])('of %s is tried again', async (_, reply, expected) => {
    const { changes, send } = await stage({ [TOKEN]: [reply] })
    const error = await failure(send())
    expect(error).toBeInstanceOf(RetryableError)
    expect(error).toMatchObject(expected)
    expect(changes).toEqual([])
  })

  it('of an error is waited for longer with each attempt', async () => {
    const { send } = await stage({ [TOKEN]: [fcmError(500, 'INTERNAL')] })
    const error = (await failure(send({ attempt: 3 }))) as RetryableError
    expect(error.after).toBeGreaterThanOrEqual(39)
  })
})

describe('the access token', () => {
  it('is fetched once, with an assertion that the service account has signed', async () => {
    const { google, send } = await stage()
    await Promise.all([send(), send()])
    await send()
    expect(google.requests).toHaveLength(1)
    const form = new URLSearchParams(google.requests[0]!.body)
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')
    const { payload, protectedHeader } = await jwtVerify(form.get('assertion')!, account.publicKey, {
      issuer: account.json.client_email,
      audience: 'https://oauth2.googleapis.com/token',
    })
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-1' })
    expect(payload).toMatchObject({ scope: 'https://www.googleapis.com/auth/firebase.messaging' })
    expect(payload.exp! - payload.iat!).toBe(3600)
  })

  it('is fetched anew after FCM refused it', async () => {
    const { google, send } = await stage({ [TOKEN]: [fcmError(401, 'UNAUTHENTICATED'), {}] })
    await failure(send())
    await send()
    expect(google.requests).toHaveLength(2)
  })

  it.each([
    [
      'refuses the key',
      { status: 400, body: { error: 'invalid_grant' } },
      { needsOperator: true, message: 'fcm: Google gave no access token: HTTP 400' },
    ],
    ['is out of order', { status: 503 }, { needsOperator: false, outage: 'HTTP 503' }],
    ['hangs up', { fault: 'cut' as const }, { needsOperator: false }],
  ])('is waited for when Google %s', async (_, reply, expected) => {
    const { google, fcm, send } = await stage()
    google.answer(reply)
    expect(await failure(send())).toMatchObject({ ...expected, sent: 'no' })
    expect(fcm.calls).toEqual([])
  })
})

describe('the credentials', () => {
  it('are those of the project that is the target of the address', async () => {
    const other = serviceAccount('other-project')
    const { fcm, send } = await stage({}, `${JSON.stringify(account.json)},\n${JSON.stringify(other.json)}`)
    await send({ addresses: [address({ target: 'other-project' }), address({ id: '8' })] })
    expect(fcm.calls.map(({ path }) => path).toSorted()).toEqual([
      '/v1/projects/my-project/messages:send',
      '/v1/projects/other-project/messages:send',
    ])
    expect(await failure(send({ addresses: [address({ target: 'third' })] }))).toMatchObject({
      message: 'FCM_CREDENTIALS has no credentials for the project third',
      needsOperator: true,
    })
  })

  it('may be files', async () => {
    const folder = await emptyFolder()
    const files = [join(folder, 'a.json'), join(folder, 'b.json')] as const
    await writeFile(files[0], JSON.stringify(account.json))
    await writeFile(files[1], JSON.stringify(serviceAccount('b').json))
    const { fcm, send } = await stage({}, files.join(', '))
    await send({ addresses: [address({ target: 'b' })] })
    expect(fcm.calls[0]!.path).toContain('/projects/b/')
  })

  it.each([
    [(json: object) => ({ ...json, client_email: undefined }), 'has a service account without client_email'],
    [(json: object) => ({ ...json, project_id: '' }), 'has a service account without project_id'],
    [(json: object) => ({ ...json, private_key: 'x' }), 'has a service account whose private_key is not an RSA key'],
    [() => ({ type: 'external_account' }), 'has credentials without project_id'],
    [() => [1], 'cannot be read: ENOENT'],
  ])('are refused with a sentence that names the field (%#)', async (change, sentence) => {
    const env = { FCM_CREDENTIALS: JSON.stringify(change(account.json)) }
    await expect(createSender(sendpush, env)).rejects.toThrow(`FCM_CREDENTIALS: ${sentence}`)
  })

  it('of one project twice are refused, and text that is no JSON', async () => {
    const json = JSON.stringify(account.json)
    await expect(createSender(sendpush, { FCM_CREDENTIALS: `${json},${json}` })).rejects.toThrow('two credentials for')
    await expect(createSender(sendpush, { FCM_CREDENTIALS: '{"type"' })).rejects.toThrow('is not valid JSON')
  })

  it('may be those of workload identity federation', async () => {
    const folder = await emptyFolder()
    const file = join(folder, 'subject-token')
    await writeFile(file, 'subject')
    const sts = await fakeProvider({
      body: { access_token: 'ya29.token', expires_in: 3599, token_type: 'Bearer', issued_token_type: 'x' },
    })
    onTestFinished(() => sts.close())
    const json = {
      type: 'external_account',
      project_id: 'my-project',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${sts.url}/token`,
      credential_source: { file },
    }
    const { fcm, send } = await stage({}, JSON.stringify(json))
    expect(await send()).toMatchObject({ done: true })
    expect(fcm.calls[0]!.headers.authorization).toBe('Bearer ya29.token')
    expect(sts.requests[0]!.body).toContain('subject_token=subject')
  })
})
