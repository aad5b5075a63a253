import { createClient } from '@carillon/client'
import jwt from 'jsonwebtoken'
import { describe, expect, it } from 'vitest'

const secret = '密钥'
const client = createClient({ url: 'http://127.0.0.1:9', key: 'demo', secret })

describe('userToken', () => {
  it('is made without a call, for an hour and for addresses', () => {
    const { header, payload } = jwt.verify(client.userToken('李雷'), secret, { algorithms: ['HS256'], complete: true })
    const { iat = 0 } = payload as jwt.JwtPayload
    expect(header).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'demo' })
    expect(payload).toEqual({ sub: '李雷', scope: ['addresses'], iat, exp: iat + 3600 })
  })

  it('is made as it is asked', () => {
    const token = client.userToken('lupino', { scope: ['inbox', 'preferences'], expiresIn: 86_400 })
    const { iat = 0, exp, scope } = jwt.decode(token) as jwt.JwtPayload
    expect([exp! - iat, scope]).toEqual([86_400, ['inbox', 'preferences']])
  })

  it.each([
    ['', {}, 'pusher must be the id of a pusher'],
    ['lupino', { expiresIn: 86_401 }, 'expiresIn must be seconds from 1 to 86400'],
    ['lupino', { expiresIn: 0 }, 'expiresIn must be seconds from 1 to 86400'],
    ['lupino', { scope: ['nope'] as never }, 'scope must be a list of addresses, inbox, preferences'],
    ['lupino', { scope: [] }, 'scope must be a list of addresses, inbox, preferences'],
    ['lupino', { scope: 'addresses' as never }, 'scope must be a list of addresses, inbox, preferences'],
    ['lupino', { expiresIn: 1.5 }, 'expiresIn must be seconds from 1 to 86400'],
  ])('of %j with %j is refused', (pusher, options, message) => {
    expect(() => client.userToken(pusher, options)).toThrow(message)
  })

  it('needs the secret, and names the call that does not', () => {
    const open = createClient({ url: 'http://127.0.0.1:9' })
    const message = expect.stringMatching(
      /^userToken needs the key and the secret .* client\.requestUserToken\(pusher\)$/,
    )
    expect(() => open.userToken('lupino')).toThrow(expect.objectContaining({ code: 'bad_request', message }))
  })
})
