import { expect, it } from 'vitest'
import { misspeltSender } from '../accept/misspelt-sender.ts'

it.each([
  ['sendmial', 'No sender is called sendmial. Did you mean sendmail?'],
  ['sendsmss', 'No sender is called sendsmss. Did you mean sendsms?'],
  ['sendmail', undefined],
  ['sendsms', undefined],
  ['carrierpigeon', undefined],
])('what is meant by %s', async (name, sentence) => {
  const workers = { ofWorkers: async () => ['sendsms'] }
  expect(await misspeltSender({ senders: new Map([['sendmail', {}]]), workers })(name)).toBe(sentence)
})
