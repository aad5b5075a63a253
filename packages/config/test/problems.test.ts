import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigError, loadConfig } from '@carillon/config'
import type { ConfigInput } from '@carillon/config'

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'carillon-config-'))
})
afterAll(() => rmSync(cwd, { recursive: true }))

function problemsOf(input: ConfigInput): readonly string[] {
  try {
    loadConfig({ cwd, ...input })
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

function problemsOfFile(content: string): readonly string[] {
  writeFileSync(join(cwd, 'given.json'), content)
  return problemsOf({ file: 'given.json' })
}

describe('a bad value stops the start with a sentence that names it', () => {
  test.each([
    ['PHONE_COUNTRY', 'UK', 'PHONE_COUNTRY must be the code of a country, such as GB or DE.'],
    ['PHONE_COUNTRY', 'Germany', 'PHONE_COUNTRY must be the code of a country, such as GB or DE.'],
    ['PORT', '65536', 'PORT must be a whole number from 0 to 65535.'],
    ['PORT', 'http', 'PORT must be a whole number from 0 to 65535.'],
    ['SNAPPER_PORT', '-1', 'SNAPPER_PORT must be a whole number from 0 to 65535.'],
    ['HOST', '127.0.0.1:6001', 'HOST must be an IP address or a host name, without a port.'],
    ['APP_ID', '0', 'APP_ID must be a whole number from 1 to 2147483647.'],
    ['APP_ID', '1.5', 'APP_ID must be a whole number from 1 to 2147483647.'],
    ['WORKER_CONCURRENCY', '0', 'WORKER_CONCURRENCY must be a whole number from 1 to 10000.'],
    ['RETRY_TIMES', '1e3', 'RETRY_TIMES must be a whole number from 1 to 1000.'],
    ['PUSH_TTL', '604800000', 'PUSH_TTL must be a whole number from 1 to 316224000.'],
    ['DATABASE_URL', 'mysql://db', 'DATABASE_URL must be a URL that begins with postgres:// or postgresql://.'],
    ['REDIS_URL', 'localhost:6379', 'REDIS_URL must be a URL that begins with redis:// or rediss://.'],
    ['SMTP_URL', 'smtp://', 'SMTP_URL must be a URL that begins with smtp:// or smtps://.'],
    ['TWILIO_BASE_URL', 'twilio', 'TWILIO_BASE_URL must be a URL that begins with https:// or http://.'],
    ['PUBLIC_URL', 'https://bells.example.com/?a', 'PUBLIC_URL must not have a query or a fragment.'],
    [
      'SENDGRID_WEBHOOK_KEY',
      'MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=',
      'SENDGRID_WEBHOOK_KEY must be the verification key as SendGrid shows it, in one line.',
    ],
    ['MAIL_FROM', 'news at example.com', 'MAIL_FROM must be an email address, such as news@example.com.'],
    ['QUEUE_PREFIX', 'a:b', 'QUEUE_PREFIX must not contain ":" or spaces.'],
    ...['https://shop.example.com/cart', 'localhost:'].map((other) => [
      'ALLOWED_ORIGINS',
      `https://a.example.com,${other}`,
      `ALLOWED_ORIGINS must be origins such as https://shop.example.com, comma-separated, and "${other}" is none.`,
    ]),
    ...['http://a', 'stun:', 'turn:user:pass@a', 'turn:a?transport=quic', 'stun://a', 'stun:a b'].map((urls) => [
      'ICE_SERVERS',
      urls,
      'ICE_SERVERS must be URLs such as stun:turn.example.com or turn:turn.example.com:3478?transport=udp, comma-separated.',
    ]),
    ['TURN_TTL', '59', 'TURN_TTL must be a whole number from 60 to 2678400.'],
    ...['40000', '2-1', '5-5', '0-9', '9-65536', 'a-b'].map((ports) => [
      'MEDIA_PORTS',
      ports,
      'MEDIA_PORTS must be two ports from 1 to 65535, such as 40000-40100.',
    ]),
    ['MEDIA_ADDRESS', 'media.example.com', 'MEDIA_ADDRESS must be an IPv4 address.'],
    ['OUTBOX', 'maybe', 'OUTBOX must be 1 or 0.'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL must be trace, debug, info, warn, error, fatal or silent.'],
    ['DATA_DIR', 'a\nb', 'DATA_DIR must not contain control characters.'],
  ])('%s=%j', (name, value, sentence) => {
    expect(problemsOf({ env: { [name]: value } })).toEqual([sentence])
  })

  test('as it was given: a flag, or a key of the file', () => {
    expect(problemsOf({ flags: { retryTimes: 'x' } })[0]).toMatch(/^--retry-times must/)
    expect(problemsOfFile('{"retry_times": "x"}')[0]).toMatch(/^retry_times in given.json must/)
  })

  test.each([
    ['DATABASE_URL', 'postgres://ada:pa#ss@db/bells'],
    ['DATABASE_URL', 'postgres://ada:12#34@db/bells'],
    ['DATABASE_URL', 'postgres://ada:pa/ss@db/bells'],
    ['DATABASE_URL', 'postgres://ada:pa?ss@db/bells'],
    ['DATABASE_URL', 'postgres://ada:100%@db/bells'],
    ['DATABASE_URL', 'postgres://ada:50%off@db/bells'],
    ['REDIS_URL', 'redis://:pa#ss@cache'],
    ['REDIS_URL', 'rediss://user:pa/ss@cache:6380/1'],
    ['REDIS_URL', 'redis://:100%@cache'],
    ['SMTP_URL', 'smtp://ada:pa#ss@mail'],
  ])('%s=%s: a character that has to be encoded', (name, value) => {
    const sentence = `${name} contains a character in its user or password that must be percent-encoded: write "@" as %40, "/" as %2F, "?" as %3F, "#" as %23 and "%" as %25.`
    expect(problemsOf({ env: { [name]: value } })).toEqual([sentence])
  })

  test.each([
    ['DATABASE_URL', 'postgres:///bells', 'must contain a host'],
    ['DATABASE_URL', 'postgres://ada:pass@/bells', 'must contain a host'],
    ['DATABASE_URL', 'postgresql://ada@:5432/bells', 'must contain a host'],
    ['REDIS_URL', 'redis:///1', 'must contain a host'],
    ['REDIS_URL', 'redis://:pass@:6379', 'must contain a host'],
    ['SMTP_URL', 'smtp://ada:pass@:25', 'must contain a host'],
    ['DATABASE_URL', 'postgres://one,two/bells', 'must contain one host'],
    ['REDIS_URL', 'redis://one:26379,two:26379', 'must contain one host'],
    ['DATABASE_URL', 'postgres://db:port/bells', 'must contain a host name or an IP address, and a port'],
    ['DATABASE_URL', 'postgres://db:99999/bells', 'must contain a host name or an IP address, and a port'],
    ['REDIS_URL', 'sentinel://cache', 'must be a URL that begins with redis:// or rediss://'],
  ])('%s=%s %s', (name, value, sentence) => {
    expect(problemsOf({ env: { [name]: value } })).toEqual([expect.stringContaining(`${name} ${sentence}`)])
  })

  test.each([
    ['DATABASE_URL', 'postgres:///bells?host=/run/postgresql'],
    ['DATABASE_URL', 'postgres://ada:p%40ss@/bells?connect_timeout=5&host=/cloudsql/one:two'],
    ['DATABASE_URL', 'postgres://%2Frun%2Fpostgresql/bells'],
    ['DATABASE_URL', 'postgres://ada:p@ss@[::1]:5432/bells'],
    ['DATABASE_URL', 'postgres://ada:p%23%25%2F@db/bells?sslmode=require'],
    ['REDIS_URL', 'redis://cache'],
    ['REDIS_URL', 'rediss://u%3Aser:p%23ss@cache:6380/15'],
    ['REDIS_URL', 'redis://cache/?family=6'],
    ['REDIS_URL', 'unix:///run/redis/redis.sock?db=1'],
    ['REDIS_URL', 'unix://user:pass@/run/redis.sock'],
  ])('%s=%s is fine', (name, value) => {
    expect(problemsOf({ env: { [name]: value } })).toEqual([])
  })

  test('a password that would be cut off its URL must be encoded', () => {
    const [problem] = problemsOf({ env: { DATABASE_URL: 'postgres://carillon:12/34@db/carillon' } })
    expect(problem).toMatch(/^DATABASE_URL contains a character in its user or password that must be percent-encoded: /)
  })
})

test('all problems are reported together, and ConfigError holds one per line', () => {
  writeFileSync(join(cwd, 'wrong.json'), '{"colour": "red", "port": "x"}')
  const input = { cwd, file: 'wrong.json', env: { LOG_LEVEL: 'loud', APP_KEY: 'key' }, flags: { retryTimes: '-1' } }
  expect(() => loadConfig(input)).toThrow(ConfigError)
  expect(problemsOf(input).map((problem) => problem.split(' ')[0])).toEqual([
    'colour',
    'port',
    '--retry-times',
    'LOG_LEVEL',
    'APP_KEY',
  ])
})

describe('settings that belong together', () => {
  test.each([
    [{ APP_KEY: 'a' }, 'APP_KEY is set, but APP_SECRET is not: set both, or neither.'],
    [{ APP_SECRET: 'a' }, 'APP_SECRET is set, but APP_KEY is not: set both, or neither.'],
    [{ ADMIN_ACCOUNT: 'a' }, 'ADMIN_ACCOUNT is set, but ADMIN_PASSWORD is not: set both, or neither.'],
    [
      { VIEWER_ACCOUNT: 'a', VIEWER_PASSWORD: 'b' },
      'VIEWER_ACCOUNT is set, but without ADMIN_ACCOUNT nobody signs in to the console in open mode: set ADMIN_ACCOUNT and ADMIN_PASSWORD too.',
    ],
    [
      { ICE_SERVERS: 'stun:a,turns:a' },
      'ICE_SERVERS contains a TURN server, but TURN_SECRET is not set, so no client could use it.',
    ],
  ])('%j', (env, sentence) => {
    expect(problemsOf({ env })).toEqual([sentence])
  })

  test.each([
    { ADMIN_ACCOUNT: 'c', ADMIN_PASSWORD: 'd' },
    { APP_KEY: 'c', APP_SECRET: 'd' }, // then the console is for viewers alone
  ])('a viewer needs an administrator or a key: %j', (env) => {
    const viewer = { VIEWER_ACCOUNT: 'a', VIEWER_PASSWORD: 'b' }
    expect(() => loadConfig({ cwd, env: { ...viewer, ...env } })).not.toThrow()
  })

  test.each(['0.0.0.0', '::', '192.168.1.2', 'carillon.example.com', '128.0.0.1', '::ffff:10.0.0.1'])(
    'without a key %s is refused',
    (host) => {
      const problems = problemsOf({ env: { HOST: host } })
      expect(problems).toEqual([expect.stringMatching(/^HOST is not a loopback address, so without APP_KEY .*\.$/)])
    },
  )
})

describe('the file', () => {
  test('an unknown key is named, __proto__ too', () => {
    expect(problemsOfFile('{"colour": "red", "__proto__": 1}')).toEqual([
      'colour in given.json is not a setting; see docs/configuration.md.',
      '__proto__ in given.json is not a setting; see docs/configuration.md.',
    ])
  })

  test('a key in both cases is named', () => {
    expect(problemsOfFile('{"PORT": 1, "port": 2}')).toEqual([
      'port in given.json and PORT in given.json are the same setting: set only one of them.',
    ])
  })

  test.each(['{"port": {}}', '{"listen": {}}', '{"port": [1]}'])('%s is not a value', (content) => {
    expect(problemsOfFile(content)[0]).toMatch(/ in given.json must be /)
  })

  test.each(['6000', 'localhost', '127.0.0.1:', 'a:b:1', ''])('listen %j', (listen) => {
    const expected = listen ? ['listen in given.json must be ":port" or "host:port".'] : []
    expect(problemsOfFile(JSON.stringify({ listen }))).toEqual(expected)
  })

  test('must be one JSON object', () => {
    expect(problemsOfFile('[]')).toEqual(['given.json must contain one JSON object, such as {"port": 6001}.'])
    expect(problemsOfFile('{"app_secret": hunter2}')).toEqual(['given.json is not valid JSON.']) // not quoted here
    expect(problemsOfFile('{"port": 1,\n "host" 2}')).toEqual(['given.json is not valid JSON (line 2 column 9).'])
  })

  test('that was asked for must exist', () => {
    expect(problemsOf({ file: 'missing.json' })).toEqual([
      expect.stringMatching(/missing\.json cannot be read \(ENOENT\)\.$/),
    ])
  })
})
