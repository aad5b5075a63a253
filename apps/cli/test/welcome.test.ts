import { expect, test } from 'vitest'
import { loadConfig } from '@carillon/config'
import type { AllInOneRole } from '../roles.ts'
import { welcome } from '../welcome.ts'

const cwd = import.meta.dirname
const secrets = ['the-old-secret', 'the-secret'].map((secret, index) => ({ id: index + 1, secret, createdAt: index }))
const app = { id: 1, key: 'the-key', secrets }

function said(env: Record<string, string>, running: Partial<AllInOneRole> = {}): string {
  const stop = () => Promise.resolve()
  return welcome(loadConfig({ cwd, env }), {
    host: '127.0.0.1',
    port: 6001,
    producers: 7720,
    app,
    outbox: '.data/outbox',
    stop,
    ...running,
  })
}

test('in open mode: the address, the app, where mail goes, and four calls to copy', () => {
  expect(said({})).toMatchInlineSnapshot(`
    "
    Carillon listens on http://127.0.0.1:6001

    Open mode: no APP_KEY is configured, so no signature is required, and only this machine can call. The app is
      id      1
      key     the-key
      secret  the-secret

    Email goes to files in .data/outbox.
    SMS go to files in .data/outbox.
    Messages to Android, Apple devices, Slack channels and Telegram go to files in .data/outbox.
    Messages to browsers, Discord, Teams and webhooks of Slack are really sent: they need no settings.

    Try it:
      curl -i localhost:6001/pusher/pushers/ -d pusher=lupino -d email=example@example.com -d phoneNumber=12345678901 -d nickname=xxxxx -d createdAt=1456403493
      curl -i localhost:6001/pusher/sendmail/add -d pusher=lupino
      curl -i localhost:6001/pusher/sendmail/push -d pusher=lupino -d data='{"subject": "subject", "text": "Hello {{.NickName}}"}'
      curl -i localhost:6001/pusher/sendmail/pushall -d data='{"subject": "news", "text": "text"}'

    Console: open http://127.0.0.1:6001/console

    Live: open http://127.0.0.1:6001/demo

    Snapper: producers connect to 127.0.0.1:7720

    "
  `)
})

test('the port is the one it really got', () => {
  expect(said({ PORT: '0' }, { port: 43_210 }).match(/43210/g)).toHaveLength(7)
})

test('an IPv6 address is written as URLs want it', () => {
  expect(said({ HOST: '::1' }, { host: '::1' })).toContain('http://[::1]:6001')
})

test('with a key the secret is not shown, and the calls are signed', () => {
  const text = said({ APP_KEY: 'the-key', APP_SECRET: 'the-secret' })
  expect(text).not.toContain('the-secret')
  expect(text).not.toContain('curl -i')
  expect(text).toContain('Live: open http://127.0.0.1:6001/demo')
  expect(text).toContain('Try it (another terminal needs the same APP_KEY and APP_SECRET):\n')
  expect(text).toContain('  npx carillon curl --port 6001 POST /pusher/sendmail/add -d pusher=lupino\n')
})

test.each([
  [
    { SENDGRID_API_KEY: 'SG.secret', SMTP_URL: 'smtp://mail', MAIL_FROM: 'a@example.com' },
    'SendGrid, or to smtp://mail if that fails.',
  ],
  [{ SENDGRID_API_KEY: 'SG.secret', MAIL_FROM: 'a@example.com' }, 'SendGrid.'],
  [{ SMTP_URL: 'smtp://me:secret@mail:25', MAIL_FROM: 'a@example.com' }, 'smtp://me:***@mail:25.'],
  [{ SMTP_URL: 'smtp://mail' }, 'nobody yet: set MAIL_FROM, the address from which it is sent.'],
])('%j: email goes to %s', (env, target) => {
  expect(said(env)).toContain(`Email goes to ${target}\n`)
})

test('SMS go to the providers that have credentials', () => {
  const twilio = { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 'secret', TWILIO_FROM: '+15550100' }
  expect(said(twilio)).toContain('SMS go to Twilio.\n')
  expect(said({ OUTBOX: '0' }, { outbox: undefined })).toContain('SMS go to nobody yet: set the credentials of')
})

test('messages to phones and chats are sent with credentials, and wait without them and without an outbox', () => {
  const env = { SLACK_TOKEN: 'xoxb-secret', APNS_KEY: 'key.p8' }
  const text = said(env)
  expect(text).toContain(
    'Messages to Apple devices and Slack channels are sent.\nMessages to Android and Telegram go to files in .data/outbox.\n',
  )
  expect(text).not.toContain('xoxb')
  expect(said({ OUTBOX: '0', ...env }, { outbox: undefined })).toContain(
    'Messages to Android and Telegram go to nobody yet: set FCM_CREDENTIALS and TELEGRAM_TOKEN, or OUTBOX=1',
  )
})

test('without an outbox no mail is sent, and the banner says so', () => {
  expect(said({ OUTBOX: '0' }, { outbox: undefined })).toContain(
    'Email goes to nobody yet: set SENDGRID_API_KEY or SMTP_URL',
  )
})
