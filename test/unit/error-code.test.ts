import { errorCode } from '@carillon/contract'
import { expect, it } from 'vitest'

it.each([
  ['the name of a plain error', new TypeError('a secret'), 'TypeError'],
  ['the code of a system error', Object.assign(new Error('a secret'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  [
    'the root cause of a wrapped one',
    new Error('a secret', { cause: Object.assign(new Error('x'), { code: '57P01' }) }),
    '57P01',
  ],
  ['nothing of what is no error', 'a secret', 'unknown'],
])('a log is told %s', (_, error, code) => {
  expect(errorCode(error)).toBe(code)
})
