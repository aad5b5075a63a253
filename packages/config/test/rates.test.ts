import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError, describe as describeConfig, loadConfig, rateOf, ratesWithoutSender } from '@carillon/config'
import type { ConfigInput } from '@carillon/config'
import { afterAll, beforeAll, expect, test } from 'vitest'

let cwd: string
beforeAll(() => void (cwd = mkdtempSync(join(tmpdir(), 'carillon-rates-'))))
afterAll(() => rmSync(cwd, { recursive: true }))

function load(input: ConfigInput, file: object = {}) {
  writeFileSync(join(cwd, 'carillon.json'), JSON.stringify(file))
  return loadConfig({ ...input, cwd })
}

function problemsOf(input: ConfigInput, file?: object): readonly string[] {
  try {
    load(input, file)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
  }
  return []
}

test.each([
  ['10/s', { count: 10, seconds: 1 }],
  ['300/m', { count: 300, seconds: 60 }],
  ['1/h', { count: 1, seconds: 3600 }],
])('RATE_SENDSMS=%s limits sendsms', (text, rate) => {
  const { rates } = load({ env: { RATE_SENDSMS: text } })
  expect(rateOf(rates, 'sendsms')).toMatchObject(rate)
  expect(rateOf(rates, 'sendmail')).toBeUndefined()
})

test('a name in capitals matches a plugin or a hook, whatever characters its name has', () => {
  const { rates } = load({ env: { RATE_MY_CHAT: '1/s', RATE_HOOK2: '2/s' } })
  expect(rateOf(rates, 'my-chat')).toMatchObject({ count: 1 })
  expect(rateOf(rates, 'my_chat')).toMatchObject({ count: 1 })
  expect(rateOf(rates, 'hook2')).toMatchObject({ count: 2 })
})

test.each([
  ['the environment in capitals', { env: { RATE_MY_SENDER_X: '1/s' } }],
  ['the environment as the sender has it', { env: { 'RATE_my.Sender-x': '1/s' } }],
  ['a flag', { flags: { rate: ['my.Sender-x=1/s'] } }],
])('%s limits a sender with capitals, dots and dashes', (_, input) => {
  const { rates } = load(input)
  expect(rates).toMatchObject([{ name: 'RATE_MY_SENDER_X', count: 1 }])
  expect(rateOf(rates, 'my.Sender-x')).toMatchObject({ count: 1 })
  expect(rateOf(rates, 'my_sender.X')).toMatchObject({ count: 1 })
})

test('so does the file', () => {
  expect(rateOf(load({}, { 'rate_my.Sender-x': '1/s' }).rates, 'my.Sender-x')).toMatchObject({ count: 1 })
})

test('two rates of one name are a problem, unless they are the same', () => {
  const one = 'are the same setting, RATE_MY_CHAT: set only one of them.'
  const env = { RATE_MY_CHAT: '1/s', 'RATE_my-chat': '2/s' }
  expect(problemsOf({ env })).toEqual([`RATE_my-chat and RATE_MY_CHAT ${one}`])
  const flags = { rate: ['my-chat=1/s', 'My.Chat=2/s'] }
  expect(problemsOf({ flags })).toEqual([`--rate My.Chat=… and --rate my-chat=… ${one}`])
  expect(problemsOf({}, { 'rate_my-chat': '1/s', rate_my_chat: '2/s' })).toHaveLength(1)
  expect(problemsOf({ flags: { rate: ['my-chat=1/s', 'My.Chat=1/s'] } })).toEqual([])
})

test('a variable of another program is not a rate', () => {
  expect(load({ env: { rate_limit: 'fast', RATE_: 'x', 'RATE_A B': 'x' } }).rates).toEqual([])
})

test('a flag beats the environment, which beats the file', () => {
  const file = { rate_a: '1/s', RATE_B: '1/s', rate_c: '1/s', rate_d: null }
  const { rates } = load(
    { flags: { rate: ['a=3/s', 'my-chat=3/s'] }, env: { RATE_A: '2/s', RATE_B: '2/s', RATE_E: '' } },
    file,
  )
  expect(Object.fromEntries(rates.map(({ name, text, source }) => [name, `${text} ${source}`]))).toEqual({
    RATE_A: '3/s flag',
    RATE_B: '2/s env',
    RATE_C: '1/s file',
    RATE_MY_CHAT: '3/s flag',
  })
})

test('all are frozen', () => {
  const { rates } = load({ env: { RATE_SENDSMS: '1/s' } })
  expect([rates, ...rates].every((part) => Object.isFrozen(part))).toBe(true)
})

test('check-config prints those that are given', () => {
  const config = load({ env: { RATE_SENDSMS: '10/s' } })
  expect(describeConfig(config).at(-1)).toMatch(/^RATE_SENDSMS +10\/s +env$/)
})

const WHAT = 'must be a number per second, minute or hour, such as 10/s, 300/m or 5000/h.'

test.each(['10', '0/s', '-1/s', '1.5/s', '10/d', '10/sec', '10 /s', '99999999/s', 'fast'])('%s is no rate', (text) => {
  expect(problemsOf({ env: { RATE_SENDSMS: text } })).toEqual([`RATE_SENDSMS ${WHAT}`])
})

test('a sentence names the place', () => {
  expect(problemsOf({}, { rate_sendsms: 'x' })).toEqual([`rate_sendsms in carillon.json ${WHAT}`])
  expect(problemsOf({ flags: { rate: ['sendsms=x'] } })).toEqual([`--rate sendsms=… ${WHAT}`])
  expect(problemsOf({ flags: { rate: ['sendsms'] } })).toEqual([`--rate sendsms=… ${WHAT}`])
})

test('the file knows no rate without a sender, and none twice', () => {
  expect(problemsOf({}, { rate: '1/s', rate_: '1/s' })).toEqual([
    'rate in carillon.json is not a setting; see docs/configuration.md.',
    'rate_ in carillon.json is not a setting; see docs/configuration.md.',
  ])
  expect(problemsOf({}, { rate_a: '1/s', RATE_A: '1/s' })).toEqual([
    'RATE_A in carillon.json and rate_a in carillon.json are the same setting: set only one of them.',
  ])
})

test('a rate for an unknown sender is reported separately', () => {
  const { rates } = load({ env: { RATE_SENDSSM: '1/s', RATE_MY_CHAT: '1/s' } })
  expect(ratesWithoutSender(rates, ['sendsms', 'my-chat'])).toEqual(['RATE_SENDSSM'])
})
