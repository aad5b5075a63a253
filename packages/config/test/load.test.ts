import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { addressRates } from '@carillon/contract'
import { loadConfig, senderEnv, settingFlags } from '@carillon/config'
import type { ConfigInput } from '@carillon/config'

const folders: string[] = []
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })))

/** Loads from a folder of its own, with `content` as its carillon.json. */
function load(input: ConfigInput, content?: unknown, name = 'carillon.json') {
  const cwd = mkdtempSync(join(tmpdir(), 'carillon-config-'))
  folders.push(cwd)
  if (content !== undefined) writeFileSync(join(cwd, name), JSON.stringify(content))
  return loadConfig({ ...input, cwd })
}

describe('defaults', () => {
  test('are those of the design', () => {
    const config = load({})
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 6001,
      snapperPort: 7720,
      dataDir: '.data',
      databaseUrl: undefined,
      redisUrl: undefined,
      appId: 1,
      senders: [],
      outbox: undefined,
      allowPrivateHooks: false,
      queuePrefix: 'pusher',
      workerConcurrency: 100,
      retryTimes: 10,
      pushTtl: 604_800,
      logLevel: 'info',
      open: true,
      notices: [],
    })
    expect(new Set(Object.values(config.sources))).toEqual(new Set(['default']))
  })

  test('are frozen, with all they hold', () => {
    const config = load({ env: { SENDERS: './a.ts' } })
    for (const part of [config, config.senders, config.notices, config.sources, config.environment]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
  })
})

test('an origin may end with a slash', () => {
  const { allowedOrigins } = load({ env: { ALLOWED_ORIGINS: 'http://localhost:8471/, https://*.example.com' } })
  expect(allowedOrigins).toEqual(['http://localhost:8471', 'https://*.example.com'])
})

describe('precedence', () => {
  const flags = { retryTimes: '5' }
  const env = { RETRY_TIMES: '6', PUSH_TTL: '60' }
  const file = { RETRY_TIMES: 7, push_ttl: 70, Worker_Concurrency: 3 }

  test('a flag beats the environment, which beats the file, which beats the default', () => {
    const config = load({ flags, env }, file)
    expect(config).toMatchObject({ retryTimes: 5, pushTtl: 60, workerConcurrency: 3, port: 6001 })
    expect(config.sources).toMatchObject({
      retryTimes: 'flag',
      pushTtl: 'env',
      workerConcurrency: 'file',
      port: 'default',
    })
  })

  test('an empty value is not set, so the next source decides', () => {
    const config = load({ flags: { port: undefined }, env: { PORT: '' } }, { port: '', host: null })
    expect(config).toMatchObject({ port: 6001, host: '127.0.0.1' })
    expect(config.sources.port).toBe('default')
  })

  test('flags that are no settings are left alone', () => {
    expect(load({ flags: { only: 'sendmail', json: true } }).port).toBe(6001)
  })
})

describe('values', () => {
  test.each([
    ['1', true],
    ['true', true],
    ['0', false],
  ])('OUTBOX=%s is %s', (text, value) => {
    expect(load({ env: { OUTBOX: text } }).outbox).toBe(value)
  })

  test('a flag without a value is on', () => {
    expect(load({ flags: { outbox: true } }).outbox).toBe(true)
    expect(load({}, { outbox: false }).outbox).toBe(false)
  })

  test('SENDERS is a comma-separated list, in the file also a JSON one', () => {
    expect(load({ env: { SENDERS: './a.ts, ./b.ts,' } }).senders).toEqual(['./a.ts', './b.ts'])
    expect(load({}, { senders: ['./a.ts', './b.ts'] }).senders).toEqual(['./a.ts', './b.ts'])
  })

  test.each(['news@example.com', 'The News <news@example.com>'])('MAIL_FROM may be %s', (address) => {
    expect(load({ env: { MAIL_FROM: address } }).mailFrom).toBe(address)
  })

  test('an IPv6 host may wear its brackets', () => {
    expect(load({ env: { HOST: '[::1]' } }).host).toBe('::1')
  })

  test('with a key any host will do, and signatures are asked', () => {
    const config = load({ env: { HOST: '0.0.0.0', APP_KEY: 'key', APP_SECRET: 'secret' } })
    expect(config).toMatchObject({ open: false, host: '0.0.0.0' })
  })

  test.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('%s is loopback enough for open mode', (host) => {
    expect(load({ env: { HOST: host } }).open).toBe(true)
  })

  test('a link that mail programs cannot follow with one click is accepted with a notice, and so is a mailbox without links', () => {
    const noticesOf = (env: Record<string, string>) => load({ env }).notices
    expect(noticesOf({ PUBLIC_URL: 'http://127.0.0.1:6001' })).toEqual([expect.stringContaining('not https')])
    expect(noticesOf({ UNSUBSCRIBE_MAILTO: 'off@example.com' })).toEqual([expect.stringContaining('no effect')])
    expect(noticesOf({ PUBLIC_URL: 'HTTPS://a.example', UNSUBSCRIBE_MAILTO: 'off@example.com' })).toEqual([])
  })

  test('port 6000 is accepted with a notice, since nothing built on fetch can call it', () => {
    expect(load({ env: { PORT: '6000' } }).notices).toEqual([expect.stringContaining('6000')])
  })
})

describe('the file', () => {
  test('may have any name', () => {
    expect(load({ file: 'other.json' }, { port: 7000 }, 'other.json').port).toBe(7000)
  })

  test("reads the legacy server's keys, and says what it does with each", () => {
    const config = load(
      {},
      {
        auth_account: 'admin',
        auth_password: 'hunter2-hunter2',
        environment: 'production',
        logdir: '/var/log',
        listen: '127.0.0.1:6001',
        sqldir: './sql',
      },
    )
    expect(config).toMatchObject({
      adminAccount: 'admin',
      adminPassword: 'hunter2-hunter2',
      host: '127.0.0.1',
      port: 6001,
    })
    expect(config.sources).toMatchObject({ adminAccount: 'file', host: 'file', port: 'file' })
    expect(config.notices).toEqual([
      'auth_account in carillon.json is read as ADMIN_ACCOUNT.',
      'auth_password in carillon.json is read as ADMIN_PASSWORD.',
      'environment in carillon.json is ignored: there is only one environment.',
      'logdir in carillon.json is ignored: logs go to standard error.',
      'listen in carillon.json is read as PORT.',
      'listen in carillon.json is read as HOST.',
      'sqldir in carillon.json is ignored: the program contains the database schema.',
    ])
  })

  test('listen without a host sets the port, and says that HOST decides', () => {
    const config = load({}, { listen: ':6002' })
    expect(config).toMatchObject({ host: '127.0.0.1', port: 6002 })
    expect(config.notices).toEqual([expect.stringContaining('PORT'), expect.stringContaining('HOST')])
  })

  test('listen takes an IPv6 address', () => {
    expect(load({}, { listen: '[::1]:6002' })).toMatchObject({ host: '::1', port: 6002 })
  })

  test("our own name overrides the legacy server's", () => {
    const config = load({}, { listen: ':6002', PORT: 6003 })
    expect(config.port).toBe(6003)
    expect(config.notices[0]).toBe('listen in carillon.json is ignored, because PORT is also set.')
  })
})

describe('senderEnv', () => {
  test('is the environment, and over it the settings of senders from wherever they came', () => {
    const config = load(
      { env: { MY_PLUGIN: 'mine', MAIL_FROM: 'env@example.com' }, flags: { mailFrom: 'flag@example.com' } },
      { smtp_url: 'smtp://localhost:1025', allow_private_hooks: true },
    )
    expect(senderEnv(config)).toMatchObject({
      MY_PLUGIN: 'mine',
      MAIL_FROM: 'flag@example.com',
      SMTP_URL: 'smtp://localhost:1025',
      ALLOW_PRIVATE_HOOKS: '1',
    })
  })

  test('leaves out what is empty or off', () => {
    const env = senderEnv(load({ env: { SMTP_URL: '', ALLOW_PRIVATE_HOOKS: '0' } }))
    expect(env).not.toHaveProperty('SMTP_URL')
    expect(env).not.toHaveProperty('ALLOW_PRIVATE_HOOKS')
  })

  test('has the defaults of settings that have one', () => {
    expect(senderEnv(load({}))).toEqual(addressRates)
  })
})

test('every setting is a flag', () => {
  const flags = settingFlags().map((flag) => flag.flags)
  expect(flags).toContain('--retry-times <value>')
  expect(flags).toContain('--outbox [value]')
  expect(flags).toHaveLength(new Set(flags).size)
})

describe('a variable that looks like a rate', () => {
  const notices = (env: Record<string, string>) => load({ env }).notices

  test('and that nobody knows is named at the start, with those that it may have meant', () => {
    expect(notices({ SLACK_WEBHOOK_RATE: '1/s' })).toEqual([
      expect.stringMatching(/^SLACK_WEBHOOK_RATE is not a setting .* did you mean SLACK_CHANNEL_RATE\?$/),
    ])
    expect(notices({ EMAIL_RATE: '10/s' })).toEqual([expect.stringMatching(/^EMAIL_RATE is not a setting .*\.$/)])
  })

  test('and that is a setting, or no rate at all, is not', () => {
    expect(notices({ SLACK_CHANNEL_RATE: '1/s', RATE_SENDSMS: '1/s', TRACES_SAMPLE_RATE: '0.5', X_RATE: '' })).toEqual(
      [],
    )
  })
})
