import { expect, test } from 'vitest'
import { unknownCheck } from '../explain/sender-checks.ts'

const known = ['sendpush', 'sendmail', 'sendsms', 'sendmail']

test.each([
  ['sendmial', 'No sender is called sendmial. Did you mean sendmail?'],
  ['email', 'No sender is called email. Did you mean sendmail?'],
  ['sms', 'No sender is called sms. Did you mean sendsms?'],
  ['push', 'No sender is called push. Did you mean sendpush?'],
])('%s', (name, sentence) =>
  expect(unknownCheck(name, known)).toEqual({ check: 'configured', state: 'blocks', sentence }),
)

test('one like no other is answered with all', () => {
  const { sentence, action } = unknownCheck('pigeon', known)
  expect(sentence).toBe('No sender is called pigeon.')
  expect(action).toBe('Check its spelling (there are sendmail, sendpush and sendsms), or name its file in SENDERS.')
  expect(unknownCheck('pigeon', []).action).toBe('Check its spelling, or name its file in SENDERS.')
})
