import { expect, test } from 'vitest'
import { loadConfig } from '@carillon/config'
import { describeError, UserError } from '../errors.ts'
import { type LogFormat, createLogger } from '../logger.ts'

const secret = 'correct-horse-battery'
const env = { APP_KEY: 'key', APP_SECRET: secret, DATABASE_URL: 'postgres://me:pass%2Fword-long@db/name' }

function logging(format: LogFormat, extra: Record<string, string> = {}) {
  const lines: string[] = []
  const config = loadConfig({ env: { ...env, ...extra }, cwd: import.meta.dirname })
  return { log: createLogger(config, format, { complain: (line) => void lines.push(line) }), lines, config }
}

test('json: one object a line', () => {
  const { log, lines } = logging('json')
  log.info({ sender: 'sendmail' }, 'sent')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', sender: 'sendmail', msg: 'sent' })
  expect(lines[0]).toMatch(/\n$/)
})

test('human: time, level, message and fields, a stack below', () => {
  const { log, lines } = logging('human')
  log.warn({ sender: 'sendmail', attempt: 2 }, 'later')
  log.error(new Error('broken'))
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d WARN {2}later sender=sendmail attempt=2\n$/)
  expect(lines[1]).toMatch(/^\d\d:\d\d:\d\d ERROR broken\n {2}Error: broken\n {2} +at /)
})

test('the level is the configured one', () => {
  const { log, lines } = logging('json', { LOG_LEVEL: 'error' })
  log.warn('quiet')
  expect(lines).toEqual([])
})

test.each<LogFormat>(['json', 'human'])('%s: no configured secret gets out, wherever it is', (format) => {
  const { log, lines, config } = logging(format)
  log.info({ config }, `signed with ${secret}`)
  log.info({ deep: { er: { than: [{ paths: secret }] } } })
  log.error(new Error(`cannot connect to ${env.DATABASE_URL} as pass/word-long`))
  expect(lines).toHaveLength(3)
  expect(lines.join('')).not.toMatch(/correct-horse|word-long/)
})

test('secrets that are no settings are known by their names', () => {
  const { log, lines } = logging('json')
  log.info({ app: { secret: 'of-another-app' }, authorization: 'Basic of-another-app' })
  expect(lines.join('')).not.toContain('of-another-app')
})

test('a secret with quotes in it leaves a line of JSON', () => {
  const { log, lines } = logging('json', { APP_SECRET: 'with "quotes" in it' })
  log.info('with "quotes" in it')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: '***' })
})

test('errors: a sentence for what the operator can put right, a stack for a bug', () => {
  const inUse = Object.assign(new Error('In use by 42.'), { name: 'SetupError' })
  const refused = Object.assign(new Error('connect ECONNREFUSED ::1:5432'), { code: 'ECONNREFUSED' })
  const both = Object.assign(new AggregateError([refused]), { code: 'ECONNREFUSED' })
  expect(describeError(new UserError('Do this.'))).toBe('Do this.')
  expect(describeError(inUse)).toBe('In use by 42.')
  expect(describeError(new Error('Failed query: params: a secret', { cause: both }))).toBe(
    'connect ECONNREFUSED ::1:5432.',
  )
  expect(describeError(new TypeError('a bug'))).toMatch(/^TypeError: a bug\n +at /)
})
