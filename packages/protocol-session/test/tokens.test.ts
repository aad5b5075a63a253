import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import jwt from 'jsonwebtoken'
import OpenTok from 'opentok'
import { describe, expect, it } from 'vitest'
import { createSessionId, keyOfSession } from '../session-id.ts'
import { type SessionGrant, may } from '../token.ts'
import { verifyToken } from '../token.ts'
import { appWith } from '../../../test/services/realtime.ts'

const app = appWith()
const { secret } = app.secrets[0]!
const DAY = 86_400
const now = Math.floor(Date.now() / 1000)
const session = createSessionId({ key: app.key, location: '', relayed: false })
const official = new OpenTok(app.key, secret)

function t1(fields: Record<string, string>, options: { secret?: string; partner?: string } = {}): string {
  const data = new URLSearchParams({ session_id: session, create_time: String(now), ...fields }).toString()
  const signature = createHmac('sha1', options.secret ?? secret)
    .update(data)
    .digest('hex')
  return `T1==${btoa(`partner_id=${options.partner ?? app.key}&sig=${signature}:${data}`)}`
}

function jwtWith(claims: object, key = secret, options: jwt.SignOptions = {}): string {
  const usual = {
    iss: app.key,
    ist: 'project',
    iat: now,
    exp: now + DAY,
    session_id: session,
    scope: 'session.connect',
  }
  return jwt.sign(JSON.parse(JSON.stringify({ ...usual, ...claims })) as object, key, options)
}

const verified = (token: string, at = now) => verifyToken(app, token, at)
const granted = async (token: string, at = now) => (await verified(token, at)) as SessionGrant
const refusal = async (token: string, at = now) => {
  const refused = await verified(token, at)
  return refused instanceof Error ? `${refused.status} ${refused.message}` : 'granted'
}

describe('a session id', () => {
  it.each([true, false])('says what SDKs read out of it, relayed %s', (relayed) => {
    const id = createSessionId({ key: '123456', location: '192.0.2.7', relayed })
    expect(id).toMatch(relayed ? /^1_[\w-]+$/ : /^2_[\w-]+$/)
    const fields = atob(id.slice(2).replaceAll('-', '+').replaceAll('_', '/')).split('~')
    expect(fields.slice(0, 3)).toEqual(['1', '123456', '192.0.2.7'])
    expect(Number(fields[3])).toBeGreaterThanOrEqual(now * 1000)
    expect(keyOfSession(id)).toBe('123456')
  })

  it.each(['a~b', '~', '1~2~~3~x~~', 'a/b:c'])('may be of an app whose key is %s', (key) => {
    expect(keyOfSession(createSessionId({ key, location: '192.0.2.7', relayed: true }))).toBe(key)
  })

  it.each(['', '\0', 'a\0', 'a b', 'ü'])('is never of an app whose key is %j', (key) => {
    expect(keyOfSession(createSessionId({ key, location: '', relayed: true }))).toBeUndefined()
  })

  it.each(['', '1_', '3_MX4x', `2_${btoa('2~key~~')}`, session.slice(2)])('is not %j', (text) => {
    expect(keyOfSession(text)).not.toBe(app.key)
  })
})

describe.each([
  ['T1', true],
  ['JWT', false],
])('a %s token of the official SDK', (_, isT1) => {
  it('says who the client is', async () => {
    const options = {
      role: 'moderator',
      data: 'name=李雷 & co',
      expireTime: now + 60,
      initialLayoutClassList: ['a', 'b'],
    } as const
    expect(
      await verified(official.generateToken(session, { ...options, initialLayoutClassList: ['a', 'b'] }, isT1)),
    ).toEqual({
      sessionId: session,
      role: 'moderator',
      connectionData: 'name=李雷 & co',
      expiresAt: now + 60,
      initialLayoutClassList: ['a', 'b'],
    })
  })

  it('admits a publisher for a day by default', async () => {
    const grant = await granted(official.generateToken(session, {}, isT1))
    expect(grant).toMatchObject({ role: 'publisher', connectionData: '', initialLayoutClassList: [] })
    expect(grant.expiresAt - now).toBeGreaterThanOrEqual(DAY)
    expect(grant.expiresAt - now).toBeLessThan(DAY + 60)
  })

  it('is not good after its time, nor with a secret that was retired', async () => {
    const token = official.generateToken(session, { expireTime: now + 60 }, isT1)
    expect(await refusal(token, now + 59)).toBe('granted')
    expect(await refusal(token, now + 60)).toBe('403 This token is not accepted: it has expired.')
    const rotated = { ...app, secrets: [{ id: 2, secret: 'another', createdAt: 0 }] }
    expect(await verifyToken(rotated, token, now)).toBeInstanceOf(Error)
    expect(await verifyToken({ ...app, secrets: [...rotated.secrets, ...app.secrets] }, token, now)).not.toBeInstanceOf(
      Error,
    )
  })

  it('is for the app of its session', async () => {
    const other = appWith({}, { key: 'other' })
    expect(await verifyToken(other, official.generateToken(session, {}, isT1), now)).toBeInstanceOf(Error)
  })

  it('is not good with any byte changed', async () => {
    const token = official.generateToken(session, { data: 'x' }, isT1)
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.integer({ min: 0, max: 127 }), async (place, code) => {
        const letter = String.fromCharCode(code)
        fc.pre(token[place] !== letter)
        expect(await refusal(token.slice(0, place) + letter + token.slice(place + 1))).toMatch(/^403 /)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a T1 token made elsewhere', () => {
  it('may have its fields in any order, spaces as + or %20, and neither role nor end', async () => {
    const data = `nonce=1&connection_data=a+b%20c&create_time=${now}&session_id=${session}`
    const signature = createHmac('sha1', secret).update(data).digest('hex')
    expect(await verified(`T1==${btoa(`partner_id=${app.key}&sig=${signature}:${data}`)}`)).toEqual({
      sessionId: session,
      role: 'publisher',
      connectionData: 'a b c',
      expiresAt: now + DAY,
      initialLayoutClassList: [],
    })
  })

  it('may have a colon in its data', async () => {
    const data = `session_id=${session}&create_time=${now}&connection_data=a:b`
    const signature = createHmac('sha1', secret).update(data).digest('hex')
    const token = `T1==${btoa(`partner_id=${app.key}&sig=${signature}:${data}`)}`
    expect((await granted(token)).connectionData).toBe('a:b')
  })

  it.each([
    ['another secret', t1({}, { secret: 'another' }), 'no secret of its app made its signature'],
    ['another partner', t1({}, { partner: 'other' }), 'its partner_id is not the key of the app'],
    [
      'no signature',
      `T1==${btoa(`partner_id=${app.key}:session_id=${session}`)}`,
      'it is not partner_id=…&sig=…:… in base64',
    ],
    ['nothing', 'T1==', 'it is not partner_id=…&sig=…:… in base64'],
    ['no base64', 'T1==???', 'it is not base64'],
  ])('is refused with %s', async (_, token, why) => {
    expect(await refusal(token)).toBe(`403 This token is not accepted: ${why}.`)
  })
})

describe('a JWT made elsewhere', () => {
  const unsigned = (alg: string) => {
    const parts = [{ alg, typ: 'JWT' }, jwt.decode(jwtWith({}))].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    )
    return `${parts.join('.')}.`
  }
  it.each([
    ['no algorithm', unsigned('none')],
    ['no algorithm, written otherwise', unsigned('nOnE')],
    ['no signature', unsigned('HS256')],
    ['another algorithm', jwtWith({}, secret, { algorithm: 'HS512' })],
    ['a critical header that nobody knows', jwtWith({}, secret, { header: { alg: 'HS256', crit: ['exp'] } })],
    ['another secret', jwtWith({}, 'another')],
    ['another issuer', jwtWith({ iss: 'other' })],
    ['another kind of issuer', jwtWith({ ist: 'account' })],
    ['nothing', ''],
    ['two parts', 'a.b'],
  ])('is refused with %s', async (_, token) => {
    expect(await refusal(token)).toBe(
      '403 This token is not accepted: it is not a JWT that a secret of its app signed with HS256 for its key.',
    )
  })

  it.each([
    ['no scope', { scope: undefined }, 'its scope is not session.connect'],
    ['the scope of another', { scope: 'session.moderate' }, 'its scope is not session.connect'],
    ['data that is no text', { connection_data: { a: 1 } }, 'its connection_data is not a string'],
    ['the claim of a consumer of Snapper', { userId: 'ann' }, 'its claim userId shows that it is for something else'],
    ['no beginning', { iat: undefined, exp: undefined }, ''],
  ])('is refused with %s', async (_, claims, why) => {
    const token = jwtWith(claims, secret, { noTimestamp: true })
    expect(await refusal(token)).toMatch(why || /its times must be Unix seconds/)
  })
})

describe.each([
  ['T1', (fields: Record<string, string>) => t1(fields)],
  [
    'JWT',
    ({ create_time: iat = String(now), expire_time: exp, ...claims }: Record<string, string>) =>
      jwtWith({ ...claims, iat: Number(iat), exp: exp === undefined ? undefined : Number(exp) }),
  ],
])('any %s token', (_, make) => {
  it.each([
    ['over 30 days', { expire_time: String(now + 30 * DAY + 1) }, 'it is valid for more than 30 days'],
    ['made tomorrow', { create_time: String(now + DAY) }, "it was created in the future, by this server's clock"],
    ['made a day ago without an end', { create_time: String(now - DAY) }, 'it has expired'],
    ['in a role that is none', { role: 'constructor' }, 'its role must be'],
    ['with too much data', { connection_data: 'x'.repeat(1025) }, 'connection_data is longer than 1024'],
    ['with too many classes', { initial_layout_class_list: 'x '.repeat(600) }, 'initial_layout_class_list is longer'],
    [
      "for another app's session",
      { session_id: createSessionId({ key: 'other', location: '', relayed: true }) },
      'session_id',
    ],
    ['for no session', { session_id: '' }, 'session_id'],
    ['beyond all measure', { connection_data: 'x'.repeat(1_000_000) }, 'longer than'],
  ])('is refused %s', async (_what, fields, why) => {
    expect(await refusal(make(fields as unknown as Record<string, string>))).toContain(why)
  })

  it('is good for 30 days, and with 1024 characters of data', async () => {
    const fields = { expire_time: String(now + 30 * DAY), connection_data: '李'.repeat(1024) }
    expect(await refusal(make(fields), now + 30 * DAY - 1)).toBe('granted')
  })
})

it('says what each role may do', () => {
  const acts = ['publish', 'subscribe', 'signal', 'moderate'] as const
  const allowed = (role: SessionGrant['role']) => acts.filter((act) => may(role, act))
  expect(allowed('subscriber')).toEqual(['subscribe'])
  expect(allowed('publisher')).toEqual(['publish', 'subscribe', 'signal'])
  expect(allowed('publisheronly')).toEqual(['publish'])
  expect(allowed('moderator')).toEqual([...acts])
})
