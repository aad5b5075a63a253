import { expect, it } from 'vitest'
import { consumerId } from '../token.ts'

const user = '55a07f2dee06c78e1357b0ad'

it('is what the original makes of a token', () => {
  expect(consumerId({ user, exp: 1_467_429_475, source: 'teambition' })).toBe('t.VaB_Le4Gx44TV7CtV3cyYw~~')
})

it.each([
  ['android', 'a'],
  ['iOS', 'i'],
  ['WEB', 'w'],
  ['other', 't'],
  ['', 't'],
  [undefined, 't'],
  [5, 't'],
])('of the source %j begins with %s', (source, letter) => {
  expect(consumerId({ user, exp: 1_467_429_475, source })).toBe(`${letter}.VaB_Le4Gx44TV7CtV3cyYw~~`)
})

it('of any other user is as long', () => {
  const ids = ['ann', 'bob', user.toUpperCase(), '☃'].map((name) => consumerId({ user: name, exp: 1_467_429_475 }))
  expect(new Set(ids).size).toBe(4)
  for (const id of ids) expect(id).toMatch(/^t\.[\w-]{22}~~$/)
})

it('takes an expiry of any length', () => {
  expect(consumerId({ user, exp: 15 })).toMatch(/^t\./)
  expect(Buffer.from(consumerId({ user, exp: 0x1_0000_0000 }).slice(2), 'base64url')).toHaveLength(17)
})
