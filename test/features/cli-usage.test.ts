import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { describeError } from '../../apps/cli/errors.ts'
import { processIo } from '../../apps/cli/io.ts'
import { createProgram } from '../../apps/cli/program.ts'

const main = inject('main')
let cwd: string
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'carillon-cli-'))
})
afterAll(() => rmSync(cwd, { recursive: true }))

/** Runs the program as a user does, in a folder without a file, with `env` alone. */
function carillon(args: string[], env: Record<string, string> = {}) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((settle) => {
    execFile(process.execPath, [main, ...args], { cwd, env }, (error, stdout, stderr) => {
      settle({ code: Number(error?.code ?? 0), stdout, stderr })
    })
  })
}

describe('what a user gets wrong is one sentence and exit code 1', () => {
  test.each<[string[], Record<string, string>, RegExp]>([
    [['nope'], {}, /^error: unknown command 'nope'\nCommands of carillon: start, api, /],
    [
      ['start', '--prot', '1'],
      {},
      /^error: unknown option '--prot'\n\(Did you mean --port\?\)\nUsage: carillon start \[options\]\n$/,
    ],
    [['start', '--app-secrte=hunter2'], {}, /^error: unknown option '--app-secrte=…'/],
    [['app', 'list', '--app-secrte=hunter2'], {}, /^error: unknown option '--app-secrte=…'/],
    [
      ['template', 'delete'],
      {},
      /^error: unknown command 'delete'\nCommands of carillon template: list, put, .*remove\n$/,
    ],
    [
      ['curl', 'GET'],
      {},
      /^error: missing required argument 'path'\nUsage: carillon curl \[options\] <method> <path>\n$/,
    ],
    [['check-config', '--port', 'x'], {}, /^--port must be a whole number from 0 to 65535\.\n$/],
  ])('%j', async (args, env, sentence) => {
    const { code, stdout, stderr } = await carillon(args, env)
    expect(stderr).toMatch(sentence)
    expect(stderr).not.toContain('hunter2')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  })

  test.each<[string[], Record<string, string>, RegExp]>([
    [['check-config', '--config', 'no.json'], {}, /no\.json cannot be read \(ENOENT\)\.$/],
    [['api'], {}, /^carillon api .* set DATABASE_URL and REDIS_URL, .*\.$/],
    [['worker'], { DATABASE_URL: 'postgres://db/x' }, /^carillon worker .* set REDIS_URL, .*\.$/],
    [['worker', '--only', 'sendmail,n!o'], {}, /^--only: the name of a sender must be .*\.$/],
    [['curl', 'GET', 'pusher'], {}, /^The path must begin with "\/".*\.$/],
    [['curl', 'POST', '/', '-d', 'a'], {}, /^-d takes a field as name=value\.$/],
    [['curl', 'POST', '/', '--key', 'a'], {}, /^--key and --secret go together\.$/],
    [['app', 'retire-secret', 'one', '1'], {}, /^The id of the app must be a positive whole number\.$/],
  ])('%j', async (args, env, sentence) => {
    const program = createProgram({ ...processIo(), env })
    const error: unknown = await program.parseAsync(args, { from: 'user' }).catch((reason: unknown) => reason)
    expect(describeError(error)).toMatch(sentence)
  })

  test('every problem of the configuration has its line', async () => {
    const { code, stderr } = await carillon(['start'], { PORT: 'x', HOST: '0.0.0.0', LOG_LEVEL: 'loud' })
    expect(code).toBe(1)
    expect(
      stderr
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['PORT', 'LOG_LEVEL', 'HOST'])
  })
})

test('check-config prints what is understood, and no secret', async () => {
  const env = { APP_KEY: 'key', APP_SECRET: 'hunter2-hunter2', SMTP_URL: 'smtp://me:hunter2@mail' }
  const { code, stdout, stderr } = await carillon(['check-config', '--retry-times', '5'], env)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^RETRY_TIMES +5 +flag$/m)
  expect(stdout).toMatch(/^APP_SECRET +set +env$/m)
  expect(stdout).toMatch(/^SMTP_URL +smtp:\/\/me:\*\*\*@mail +env$/m)
  expect(stdout).not.toContain('hunter2')
  expect(stdout).toMatch(/\nNo mail is sent: MAIL_FROM, .*\n/)
})

test('check-config refuses the settings of senders that a start refuses, and says all at once', async () => {
  const env = { FCM_CREDENTIALS: 'no.json', APNS_KEY: 'hunter2', VAPID_PUBLIC_KEY: 'a', TWILIO_ACCOUNT_SID: 'hunter2' }
  const { code, stdout, stderr } = await carillon(['check-config'], env)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^Sender sendsms cannot start: TWILIO_ACCOUNT_SID: must start with AC/m)
  expect(stderr).toMatch(
    /^Sender sendpush cannot start: FCM_CREDENTIALS: cannot be read: ENOENT no\.json; APNS_KEY: .*VAPID_PRIVATE_KEY: /m,
  )
  expect(stderr).not.toContain('hunter2')
})

test('check-config says so in open mode', async () => {
  expect((await carillon(['check-config'])).stdout).toMatch(/\nOpen mode: .*\.\n/)
})

test('check-config says what happens without a provider, unless OUTBOX decides it', async () => {
  const { stdout } = await carillon(['check-config', '--data-dir', '/data'])
  expect(stdout).toMatch(
    /\nMessages without a provider become files in \/data\/outbox with carillon start, and wait .* phones, Slack .*\.\n$/,
  )
  expect((await carillon(['check-config'], { OUTBOX: '0' })).stdout).not.toContain('without a provider')
})

test('the help of every command lists the settings', async () => {
  const { stdout } = await carillon(['worker', '--help'])
  expect(stdout).toContain('--sender <file>')
  expect(stdout).toContain('--retry-times <value>')
})
