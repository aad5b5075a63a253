import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe as group, expect, test } from 'vitest'
import { ConfigError, describe, loadConfig, maskUrl, settingNames, settingOf } from '@carillon/config'
import type { ConfigInput, SettingName } from '@carillon/config'

let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'carillon-config-'))
})
afterAll(() => rmSync(cwd, { recursive: true }))

/** Everything a configuration can make the program print. */
function printed(input: ConfigInput): string {
  try {
    const config = loadConfig({ cwd, ...input })
    return [...describe(config), ...config.notices].join('\n')
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

/** Long enough not to turn up by chance. */
const secret = fc.string({
  unit: fc.constantFrom(...'abcdefghijkmnpqrstuvwxyz23456789'.split('')),
  minLength: 12,
  maxLength: 30,
})
const sensitive = settingNames.filter((name) => settingOf(name).secret)

/** Without half a pair, which would stop the start before anything is shown. */
const COMPLETE = {
  APP_KEY: 'key',
  APP_SECRET: 'x',
  ADMIN_ACCOUNT: 'me',
  ADMIN_PASSWORD: 'x',
  VIEWER_ACCOUNT: 'you',
  VIEWER_PASSWORD: 'x',
}

const SCHEMES: Partial<Record<SettingName, string>> = { DATABASE_URL: 'postgres', REDIS_URL: 'redis', SMTP_URL: 'smtp' }

const RIGHT_URLS = [
  (scheme: string, text: string) => `${scheme}://user:${text}@host:99/path?sslmode=require`,
  (scheme: string, text: string) => `${scheme}://:${text}@host`,
  (scheme: string, text: string) => `${scheme}://${text}@host`,
  (scheme: string, text: string) => `${scheme}://user:${encodeURIComponent(`@/${text}?#`)}@host`,
  (scheme: string, text: string) => `${scheme}://host/path?password=${text}&password=${text}#${text}`,
]

const WRONG_VALUES = [
  (text: string) => ` ${text}\n`,
  (text: string) => `user:${text}@host`,
  (text: string) => `smtp://user:1/${text}@host`,
  (text: string) => `postgres://user:1?${text}@host`,
  (text: string) => `https://user:1#${text}@host`,
]

group('no secret is ever printed', () => {
  test('from a setting that is right', () => {
    fc.assert(
      fc.property(fc.constantFrom(...sensitive), secret, fc.constantFrom(...RIGHT_URLS), (name, text, url) => {
        const value = settingOf(name).secret === 'whole' ? text : url(SCHEMES[name] ?? 'https', text)
        const lines = describe(loadConfig({ cwd, env: { ...COMPLETE, [name]: value } }))
        expect(lines.join('\n')).toMatch(new RegExp(`^${name} .* env$`, 'm'))
        expect(lines.join('\n')).not.toContain(text)
      }),
      { numRuns: 1000 },
    )
  })

  test('from a setting that is wrong', () => {
    fc.assert(
      fc.property(fc.constantFrom(...sensitive), secret, fc.constantFrom(...WRONG_VALUES), (name, text, wrap) => {
        expect(printed({ env: { ...COMPLETE, [name]: wrap(text) } })).not.toContain(text)
      }),
      { numRuns: 1000 },
    )
  })

  test('from a bad value of any setting', () => {
    fc.assert(
      fc.property(fc.constantFrom(...settingNames), secret, (name, text) => {
        const output = printed({ env: { [name]: `\u0000${text}` } })
        expect(output).toContain(name)
        expect(output).not.toContain(text)
      }),
    )
  })

  test('from a file, whole or broken off anywhere', () => {
    fc.assert(
      fc.property(secret, fc.nat({ max: 100 }), (text, length) => {
        const content = JSON.stringify({ auth_account: 'me', auth_password: text, app_secret: text, listen: text })
        writeFileSync(join(cwd, 'cut.json'), content.slice(0, length))
        expect(printed({ file: 'cut.json' })).not.toContain(text)
      }),
    )
  })
})

group('what check-config prints', () => {
  const lineOf = (name: SettingName, env: Record<string, string>) =>
    describe(loadConfig({ cwd, env }))
      .find((line) => line.startsWith(`${name} `))
      ?.split(/ {2,}/)

  test('has a line for each setting: name, value, source', () => {
    const lines = describe(loadConfig({ cwd, env: { PORT: '7000' }, flags: { retryTimes: '5' } }))
    expect(lines.map((line) => line.split(' ')[0])).toEqual(settingNames)
    expect(lines.find((line) => line.startsWith('PORT'))).toMatch(/^PORT +7000 +env$/)
    expect(lines.find((line) => line.startsWith('RETRY_TIMES'))).toMatch(/^RETRY_TIMES +5 +flag$/)
  })

  test('secrets are set or not set', () => {
    expect(lineOf('METRICS_TOKEN', { METRICS_TOKEN: 'x' })).toEqual(['METRICS_TOKEN', 'set', 'env'])
    expect(lineOf('METRICS_TOKEN', {})).toEqual(['METRICS_TOKEN', 'not set', 'default'])
  })

  test('a rate that is not set is shown as the default that applies', () => {
    expect(lineOf('TELEGRAM_GROUP_RATE', {})).toEqual(['TELEGRAM_GROUP_RATE', '20/m', 'default'])
  })

  test('flags and lists are shown as they are given', () => {
    expect(lineOf('OUTBOX', { OUTBOX: 'true' })).toEqual(['OUTBOX', '1', 'env'])
    expect(lineOf('SENDERS', { SENDERS: './a.ts,./b.ts' })).toEqual(['SENDERS', './a.ts,./b.ts', 'env'])
    expect(lineOf('SENDERS', {})).toEqual(['SENDERS', 'none', 'default'])
  })

  test.each([
    ['postgres://carillon:secret@db:5432/carillon', 'postgres://carillon:***@db:5432/carillon'],
    ['postgres://db/carillon?sslmode=require', 'postgres://db/carillon?sslmode=***'],
    ['redis://:secret@cache:6379/0', 'redis://:***@cache:6379/0'],
    ['redis://token@cache', 'redis://***@cache'],
    ['smtp://localhost:1025', 'smtp://localhost:1025'],
  ])('%s is shown as %s', (url, shown) => {
    expect(maskUrl(url)).toBe(shown)
  })
})
