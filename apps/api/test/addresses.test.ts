import { createECDH } from 'node:crypto'
import { createApi } from '@carillon/api'
import { describe, expect, it } from 'vitest'
import { discordWebhook, slackWebhook, teamsWebhook } from '../routes/webhook-rules.ts'
import { startApi } from './calls.ts'
import { exampleAddress, examplePusher, fakeParts } from './fakes.ts'

const PATH = '/v1/pushers/lupino/addresses'
const APNS = '0a'.repeat(32)
const FCM = 'eH0fLhuiRj2Np7UQ-opXAm:APA91bGtC-wH4sgW1jWkMKIZf7FYkm_RTQb7Jid7DfSJnC'

const ecdh = createECDH('prime256v1')
ecdh.generateKeys()
const p256dh = ecdh.getPublicKey('base64url')
const auth = Buffer.alloc(16, 7).toString('base64url')
const endpoint = 'https://push.example.com/send/a1B2c3'
const subscription = { endpoint, expirationTime: null, keys: { p256dh, auth } }
const offTheCurve = Buffer.from(p256dh, 'base64url').fill(1, 60)

/** PUT with a JSON body. */
async function put(fields: object, parts = fakeParts()) {
  const response = await createApi(parts).request(PATH, {
    method: 'PUT',
    body: JSON.stringify(fields),
    headers: { 'content-type': 'application/json' },
  })
  return { status: response.status, json: await response.json() }
}

describe('PUT /v1/pushers/{id}/addresses', () => {
  it('registers, and shows no whole token', async () => {
    const { call, calls } = startApi()
    const fields = {
      kind: 'apns',
      token: APNS.toUpperCase(),
      environment: 'sandbox',
      platform: 'ios',
      target: 'org.app',
    }
    const more = { locale: 'de', timezone: 'Europe/Berlin', label: 'iPhone von Ann' }
    const { status, json } = await call('PUT', PATH, { ...fields, ...more })
    expect(calls).toEqual([['registerAddress', { app: 1, pusher: 'lupino', ...fields, ...more, token: APNS }]])
    const { token: _token, disabledAt: _at, reason: _reason, ...shown } = exampleAddress(fields as never)
    expect({ status, json }).toEqual({
      status: 200,
      json: { address: { ...shown, ...more, address: '…0a0a0a', blocked: [] } },
    })
  })

  it.each([
    ['fcm', FCM, FCM],
    ['fcm', 'c'.repeat(22), 'c'.repeat(22)],
    ['apns', 'AB'.repeat(100), 'ab'.repeat(100)],
    ['slack', 'https://hooks.slack.com/services/T0/B0/x', 'https://hooks.slack.com/services/T0/B0/x'],
    ['slack', 'C0123ABCDEF', 'C0123ABCDEF'],
    ['slack', 'U0123ABCD', 'U0123ABCD'],
    ['discord', 'HTTPS://Discord.com/api/webhooks/1/x', 'https://discord.com/api/webhooks/1/x'],
    ['slack', 'https://hooks.slack.com/triggers/T0/1/x', 'https://hooks.slack.com/triggers/T0/1/x'],
    [
      'discord',
      'https://ptb.discord.com/api/v10/webhooks/1/x-_Y?thread_id=1',
      'https://ptb.discord.com/api/v10/webhooks/1/x-_Y?thread_id=1',
    ],
    [
      'teams',
      'https://94.4a.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/x/triggers/manual/paths/invoke?sig=y',
      'https://94.4a.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/x/triggers/manual/paths/invoke?sig=y',
    ],
    ['teams', 'https://prod-1.logic.azure.com/workflows/x?sig=y', 'https://prod-1.logic.azure.com/workflows/x?sig=y'],
    ['telegram', '-1001234567890', '-1001234567890'],
    ['telegram', '@carillon', '@carillon'],
  ])('takes a token of %s: %s', async (kind, token, stored) => {
    const { call, calls } = startApi()
    expect(await call('PUT', PATH, { kind, token, label: '', environment: '' })).toMatchObject({ status: 200 })
    expect(calls).toMatchObject([['registerAddress', { kind, token: stored }]])
  })

  it.each([
    ['as JSON', subscription],
    ['as text', JSON.stringify(subscription)],
    [
      'with keys in base64',
      {
        endpoint,
        keys: { p256dh: ecdh.getPublicKey('base64'), auth: Buffer.alloc(16, 7).toString('base64') },
      },
    ],
  ])('takes a subscription %s', async (_how, given) => {
    const parts = fakeParts()
    expect(await put({ kind: 'webpush', subscription: given }, parts)).toMatchObject({
      status: 200,
      json: { address: { kind: 'webpush', address: '…a1B2c3' } },
    })
    const token = JSON.stringify({ endpoint, keys: { p256dh, auth } })
    expect(parts.calls).toEqual([['registerAddress', { app: 1, pusher: 'lupino', kind: 'webpush', token }]])
  })

  const kinds = 'fcm, apns, webpush, slack, discord, telegram, teams'
  const key = 'subscription.keys.p256dh must be a public key on P-256: 65 bytes, uncompressed, in base64url'
  const hex = 'token must be a device token in hex, such as 740f4707bebcf74f…'
  const none = 'token is missing: perhaps the app has no device token yet'
  const expo = "token is Expo's: register what getDevicePushTokenAsync() returns instead"
  const chat = 'token must be the id of a chat, or an @name'
  const hook = `token must be ${slackWebhook.must}`
  const discord = `token must be ${discordWebhook.must}`
  const teams = `token must be ${teamsWebhook.must}`
  const shortened = 'token is shortened: "…" stands for the rest of it, so copy the whole'
  const privately = 'must not point at a private address; ALLOW_PRIVATE_HOOKS=1 allows that'
  const withKeys = (more: object) => ({ kind: 'webpush', subscription: { endpoint, keys: { p256dh, auth, ...more } } })
  const at = (place: string) => ({ kind: 'webpush', subscription: { ...subscription, endpoint: place } })
  const fcm = { kind: 'fcm', token: FCM }

  it.each<[object, string]>([
    [{}, 'kind is required'],
    [{ kind: 'mail', token: 'x' }, `kind must be one of ${kinds}`],
    [{ kind: 'slack' }, 'token is required'],
    [{ kind: 'fcm' }, none],
    [{ kind: 'fcm', token: '' }, none],
    [{ kind: 'apns', token: null }, none],
    [{ kind: 'fcm', token: 7 }, 'token must be text'],
    [
      { kind: 'fcm', token: 'too short' },
      'token must be a registration token of FCM, such as eH0fLhuiRj2Np7UQ-opXAm:APA91b…',
    ],
    [{ kind: 'fcm', token: APNS }, "token is Apple's: register it with the kind apns"],
    [{ kind: 'fcm', token: 'ExponentPushToken[xxxxxxxxxxxxxxxxxxxxxx]' }, expo],
    [{ kind: 'apns', token: 'ExpoPushToken[xxxxxxxxxxxxxxxxxxxxxx]' }, expo],
    [{ kind: 'fcm', token: 'x'.repeat(4097) }, 'token must be at most 4096 characters'],
    [{ kind: 'fcm', token: `${FCM}\n` }, 'token must not contain control characters'],
    [{ ...fcm, subscription }, 'subscription is only for the kind webpush'],
    [{ ...fcm, environment: 'sandbox' }, 'environment is only for the kind apns'],
    [{ kind: 'apns', token: APNS, environment: 'test' }, 'environment must be production or sandbox'],
    [{ kind: 'apns', token: 'zz'.repeat(32) }, hex],
    [{ kind: 'apns', token: 'abc' }, hex],
    [{ kind: 'webpush' }, 'subscription is required'],
    [{ kind: 'webpush', token: 'x', subscription }, 'token is not for the kind webpush, which has a subscription'],
    [
      { kind: 'webpush', subscription: 'x' },
      'subscription must be what PushSubscription.toJSON() returns, as a JSON object',
    ],
    [{ kind: 'webpush', subscription: { endpoint } }, 'subscription.keys is required'],
    [{ kind: 'webpush', subscription: { keys: { p256dh, auth } } }, 'subscription.endpoint is required'],
    [withKeys({ auth: undefined }), 'subscription.keys.auth is required'],
    [withKeys({ auth: 7 }), 'subscription.keys.auth must be text'],
    [withKeys({ auth: p256dh }), 'subscription.keys.auth must be 16 bytes in base64url'],
    [withKeys({ p256dh: 'hello!' }), key],
    [withKeys({ p256dh: auth }), key],
    [withKeys({ p256dh: offTheCurve.toString('base64url') }), key],
    [withKeys({ p256dh: ecdh.getPublicKey('base64url', 'compressed') }), key],
    [at('http://push.example.com/x'), 'subscription.endpoint must be an https URL; ALLOW_PRIVATE_HOOKS=1 allows http'],
    [at('ftp://push.example.com/x'), 'subscription.endpoint must be an https URL'],
    [at('push'), 'subscription.endpoint must be an https URL'],
    [at('https://127.0.0.1/x'), `subscription.endpoint ${privately}`],
    [at('https://[::ffff:10.0.0.1]/x'), `subscription.endpoint ${privately}`],
    [at('https://0x7f.1/x'), `subscription.endpoint ${privately}`],
    [at('https://push.localhost/x'), `subscription.endpoint ${privately}`],
    [at(`https://push.example.com/${'x'.repeat(2048)}`), 'subscription.endpoint must be at most 2048 characters'],
    [{ kind: 'slack', token: 'general' }, hook],
    [
      { kind: 'slack', token: 'http://hooks.slack.com/x' },
      'token must be an https URL; ALLOW_PRIVATE_HOOKS=1 allows http',
    ],
    [{ kind: 'discord', token: 'https://192.168.0.1/x' }, `token ${privately}`],
    [{ kind: 'teams', token: 'C0123ABCDEF' }, teams],
    [{ kind: 'slack', token: 'https://example.com/x' }, hook],
    [{ kind: 'slack', token: 'https://app.slack.com/client/T0/C0' }, hook],
    [{ kind: 'slack', token: 'https://hooks.slack.com/' }, hook],
    [{ kind: 'slack', token: 'https://hooks.slack.com/services/…' }, shortened],
    [{ kind: 'telegram', token: '…01' }, shortened],
    [{ kind: 'discord', token: 'https://discord.com/channels/123/456' }, discord],
    [{ kind: 'discord', token: 'https://discord.com/api/webhooks/123' }, discord],
    [{ kind: 'discord', token: 'https://discord.com.example.com/api/webhooks/1/x' }, discord],
    [{ kind: 'teams', token: 'https://teams.microsoft.com/l/channel/x' }, teams],
    [
      { kind: 'teams', token: 'https://contoso.webhook.office.com/webhookb2/x' },
      `token ${teamsWebhook.ended!.instead}`,
    ],
    [{ kind: 'telegram', token: 'ann' }, chat],
    [{ kind: 'telegram', token: '0' }, chat],
    [{ ...fcm, timezone: 'Mars' }, 'timezone must be a time zone such as Asia/Shanghai: a name of the IANA list'],
    [{ ...fcm, locale: 'en_US' }, 'locale must be a language tag such as zh-CN; did you mean en-US?'],
    [{ ...fcm, locale: '??' }, 'locale must be a language tag such as zh-CN'],
    [{ ...fcm, label: 'x'.repeat(256) }, 'label must be at most 255 characters'],
    [{ ...fcm, target: 'a\0' }, 'target must not contain control characters'],
    [{ ...fcm, platform: 'x'.repeat(65) }, 'platform must be at most 64 characters'],
  ])('refuses %j', async (fields, err) => {
    const parts = fakeParts()
    expect(await put(fields, parts)).toEqual({ status: 422, json: { err, code: 'invalid_field' } })
    expect(parts.calls).toEqual([])
  })

  it('takes places of one’s own network where that is allowed', async () => {
    const allowing = () => fakeParts({ allowPrivateHooks: true })
    expect(await put(at('http://127.0.0.1:9/x'), allowing())).toMatchObject({ status: 200 })
    expect(await put({ kind: 'discord', token: 'http://localhost:9/x' }, allowing())).toMatchObject({ status: 200 })
    const copiedByMistake = { kind: 'discord', token: 'https://discord.com/channels/123/456' }
    expect(await put(copiedByMistake, allowing())).toMatchObject({ status: 422 })
    expect(await put(at('ftp://127.0.0.1:9/x'), allowing())).toMatchObject({ status: 422 })
  })

  it('logs no token when the database fails', async () => {
    const parts = fakeParts()
    const failing = async () => {
      throw new Error(`Failed query: insert …\nparams: 1,${FCM}`, { cause: new Error(`value ${FCM} is too long`) })
    }
    const broken = { ...parts, addresses: { ...parts.addresses, register: failing } }
    const { status, json } = await put({ kind: 'fcm', token: FCM }, broken)
    expect(status).toBe(500)
    expect(parts.logged).toHaveLength(1)
    expect(JSON.stringify([json, parts.logged])).not.toContain(FCM)
  })

  it('of nobody is not found', async () => {
    const { call, calls } = startApi()
    const answer = await call('PUT', '/v1/pushers/nobody/addresses', { kind: 'fcm', token: FCM })
    expect(answer).toMatchObject({ status: 404, json: { code: 'pusher_not_found' } })
    expect(calls).toEqual([])
  })
})

describe('GET /v1/pushers/{id}/addresses', () => {
  it('lists all places, with what keeps messages from each', async () => {
    const parts = fakeParts({ phoneCountry: 'GB' })
    parts.stored.set('lupino', examplePusher({ email: 'Ann@Bücher.example', phoneNumber: '020 7183 8750' }))
    const { call, calls } = startApi(parts)
    const suppressed = { as: 'suppressed', sender: 'sendmail', suppression: '1', reason: 'hard bounce', since: 1.5 }
    const address = { target: '', environment: '', platform: '', locale: '', timezone: '', label: '' }
    const shown = { kind: 'fcm', address: '…a1B2c3', ...address, createdAt: 1.5, seenAt: 2.5 }
    const disabled = { as: 'disabled', reason: 'DeviceTokenNotForTopic', since: 3.5 }
    expect(await call('GET', PATH)).toEqual({
      status: 200,
      json: {
        addresses: [
          { id: '1', ...shown, blocked: [] },
          { id: '2', ...shown, blocked: [disabled] },
        ],
        mail: { address: 'Ann@Bücher.example', blocked: [suppressed] },
        phone: { address: '020 7183 8750', blocked: [suppressed] },
      },
    })
    expect(calls).toEqual([
      ['listAddresses', 1, 'lupino'],
      ['listSuppressions', 1, { address: 'Ann@xn--bcher-kva.example', size: 100 }],
      ['listSuppressions', 1, { address: '+442071838750', size: 100 }],
    ])
  })

  it('shows no email address and no phone number where there is none', async () => {
    expect(await startApi().call('GET', PATH)).toMatchObject({ status: 200, json: { mail: null, phone: null } })
  })

  it('of nobody is not found', async () => {
    const answer = await startApi().call('GET', '/v1/pushers/nobody/addresses')
    expect(answer).toMatchObject({ status: 404, json: { code: 'pusher_not_found' } })
  })
})

describe('DELETE /v1/pushers/{id}/addresses/{address}', () => {
  it.each([
    ['1', 200, { result: 'OK' }],
    ['7', 404, { err: 'pusher lupino has no address 7.', code: 'address_not_found' }],
    ['x', 422, { err: 'address must be the id of an address', code: 'invalid_field' }],
    ['1'.repeat(19), 422, { err: 'address must be the id of an address', code: 'invalid_field' }],
  ])('%s', async (id, status, json) => {
    expect(await startApi().call('DELETE', `${PATH}/${id}`)).toEqual({ status, json })
  })
})
