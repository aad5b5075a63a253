import { describe, expect, it } from 'vitest'
import { channelText, isAuthorized, userText } from '../signature.ts'
import { appWith } from '../../../test/services/realtime.ts'

const SOCKET = '1234.1234'

describe('the published signatures', () => {
  const rows: [string, string, string][] = [
    [
      'a private channel',
      channelText(SOCKET, 'private-foobar'),
      '58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4',
    ],
    [
      'a channel with presence',
      channelText(SOCKET, 'presence-foobar', '{"user_id":10,"user_info":{"name":"Mr. Channels"}}'),
      '31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80',
    ],
    ['a user', userText(SOCKET, '{"id":"12345"}'), '4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba'],
  ]
  it.each(rows)('lets in %s', (_, text, signature) => {
    const app = appWith()
    expect(isAuthorized(app, text, `${app.key}:${signature}`)).toBe(true)
    expect(isAuthorized(app, `${text} `, `${app.key}:${signature}`)).toBe(false)
    for (const forged of [
      signature,
      `other:${signature}`,
      `${app.key}:`,
      `${app.key}:${signature}0`,
      `:${signature}`,
      '',
    ]) {
      expect(isAuthorized(app, text, forged)).toBe(false)
    }
  })
})
