import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { App } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { appWith } from '../services/realtime.ts'
import { onEverySnapper } from '../services/snapper.ts'
import { authFrame, consumer, inAnHour, newUser, producer, rawProducer, tokenOf } from '../services/snapper-clients.ts'

const text = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }) as string

function signedWith(key: KeyObject, alg: 'RS256' | 'ES256', claims: object): string {
  const signed = `${text({ alg })}.${text({ exp: inAnHour(), ...claims })}`
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

onEverySnapper('tokens of Snapper', (current) => {
  const app = () => current().apps[0]!
  const node = () => current().pair[0]
  const publicKeys = [pem(rsa.publicKey), pem(p256.publicKey)]

  async function admits(token: string): Promise<boolean> {
    const raw = await rawProducer(node())
    raw.write(authFrame(token))
    const [answer] = await raw.hears(1)
    return (answer as { result?: string }).result === 'OK'
  }

  it('are signed with any secret of the app, or of any app', async () => {
    const secrets = ['the old one', 'the new one'].map((secret, id) => ({ id, secret, createdAt: 0 }))
    const rotated = appWith({}, { id: 7, key: 'rotated', secrets })
    const disabled = appWith(
      {},
      { id: 8, key: 'disabled', secrets: [{ ...secrets[0]!, secret: 'off' }], enabled: false },
    )
    current().apps.push(rotated, disabled)
    for (const { secret } of secrets) expect(await admits(tokenOf(rotated, {}, secret))).toBe(true)
    expect(await admits(tokenOf(app(), {}))).toBe(true)
    expect(await admits(tokenOf(disabled, {}))).toBe(false)
    const official = producer(node(), rotated, { secretKeys: ['the new one'] })
    const user = newUser()
    const ours = await consumer(node(), tokenOf(rotated, { userId: user }, 'the old one'))
    const others = await consumer(node(), tokenOf(app(), { userId: user }))
    await official.request('publish', [[`user${user}`, 'ours alone']])
    await waitFor(() => ours.messages().length === 1)
    expect(others.messages()).toEqual([])
    rotated.enabled = false
    await expect(official.request('publish', ['a', 'b'])).rejects.toBeInstanceOf(Error)
  })

  it('are signed with registered keys, each with its own algorithm', async () => {
    current().apps.push(appWith({ publicKeys }, { id: 9, key: 'keys', secrets: [] }))
    expect(await admits(signedWith(rsa.privateKey, 'RS256', {}))).toBe(true)
    expect(await admits(signedWith(p256.privateKey, 'ES256', {}))).toBe(true)
    expect(await admits(signedWith(rsa.privateKey, 'ES256', {}))).toBe(false)
    expect(await admits(signedWith(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'RS256', {}))).toBe(
      false,
    )
    const mistaken = `${text({ alg: 'HS256' })}.${text({ exp: inAnHour() })}`
    const forged = `${mistaken}.${createHmac('sha256', publicKeys[0]!).update(mistaken).digest('base64url')}`
    expect(await admits(forged)).toBe(false)
  })

  describe('are refused', () => {
    const body = (claims: object) => text({ exp: inAnHour(), userId: newUser(), ...claims })
    const bad: [string, (of: App) => string][] = [
      ['when they are none', () => 'nonsense'],
      ['when they are empty', () => ''],
      ['without a signature', () => `${text({ alg: 'none' })}.${body({})}.`],
      ['with a forged one', () => `${text({ alg: 'HS256' })}.${body({})}.${'A'.repeat(43)}`],
      ['of another secret', (of) => tokenOf(of, { userId: newUser() }, 'somebody else’s')],
      ['that have expired', (of) => tokenOf(of, { userId: newUser(), exp: 1_000_000_000 })],
      ['that never expire', (of) => tokenOf(of, { userId: newUser(), exp: undefined })],
      ['that expire at no whole second', (of) => tokenOf(of, { userId: newUser(), exp: inAnHour() + 0.5 })],
      ['with a critical header', () => `${text({ alg: 'HS256', crit: ['b64'], b64: false })}.${body({})}.AAAA`],
    ]

    it.each(bad)('%s: from a producer, with 401 and the end', async (_, make) => {
      const raw = await rawProducer(node())
      raw.write(authFrame(make(app())) + authFrame('never looked at'))
      const [answer] = await raw.hears(1)
      expect(answer).toMatchObject({ id: 'auth', error: { message: 'Unauthorized', code: 401 } })
      expect((answer as { error: { data: string } }).error.data).toMatch(/^Error: /)
      await raw.ended()
      expect(raw.frames()).toHaveLength(1)
    })

    const badForConsumers: typeof bad = [
      ...bad,
      ['of nobody', (of) => tokenOf(of, {})],
      ['of an empty user', (of) => tokenOf(of, { userId: '' })],
      ['of a user that is too long', (of) => tokenOf(of, { userId: 'x'.repeat(256) })],
      ['of a user that is no text', (of) => tokenOf(of, { userId: 5 })],
    ]

    it.each(badForConsumers)('%s: from a consumer, with 400 and code 3', async (_, make) => {
      const query = new URLSearchParams({ EIO: '3', transport: 'polling', token: make(app()) })
      const response = await fetch(`${node().url}/websocket/?${query.toString()}`, {
        headers: { origin: 'https://example.com' },
      })
      expect([response.status, await response.json()]).toEqual([400, { code: 3, message: 'Bad request' }])
      expect(response.headers.get('access-control-allow-origin')).toBe('https://example.com')
    })
  })

  it('a WebSocket that is refused is answered over HTTP', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${node().port}/websocket/?EIO=3&transport=websocket&token=nonsense`)
    const answer = await new Promise((resolve) => {
      socket.on('error', () => {})
      socket.on('unexpected-response', (_, response) => {
        response.setEncoding('utf8').on('data', (body: string) => resolve([response.statusCode, body]))
      })
    })
    expect(answer).toEqual([400, '{"code":3,"message":"Bad request"}'])
  })

  it('the official producer hears of it, and stays away', async () => {
    const refused = producer(node(), app(), { secretKeys: ['wrong'] })
    const closed = new Promise((resolve) => {
      refused.client.on('close', resolve)
    })
    await closed
    expect(refused.errors).toMatchObject([{ code: 401 }])
  })
})
