import { errorCode } from '@carillon/contract'
import { expect, it } from 'vitest'

/** As ioredis makes it. */
function reply(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' })
}

it.each([
  ['the name of a plain error', new TypeError('a secret'), 'TypeError'],
  ['the code of a system error', Object.assign(new Error('a secret'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  [
    'the root cause of a wrapped one',
    new Error('a secret', { cause: Object.assign(new Error('x'), { code: '57P01' }) }),
    '57P01',
  ],
  ['the first word of what Redis answered', reply("OOM command not allowed when used memory > 'maxmemory'."), 'OOM'],
  [
    'why it did not run a transaction',
    Object.assign(reply('EXECABORT Transaction'), { previousErrors: [reply('READONLY You')] }),
    'READONLY',
  ],
  [
    'what Redis 6 quotes',
    reply("ERR Error running script (call to f_0): @user_script:1: @user_script: 1: -READONLY You can't write"),
    'READONLY',
  ],
  ['what Redis has no word for', reply('ERR max number of clients reached'), 'MAXCLIENTS'],
  [
    'what it said before it was asked',
    new Error(
      'Command queue state error. If you can reproduce this, please report it. Last error: ERR max number of clients reached',
    ),
    'MAXCLIENTS',
  ],
  ['no word of a message that is not from Redis', new Error('SECRET words'), 'Error'],
  ['nothing of what is no error', 'a secret', 'unknown'],
])('a log is told %s', (_, error, code) => {
  expect(errorCode(error)).toBe(code)
})
