import { describeIssues } from '@carillon/contract'
import sendmail from '@carillon/sender-mail'
import { exampleContext } from '@carillon/testkit'
import { outboxIn } from '@carillon/worker'
import { describe, expect, it } from 'vitest'

describe('the options', () => {
  it.each([
    [{}, 'set SENDGRID_API_KEY or SMTP_URL, and MAIL_FROM'],
    [{ MAIL_FROM: 'bell@example.com' }, 'set SENDGRID_API_KEY or SMTP_URL, and MAIL_FROM'],
    [{ SENDGRID_API_KEY: ' ', SMTP_URL: '' }, 'set SENDGRID_API_KEY or SMTP_URL, and MAIL_FROM'],
    [{ SENDGRID_API_KEY: 'SG.x' }, 'set MAIL_FROM, the address that mail comes from'],
    [{ SMTP_URL: 'smtp://localhost', MAIL_FROM_NAME: 'Bell' }, 'set MAIL_FROM, the address that mail comes from'],
  ])('say what to set: %j', async (env, missing) => {
    expect(await sendmail.create(env, exampleContext())).toEqual({ missing })
  })

  it('ask for MAIL_FROM also where there is an outbox, which is not for a provider half configured', async () => {
    const made = await sendmail.create(
      { SMTP_URL: 'smtp://localhost' },
      exampleContext({ outbox: outboxIn('/nowhere') }),
    )
    expect(made).toEqual({ missing: 'set MAIL_FROM, the address that mail comes from' })
  })

  it.each([
    [{ MAIL_FROM: 'secret' }, 'MAIL_FROM: must be an email address'],
    [{ MAIL_FROM: 'secret@example.com, secret@example.org' }, 'MAIL_FROM: must be an email address'],
    [{ MAIL_FROM_NAME: 'secret\nBcc: secret' }, 'MAIL_FROM_NAME: must not contain line breaks'],
    [{ SENDGRID_API_KEY: 'SG secret' }, 'SENDGRID_API_KEY: must not contain spaces'],
    [{ SENDGRID_BASE_URL: 'ftp://secret' }, 'SENDGRID_BASE_URL: must be a URL that starts with https:// or http://'],
    [{ SMTP_URL: 'secret:25' }, 'SMTP_URL: must be a URL that starts with smtp:// or smtps://'],
    [{ SMTP_URL: 'smtp://' }, 'SMTP_URL: must be a URL that starts with smtp:// or smtps://'],
  ])('refuse a bad value and name it, but not the value: %j', async (env, sentence) => {
    const refusal = await sendmail.create(env, exampleContext()).catch((error: Error) => error.message)
    expect(refusal).toBe(`Sender sendmail cannot start: ${sentence}`)
  })
})

describe('the data', () => {
  const mail = { subject: 'Hello', text: 'Hello' }

  async function issuesOf(data: unknown): Promise<string> {
    const { issues } = (await sendmail.data?.['~standard'].validate(data)) ?? {}
    return issues ? describeIssues(issues) : ''
  }

  it.each([
    mail,
    { ...mail, html: '', from: null, replyTo: '', createdAt: 1_456_403_493, somethingElse: 1 },
    {
      ...mail,
      html: '<p>{{.NickName}}</p>',
      from: 'Bell <bell@example.com>',
      replyTo: 'help@example.com',
      createdAt: '1456403493',
    },
    {
      ...mail,
      from: '{{ pusher.nickname }} <bell@example.com>',
      subject: '{{if .NickName}}Hello {{.NickName}}{{else}}Hello{{end}}',
    },
    { ...mail, from: '"Bell, Alexander" <bell@bücher.example>', text: '{ "a": {"b":1}}' },
  ])('may be %j', async (data) => {
    expect(await issuesOf(data)).toBe('')
  })

  it.each([
    ['Hello', 'must be a JSON object with subject and text'],
    [[mail], 'must be a JSON object with subject and text'],
    [null, 'must be a JSON object with subject and text'],
    [{}, 'subject: is required; text: is required'],
    [{ ...mail, subject: '' }, 'subject: is required'],
    [{ ...mail, text: 1 }, 'text: must be text'],
    [{ ...mail, html: {} }, 'html: must be text'],
    [{ ...mail, createdAt: 'today' }, 'createdAt: must be unix seconds'],
    [
      { ...mail, subject: 'Hello\nBcc: x@example.com' },
      'subject: must not contain line breaks or other control characters',
    ],
    [{ ...mail, from: 'a\r\n <bell@example.com>' }, 'from: must not contain line breaks or other control characters'],
    [
      { ...mail, replyTo: 'a\u2028 <bell@example.com>' },
      'replyTo: must not contain line breaks or other control characters',
    ],
    [{ ...mail, from: 'Bell' }, 'from: must be an email address, or a name and an address in <>'],
    [
      { ...mail, from: 'a@example.com, b@example.com' },
      'from: must be an email address, or a name and an address in <>',
    ],
    [
      { ...mail, replyTo: 'Bell <a b@example.com>' },
      'replyTo: must be an email address, or a name and an address in <>',
    ],
    [{ ...mail, subject: '{{ .NickName ' }, 'subject: is a broken template: line 1, column 1: a {{ is never closed'],
    [{ ...mail, text: 'Hi\n{{if .ID}}' }, 'text: is a broken template: line 2, column 1: this if never ends'],
    [
      { ...mail, html: '{{ pusher.id | shout }}' },
      'html: is a broken template: line 1, column 1: there is no filter "shout"',
    ],
    [{ ...mail, from: '{% shout %}' }, 'from: is a broken template: line 1, column 1: there is no tag "shout"'],
    [{ ...mail, replyTo: '{{.Nobody}}' }, 'replyTo: is a broken template: line 1, column 1: there is no such name'],
  ])('may not be %j', async (data, issues) => {
    expect(await issuesOf(data)).toContain(issues)
  })
})
